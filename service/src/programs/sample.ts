/** Something that the model can answer, to try it out with. Pure. */
import type { Column, Datatype, ServedContract, Tensors } from "../../../contract/index.ts";
import { type GoldenRequest, inferBody } from "../golden/goldenRequest.ts";
import { featureReader } from "../input/inputs.ts";
import { inferReader } from "../openInference/inferRequest.ts";

/**
 * @param golden The first of its golden requests, if it has any.
 * @returns undefined for a model that has none and whose inputs have no columns.
 */
export function sampleInputs(
  contract: Pick<ServedContract, "inputs" | "outputs" | "task">,
  golden: GoldenRequest | undefined,
): Tensors | undefined {
  const read = inferReader(contract);
  try {
    if (golden) return read(inferBody(golden, contract)).tensors;
  } catch {
    // It is not for us to judge: it may be outside the columns' ranges, and the model answers it all the same.
  }
  const row = contract.inputs.flatMap(({ datatype, columns = [] }) =>
    columns.map((column) => ordinary(datatype, column)),
  );
  return featureReader(contract)?.({ features: row }).tensors;
}

function ordinary(datatype: Datatype, { min, max, categories }: Omit<Column, "name">): number | string {
  if (categories) return categories[0]!;
  if (datatype === "BYTES") return "";
  const whole = !datatype.startsWith("FP");
  const low = min === undefined ? -Infinity : whole ? Math.ceil(min) : min;
  return Math.max(low, Math.min(0, max === undefined ? 0 : whole ? Math.floor(max) : max));
}
