import { FixableError } from "../../common/fixableError.ts";

/** The gate could not do its work. This says nothing about the model. */
export class CannotJudge extends FixableError {
  override readonly name = "CannotJudge";

  constructor(what: string, fix: string) {
    super(what, { fix });
  }
}
