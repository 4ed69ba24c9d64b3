import type { ContractProblem } from "./contract.ts";

/** Of a number beyond 2^53: what was read may not be what was written, and nobody could tell. */
export const unsafeInteger = (pointer: string): ContractProblem => ({
  pointer,
  message: `is beyond ${Number.MAX_SAFE_INTEGER}, where JSON's numbers lose their last digits`,
  fix: "use smaller numbers; a model over such ids needs no list or range of them",
});
