/** Errors that say what is wrong, where, and what to do: shown to people without a stack. Pure. */

export interface Advice {
  /** The file, address or setting that it is about. */
  readonly at?: string;
  readonly fix?: string;
}

/** The one layout of such a text. */
export function adviceText(what: string, { at, fix }: Advice = {}): string {
  return `${what}${at === undefined ? "" : `\n  at:  ${at}`}${fix === undefined ? "" : `\n  fix: ${fix}`}`;
}

export class FixableError extends Error {
  readonly what: string;
  readonly at: string | undefined;
  readonly fix: string;

  constructor(what: string, advice: Advice & { readonly fix: string }, options?: ErrorOptions) {
    super(adviceText(what, advice), options);
    this.what = what;
    this.at = advice.at;
    this.fix = advice.fix;
  }
}
