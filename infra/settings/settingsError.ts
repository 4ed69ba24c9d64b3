/** What is wrong with a stack's settings. Pure. */

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
    super(mistakes.map(({ what, at, fix }) => `${what}\n  at:  ${at}\n  fix: ${fix}`).join("\n\n"));
    this.mistakes = mistakes;
  }
}
