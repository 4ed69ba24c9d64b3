import type { ServedContract } from "./contract.ts";

/** The outputs that an answer is made of. */
export function answeredOutputs({
  prediction,
  scores,
}: Pick<ServedContract, "prediction" | "scores">): string[] {
  return [prediction, scores].filter((output) => output !== undefined);
}
