/** The model's inputs and outputs are exactly as declared. Pure. */
import type { Contract } from "../../../model/contract.ts";
import type { TensorInfo } from "../measurements.ts";
import type { Check, Objection } from "../report.ts";

export function checkSchema(
  contract: Contract,
  model: { readonly inputs: readonly TensorInfo[]; readonly outputs: readonly TensorInfo[] },
): Check {
  const objections = [
    ...differences("input", contract.inputs, model.inputs),
    ...differences("output", contract.outputs, model.outputs),
  ];
  return {
    name: "schema",
    found: `${count(model.inputs, "input")}, ${count(model.outputs, "output")} as declared`,
    objections,
  };
}

const FIX = "declare what the model has, or export the model as declared";

function differences(
  kind: "input" | "output",
  declared: readonly TensorInfo[],
  found: readonly TensorInfo[],
): Objection[] {
  const where = (i: number) => `model/contract.json, /${kind}s/${i}`;
  const missing = declared.flatMap((tensor, i) => {
    const match = found.find(({ name }) => name === tensor.name);
    if (!match) {
      const names = found.map(({ name }) => JSON.stringify(name)).join(", ");
      return [
        {
          what: `The contract declares the ${kind} ${JSON.stringify(tensor.name)}, and the model has ${names || "none"}.`,
          where: where(i),
          fix: FIX,
        },
      ];
    }
    if (text(match) === text(tensor)) return [];
    return [
      {
        what: `The ${kind} ${JSON.stringify(tensor.name)} is declared as ${text(tensor)}, and the model has ${text(match)}.`,
        where: where(i),
        fix: FIX,
      },
    ];
  });
  const undeclared = found.filter(({ name }) => !declared.some((tensor) => tensor.name === name));
  return [
    ...missing,
    ...undeclared.map((tensor) => ({
      what: `The model has the ${kind} ${JSON.stringify(tensor.name)} (${text(tensor)}), which the contract does not declare.`,
      where: `model/contract.json, /${kind}s`,
      fix: FIX,
    })),
  ];
}

const text = ({ datatype, shape }: TensorInfo) => `${datatype} [${shape.join(", ")}]`;
const count = (tensors: readonly unknown[], kind: string) =>
  `${tensors.length} ${kind}${tensors.length === 1 ? "" : "s"}`;
