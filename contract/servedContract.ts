import type { Contract, ServedContract } from "./contract.ts";

/** The part of a contract that goes into the image. */
export function servedContract({
  validation: _judged,
  $schema: _editor,
  ...served
}: Contract): ServedContract {
  return served;
}
