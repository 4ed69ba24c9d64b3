/** The file is an ONNX model, complete and of a kind that the image's runtime knows. Pure. */

import { whole } from "../../common/shown.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { failed } from "../measure/measurements.ts";
import type { ModelFacts, Opset } from "../onnx/inspect.ts";
import { atMost, count, type Finding, type Judged } from "../report/report.ts";
import { type CheckDefinition, judged } from "./check.ts";
import { RUNTIME } from "./runtimeLimits.ts";

const FILE = "model/model.onnx";
/** The part of the evidence that exists even without a valid contract. */
interface OfFile extends Pick<Evidence, "model"> {
  readonly contract: Pick<Evidence["contract"], "validation">;
}
/** ONNX files are protobuf messages, which end at 2 GiB. */
const LARGEST_MEBIBYTES = 2048;

export const checkOnnx: CheckDefinition = { name: "onnx", judge: judgeFile };

export function judgeFile({ contract, model }: OfFile): Omit<Judged, "name"> {
  const { size, facts } = model;
  const large = tooLarge(size, contract.validation?.budgets?.sizeMebibytes);
  if (failed(facts)) {
    const unreadable = { what: facts.error, where: FILE, fix: facts.fix ?? "export the model again" };
    return judged("", { objections: large ? [large] : [unreadable] });
  }
  return judged(summary(facts), {
    objections: [
      ...(large ? [large] : []),
      ...newerThanRuntime(facts),
      ...atMost(5, unknownDomains(facts)),
      ...atMost(5, externalFiles(facts)),
    ],
  });
}

/** `opset 21, ai.onnx.ml 3, IR 10, 12 operators, skl2onnx 1.20.0` */
function summary({ opsets, irVersion, operators, producer }: ModelFacts): string {
  const versions = opsets
    .filter(({ domain }) => RUNTIME.opsets.has(domain))
    .map(({ domain, version }) => `${domain === "ai.onnx" ? "opset" : domain} ${version}`);
  return [...versions, `IR ${irVersion}`, count(operators.length, "operator"), producer.slice(0, 30)]
    .filter((part) => part !== "")
    .join(", ");
}

function tooLarge(size: number, budget: number | undefined): Finding | undefined {
  const most = Math.min(budget ?? LARGEST_MEBIBYTES, LARGEST_MEBIBYTES);
  if (size <= most * 2 ** 20) return undefined;
  const inContract = budget === most;
  return {
    what: `The model's file is ${mebibytes(size / 2 ** 20)} MiB, and at most ${mebibytes(most)} MiB are allowed.`,
    where: inContract ? "model/contract.json, /validation/budgets/sizeMebibytes" : FILE,
    fix: inContract
      ? "make the model smaller, or raise the budget where a reviewer sees it"
      : "make the model smaller: quantize or prune it; no ONNX file is larger than 2 GiB",
  };
}

const mebibytes = (value: number) =>
  value.toLocaleString("en", value < 1 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 3 });

function newerThanRuntime({ irVersion, opsets }: ModelFacts): Finding[] {
  const tooNew = opsets.filter(({ domain, version }) => version > (RUNTIME.opsets.get(domain) ?? Infinity));
  return [
    ...(irVersion > RUNTIME.irVersion
      ? [
          {
            what: `The model's IR version is ${irVersion}, and ${RUNTIME.name} takes at most ${RUNTIME.irVersion}.`,
            where: `${FILE}, ir_version`,
            fix: `export it with an older onnx package, or set it in Python: model.ir_version = ${RUNTIME.irVersion}`,
          },
        ]
      : []),
    ...tooNew.map(({ domain, version }: Opset) => ({
      what: `The model uses opset ${version} of ${domain}, and ${RUNTIME.name} takes at most ${RUNTIME.opsets.get(domain)}.`,
      where: `${FILE}, opset_import`,
      fix: "export it for a lower opset: target_opset of skl2onnx, opset_version of torch.onnx.export",
    })),
  ];
}

/** One finding per domain of operators that neither the runtime has nor the model defines. */
function unknownDomains({ operators, functions }: ModelFacts): Finding[] {
  const own = new Set(functions);
  const unknown = operators.filter(
    (operator) => !own.has(operator) && !RUNTIME.opsets.has(domainOf(operator)),
  );
  return [...groupBy(unknown, domainOf)].map(([domain, of]) => ({
    what: `The model uses ${some(of)} of the domain ${JSON.stringify(domain)}, which ${RUNTIME.name} does not know.`,
    where: `${FILE}, operators`,
    fix: "export it with only operators of ai.onnx and ai.onnx.ml; what they cannot do belongs before or after the model",
  }));
}

/** One finding per file. */
function externalFiles({ externalData }: ModelFacts): Finding[] {
  return [...groupBy(externalData, ({ location }) => location)].map(([location, tensors]) => ({
    what: `The data of ${some(tensors.map(({ tensor }) => tensor))} is in another file, ${JSON.stringify(location)}, and only model.onnx is judged and shipped.`,
    where: `${FILE}, external_data`,
    fix: 'put all in one file, in Python: onnx.save(onnx.load("model.onnx"), "model.onnx")',
  }));
}

/** Like Map.groupBy, which Node 20 does not have. */
function groupBy<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group) group.push(one);
    else groups.set(keyOf(one), [one]);
  }
  return groups;
}

const domainOf = (operator: string) => operator.slice(0, operator.lastIndexOf(":"));

/** `"a", "b", "c" and 4 more` */
function some(names: readonly string[]): string {
  const few = names
    .slice(0, 3)
    .map((name) => (name === "" ? "a tensor without a name" : JSON.stringify(name)));
  const rest = names.length - few.length;
  return `${few.join(", ")}${rest > 0 ? ` and ${whole(rest)} more` : ""}`;
}
