/** What is wrong with a stack's settings. Pure. */
import { adviceText } from "../../common/fixableError.ts";

export interface Mistake {
  readonly what: string;
  /** The file and the place in it. */
  readonly at: string;
  readonly fix: string;
}

/** All mistakes at once. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  readonly mistakes: readonly Mistake[];

  constructor(mistakes: readonly Mistake[]) {
    super(mistakes.map(({ what, ...advice }) => adviceText(what, advice)).join("\n\n"));
    this.mistakes = mistakes;
  }
}
