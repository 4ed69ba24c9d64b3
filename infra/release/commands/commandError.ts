import { type Advice, adviceText } from "../../../common/fixableError.ts";

/** Why a command cannot go on, in words for the person at the terminal. Empty if `pulumi` has said it. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";

  constructor(what = "", advice?: Advice) {
    super(adviceText(what, advice));
  }
}
