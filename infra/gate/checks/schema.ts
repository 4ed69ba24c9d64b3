/** The model's inputs and outputs are exactly as declared. Pure. */
import type { Evidence } from "../evidence.ts";
import { failed, type TensorInfo } from "../measurements.ts";
import { type Check, count, type Finding } from "../report.ts";

export function checkSchema({ contract, measured }: Evidence): Check {
  const none = { name: "schema", objections: [], warnings: [] };
  if (measured === undefined || failed(measured.load))
    return { ...none, found: "", notJudged: "the model does not load" };
  const { inputs, outputs } = measured.load;
  const objections = schemaDifferences(contract, measured.load);
  const declared = objections.length === 0 ? ", as declared" : "";
  return {
    ...none,
    found: `${count(inputs.length, "input")}, ${count(outputs.length, "output")}${declared}`,
    objections,
  };
}

interface Ports {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

/** What the model has otherwise than the contract declares it. */
export function schemaDifferences(declared: Ports, model: Ports): Finding[] {
  return [
    ...differences("input", declared.inputs, model.inputs),
    ...differences("output", declared.outputs, model.outputs),
  ];
}

const FIX = "declare what the model has, or export the model as declared";

function differences(
  kind: "input" | "output",
  declared: readonly TensorInfo[],
  found: readonly TensorInfo[],
): Finding[] {
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
