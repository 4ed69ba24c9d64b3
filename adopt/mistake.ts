/** What keeps a model from being adopted: a mistake to mend, or a question to answer. Pure. */
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

/** What can be chosen by a flag, by its name there. */
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

/** Something that neither the model nor the data says. */
export class OpenQuestion extends Error {
  override readonly name = "OpenQuestion";
  /** The flag that answers it. */
  readonly flag: keyof Choices;
  readonly guess: string | undefined;
  /** Whether the guess may be taken where nobody can be asked. */
  readonly harmless: boolean;

  constructor(flag: keyof Choices, question: string, guess?: string, { harmless = false } = {}) {
    super(question);
    this.flag = flag;
    this.guess = guess;
    this.harmless = harmless;
  }
}

/** One thing that was settled, and why so. */
export interface Decision {
  readonly about: string;
  readonly choice: string;
  readonly why: string;
  /** Whether it is on one column: a model may have hundreds. */
  readonly ofColumn?: true;
}

/** As a shell takes it. */
export function quoted(text: string): string {
  return /^[\w.,/:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
