/** What a contract's fields demand of one another, beyond what a schema can say. Pure. */
import { answerProblems } from "./answerProblems.ts";
import type { ContractProblem } from "./contract.ts";
import type { SoundParts } from "./soundParts.ts";
import { tensorProblems } from "./tensorProblems.ts";
import { validationProblems } from "./validationProblems.ts";

/** Checks what is there and passes over what is not: a missing or refused value has its problem already. */
export function crossFieldProblems(parts: unknown): ContractProblem[] {
  const contract = parts as SoundParts;
  return [...tensorProblems(contract), ...answerProblems(contract), ...validationProblems(contract)];
}
