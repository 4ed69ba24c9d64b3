import { FixableError } from "../../common/fixableError.ts";

/** The gate could not do its work, which says nothing of the model. */
export class CannotJudge extends FixableError {
  override readonly name = "CannotJudge";

  constructor(what: string, fix: string) {
    super(what, { fix });
  }
}
