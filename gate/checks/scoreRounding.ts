/** Whether two scores may be one number. Pure. */
import type { Contract } from "../../contract/index.ts";

/** Of a score, what sums in another order make of float32, and of the largest score, if that is below 1. */
const RELATIVE = { ofItself: 1e-4, ofLargest: 1e-6 };
/** Probabilities are often what others leave of 1, where float32 has these steps. */
export const STEP_AT_1 = 2 ** -23;

/** The size of the largest of them; a NaN has none. */
export function largest(scores: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < scores.length; i++) if (Math.abs(scores[i]!) > most) most = Math.abs(scores[i]!);
  return most;
}

/** Whether a model's scores are from 0 to 1, so that differences are told in steps at 1. */
export const areProbabilities = ({
  scores,
  scoresAre = "probabilities",
}: Pick<Contract, "scores" | "scoresAre">): boolean => scores !== undefined && scoresAre === "probabilities";

/** @param scores All of them: likelihoods of 1e-12 are as different from each other as others are. */
export function isNearFor(
  contract: Pick<Contract, "scores" | "scoresAre">,
  scores: ArrayLike<number>,
): (a: number, b: number) => boolean {
  const absolute = areProbabilities(contract) ? STEP_AT_1 : RELATIVE.ofLargest * Math.min(1, largest(scores));
  return (a, b) => Math.abs(a - b) <= absolute + RELATIVE.ofItself * Math.abs(a);
}
