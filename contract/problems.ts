/** What is wrong with a contract. Pure. */

/** One fault of a contract. */
export interface ContractProblem {
  /** JSON pointer (RFC 6901) to the faulty value, or to the place of a missing key. */
  readonly pointer: string;
  /** What is wrong, with the value. */
  readonly message: string;
  readonly fix?: string;
}

/** All faults of one contract file. */
export class ContractError extends Error {
  override readonly name = "ContractError";
  readonly file: string;
  readonly problems: readonly ContractProblem[];

  constructor(file: string, problems: readonly ContractProblem[]) {
    const lines = problems.map(
      ({ pointer, message, fix }) =>
        `  ${pointer || "the file"}: ${message}${fix ? `\n    fix: ${fix}` : ""}`,
    );
    super(
      `${file} has ${problems.length === 1 ? "a problem" : `${problems.length} problems`}:\n${lines.join("\n")}`,
    );
    this.file = file;
    this.problems = problems;
  }
}

/** For a number beyond 2^53: another number may have been read than was written, and nobody could tell. */
export const unsafeInteger = (pointer: string): ContractProblem => ({
  pointer,
  message: `is beyond ${Number.MAX_SAFE_INTEGER}, where JSON's numbers lose their last digits`,
  fix: "use smaller numbers; a model over such ids needs no list or range of them",
});
