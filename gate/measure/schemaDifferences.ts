/** Differences between a model and its contract. Pure. */
import type { TensorInfo } from "../../contract/index.ts";
import type { Finding } from "../report/report.ts";

interface Ports {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

/** The shapes in which the model has answered, by output. */
export type Seen = Readonly<Record<string, readonly (readonly number[])[]>>;

/**
 * @param seen An output that has been seen must have the shape that was seen: exporters declare labels as `[1]`
 * (LightGBM) or `[N]` (CatBoost), and the model gives `[N]` or `[N, 1]`. Any other must have the shape that the file
 * says.
 */
export function schemaDifferences(declared: Ports, model: Ports, seen: Seen = {}): Finding[] {
  const found = model.outputs.map((output) => {
    const { shape } = declared.outputs.find(({ name }) => name === output.name) ?? output;
    const shapes = seen[output.name] ?? [];
    return shapes.length === 0
      ? output
      : { ...output, shape: shapes.find((one) => !fits(one, shape)) ?? shape };
  });
  return [
    ...differences("input", declared.inputs, model.inputs),
    ...differences("output", declared.outputs, found),
  ];
}

/** Whether the model can be run at all. The shapes of its outputs turn out then. */
export function canBeRun(declared: Ports, model: Ports): boolean {
  const seen = Object.fromEntries(declared.outputs.map(({ name, shape }) => [name, [shape]]));
  return schemaDifferences(declared, model, seen).length === 0;
}

const fits = (seen: readonly number[], declared: readonly number[]) =>
  seen.length === declared.length && declared.every((size, i) => size === -1 || size === seen[i]);

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
    if (match.datatype === NO_TENSOR) return [noTensor(kind, match.name, where(i))];
    const rows = fixedRows(tensor, match);
    if (rows !== undefined)
      return [
        {
          what: `The ${kind} ${JSON.stringify(tensor.name)} is declared for any number of rows, ${text(tensor)}, and the model has ${rows === 1 ? "one row" : `${rows} rows`} in each run, ${text(match)}.`,
          where: "model/model.onnx",
          fix:
            kind === "output"
              ? "export it with the first dimension of its inputs free, which frees that of its outputs"
              : `export it with its first dimension free: torch.onnx.export(…, dynamic_shapes={${JSON.stringify(tensor.name)}: {0: "rows"}}); skl2onnx: FloatTensorType([None, …])`,
        },
      ];
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
    ...undeclared.map((tensor) =>
      tensor.datatype === NO_TENSOR
        ? noTensor(kind, tensor.name, `model/contract.json, /${kind}s`)
        : {
            what: `The model has the ${kind} ${JSON.stringify(tensor.name)} (${text(tensor)}), which the contract does not declare.`,
            where: `model/contract.json, /${kind}s`,
            fix: FIX,
          },
    ),
  ];
}

/** The datatype that the process reports for such a value. */
export const NO_TENSOR = "no tensor";

const noTensor = (kind: "input" | "output", name: string, where: string): Finding => ({
  what: `The ${kind} ${JSON.stringify(name)} is no tensor, but a list of dictionaries or the like, as ZipMap makes it of scores.`,
  where: `model/model.onnx; ${where}`,
  fix: WITHOUT_ZIPMAP,
});

export const WITHOUT_ZIPMAP =
  'export it without: skl2onnx.to_onnx(model, X[:1], options={"zipmap": False}); onnxmltools\' convert_lightgbm(…, zipmap=False)';

/** How many rows the model has in each run, if that is all that differs. */
function fixedRows(
  declared: TensorInfo,
  { datatype, shape: [rows = 0, ...rest] }: TensorInfo,
): number | undefined {
  const [any, ...others] = declared.shape;
  const isAll = any === -1 && rows > 0 && declared.datatype === datatype && String(others) === String(rest);
  return isAll ? rows : undefined;
}

const text = ({ datatype, shape }: TensorInfo) => `${datatype} [${shape.join(", ")}]`;
