/** Makes the request that `npm start` sends: the first row of the first golden request. Pure. */
import { type Contract, fromNestedLists } from "../contract/index.ts";

export interface FirstRequest {
  /** Relative to the service's address: `/predict`. */
  readonly path: string;
  readonly body: string;
}

/** `golden.json`. A 64-bit integer is a string if a JavaScript number cannot hold it. */
export interface Golden {
  readonly requests: readonly { readonly inputs: Readonly<Record<string, unknown>> }[];
}

/** @param golden Parsed `golden.json`. The gate has checked that it fits the contract. */
export function firstRequest(
  { name, inputs }: Pick<Contract, "name" | "inputs">,
  golden: Golden,
): FirstRequest {
  const values = golden.requests[0]!.inputs;
  if (inputs.every(({ columns }) => columns !== undefined)) {
    const row = inputs.flatMap((input) => fromNestedLists((values[input.name] as unknown[])[0]).data);
    return { path: "/predict", body: JSON.stringify({ features: row }) };
  }
  const tensors = inputs.map((input) => ({
    name: input.name,
    datatype: input.datatype,
    ...fromNestedLists(values[input.name]),
  }));
  return { path: `/v2/models/${name}/infer`, body: JSON.stringify({ inputs: tensors }) };
}
