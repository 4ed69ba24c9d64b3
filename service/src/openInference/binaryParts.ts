/** Which of the bytes after a request's JSON belong to which input. Pure. */
import { shortJson } from "../../../common/shortJson.ts";
import { isObject } from "../input/body.ts";
import type { Faults, Place } from "../problems/faults.ts";
import { below } from "./place.ts";

/** Where the size of an input's binary data stands. */
export const SIZE_KEY = "binary_data_size";

/**
 * Deals the bytes out, one part after another, to the inputs that say how many are theirs.
 *
 * @param inputs The request's inputs, untrusted.
 * @param binary All that follows the JSON.
 * @returns Each input's part by its position, without a copy. Empty if the sizes do not add up.
 */
export function binaryParts(
  inputs: unknown,
  binary: Uint8Array,
  faults: Faults,
): ReadonlyMap<number, Uint8Array> {
  const sizes = binarySizes(inputs);
  const wrong = sizes.filter(({ size }) => !Number.isSafeInteger(size) || Number(size) < 0);
  for (const { size, place } of wrong) faults.add(place, `must be an integer from 0, got ${shortJson(size)}`);
  if (wrong.length > 0) return new Map();

  const parts = new Map<number, Uint8Array>();
  let end = 0;
  for (const { index, size } of sizes) {
    const start = end;
    end += size as number;
    parts.set(index, binary.subarray(start, end));
  }
  if (end === binary.length) return parts;
  faults.add(
    { pointer: "/inputs", text: "inputs" },
    `declare ${end} bytes of binary data in all, and ${binary.length} follow the JSON`,
  );
  return new Map();
}

function binarySizes(inputs: unknown): { index: number; size: unknown; place: Place }[] {
  if (!Array.isArray(inputs)) return [];
  return inputs.flatMap((input: unknown, index) => {
    if (!isObject(input) || !isObject(input.parameters) || !Object.hasOwn(input.parameters, SIZE_KEY))
      return [];
    const owner = { pointer: `/inputs/${index}`, text: `inputs[${index}]` };
    return [{ index, size: input.parameters[SIZE_KEY], place: below(below(owner, "parameters"), SIZE_KEY) }];
  });
}
