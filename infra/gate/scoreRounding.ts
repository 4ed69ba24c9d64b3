/** Whether two scores may be one number. Pure. */
import type { Contract } from "../../model/contract.ts";

/** Of a score, what sums in another order make of float32, and of the largest score, if that is below 1. */
const RELATIVE = { ofItself: 1e-4, ofLargest: 1e-6 };
/** Probabilities are often what others leave of 1, where float32 has these steps. */
const STEP_AT_1 = 2 ** -23;

/** @param scores All of them: likelihoods of 1e-12 are as different from each other as others are. */
export function isNearFor(
  { scoresAre = "probabilities" }: Pick<Contract, "scoresAre">,
  scores: ArrayLike<number>,
): (a: number, b: number) => boolean {
  let largest = 0;
  for (let i = 0; i < scores.length; i++) largest = Math.max(largest, Math.abs(scores[i]!));
  const absolute = scoresAre === "probabilities" ? STEP_AT_1 : RELATIVE.ofLargest * Math.min(1, largest);
  return (a, b) => Math.abs(a - b) <= absolute + RELATIVE.ofItself * Math.abs(a);
}
