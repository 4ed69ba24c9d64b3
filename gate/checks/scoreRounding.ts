/** Whether two scores may differ only by rounding. Pure. */
import { type Contract, givesProbabilities } from "../../contract/index.ts";

/** The rounding of float32 sums in another order: as a share of the score, and of the largest score if that is below 1. */
const RELATIVE = { ofItself: 1e-4, ofLargest: 1e-6 };
/** A probability is often 1 minus others, and float32 has these steps at 1. */
export const STEP_AT_1 = 2 ** -23;

/** The size of the largest score. A NaN does not count. */
export function largest(scores: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < scores.length; i++) if (Math.abs(scores[i]!) > most) most = Math.abs(scores[i]!);
  return most;
}

/** @param scores All scores: likelihoods of 1e-12 can differ from each other as much as larger ones. */
export function isNearFor(
  contract: Pick<Contract, "scores" | "scoresAre">,
  scores: ArrayLike<number>,
): (a: number, b: number) => boolean {
  const absolute = givesProbabilities(contract)
    ? STEP_AT_1
    : RELATIVE.ofLargest * Math.min(1, largest(scores));
  return (a, b) => Math.abs(a - b) <= absolute + RELATIVE.ofItself * Math.abs(a);
}
