/** Why a model cannot be adopted yet: a mistake to mend, or a question to answer. Pure. */
import { adviceText } from "../common/fixableError.ts";
import type { Finding } from "../gate/report/index.ts";

/** Mistakes that the person at the keyboard can mend. */
export class Mistake extends Error {
  override readonly name = "Mistake";

  constructor(findings: readonly Finding[]) {
    super(findings.map(({ what, where, fix }) => adviceText(what, { at: where, fix })).join("\n\n"));
  }
}

export const mistake = (what: string, where: string, fix: string) => new Mistake([{ what, where, fix }]);

/** What flags can choose, by the flags' names. */
export interface Choices {
  readonly name?: string;
  readonly target?: string;
  /** Columns of the data, in the order in which the model takes them. */
  readonly features?: readonly string[];
  readonly task?: "classification" | "regression";
  readonly prediction?: string;
  readonly scores?: string;
  /** In the order of the scores. */
  readonly classes?: readonly string[];
}

/** A question that neither the model nor the data answers. */
export class OpenQuestion extends Error {
  override readonly name = "OpenQuestion";
  /** The flag that answers it. */
  readonly flag: keyof Choices;
  readonly guess: string | undefined;
  /** Whether the guess may be taken if nobody can be asked. */
  readonly harmless: boolean;

  constructor(flag: keyof Choices, question: string, guess?: string, { harmless = false } = {}) {
    super(question);
    this.flag = flag;
    this.guess = guess;
    this.harmless = harmless;
  }
}

/** One thing that was decided, and why. */
export interface Decision {
  readonly about: string;
  readonly choice: string;
  readonly why: string;
  /** Whether it is about columns: a model may have hundreds. */
  readonly ofColumn?: true;
}

/** Quotes text for a shell, if it needs that. */
export function quoted(text: string): string {
  return /^[\w.,/:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
