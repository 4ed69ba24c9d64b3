/** Judges a model folder: reads it, has the model run, collects every objection. Edge; knows nothing of Pulumi. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { type Contract, ContractError, parseContract } from "../../model/contract.ts";
import { checkAccuracy } from "./checks/accuracy.ts";
import { checkGolden } from "./checks/golden.ts";
import { checkSchema } from "./checks/schema.ts";
import { type GoldenRequest, parseGolden } from "./golden.ts";
import { EMPTY_HOLDOUT, type Holdout, parseHoldout } from "./holdout.ts";
import { measureIsolated } from "./isolated.ts";
import { failed, type Measurements } from "./measurements.ts";
import type { Check, Objection, Report } from "./report.ts";

/** What a folder holds, read and parsed. */
interface Material {
  readonly contract: Contract;
  readonly model: Buffer;
  readonly golden: readonly GoldenRequest[];
  readonly holdout: Holdout;
}

/** The report, and the contract if there is one to trust. */
export interface Judgement {
  readonly report: Report;
  readonly contract?: Contract;
}

/**
 * @param folder The model folder: `model` in a checkout.
 * @returns whatever is wrong in the folder as an objection in the report, never as an error.
 */
export async function judge(folder: string): Promise<Judgement> {
  const { contract, checks: contractChecks } = await readContract(folder);
  if (contract === undefined) return { report: { checks: contractChecks, metrics: {} } };
  const { name, version } = contract;
  const { golden, holdout, model, checks } = await readMaterial(folder, contract);
  const report = { model: { name, version }, checks: [...contractChecks, ...checks], metrics: {} };
  if (model === undefined) return { report, contract };

  const measured = await measureIsolated({
    model,
    contract,
    golden: golden.map(({ inputs }) => inputs),
    holdout,
  });
  return {
    report: {
      ...report,
      ...judgeMeasurements({ contract, model, golden, holdout }, measured, report.checks),
    },
    contract,
  };
}

function judgeMeasurements(
  { contract, model, golden, holdout }: Material,
  measured: Measurements,
  before: readonly Check[],
): Pick<Report, "checks" | "metrics"> {
  const loads = checkLoads(model, measured);
  if (failed(measured)) return { checks: [...before, loads], metrics: {} };
  const { golden: goldenDemands, holdout: holdoutDemands, metrics } = contract.validation ?? {};
  const checks: Check[] = [...before, loads, checkSchema(contract, measured)];
  if (goldenDemands && golden.length > 0) {
    checks.push(
      checkGolden(golden, measured.golden, {
        file: `model/${goldenDemands.file}`,
        tolerance: goldenDemands.tolerance,
      }),
    );
  }
  const floor = metrics?.accuracy?.min;
  if (floor === undefined || holdoutDemands === undefined || holdout.rows === 0)
    return { checks, metrics: {} };
  const file = `model/${holdoutDemands.file}`;
  if (failed(measured.predictions)) {
    const what = `The model fails on the holdout: ${measured.predictions.error}`;
    checks.push({
      name: "accuracy",
      found: "",
      objections: [{ what, where: file, fix: "export the model so that it takes the holdout's rows" }],
    });
    return { checks, metrics: {} };
  }
  const { accuracy, ...check } = checkAccuracy(holdout.labels, measured.predictions.labels, { floor, file });
  return { checks: [...checks, check], metrics: { accuracy, rows: holdout.rows } };
}

function checkLoads(model: Buffer, measured: Measurements): Check {
  const objections = failed(measured)
    ? [
        {
          what: `The model cannot be loaded and run: ${measured.error}`,
          where: "model/model.onnx",
          fix: "export it again, as ONNX, and try it with onnxruntime in Python",
        },
      ]
    : [];
  return { name: "loads", found: `model.onnx, ${model.length.toLocaleString("en")} bytes`, objections };
}

async function readContract(folder: string): Promise<{ contract?: Contract; checks: Check[] }> {
  const file = "model/contract.json";
  const check = (objections: readonly Objection[]): Check[] => [
    { name: "contract", found: file, objections },
  ];
  const text = await read(folder, "contract.json");
  if (typeof text !== "string") return { checks: check([text]) };
  try {
    const contract = parseContract(text, file);
    if (contract.validation !== undefined) return { contract, checks: check([]) };
    return {
      checks: check([
        {
          what: "The contract demands nothing: it has no validation.",
          where: `${file}, /validation`,
          fix: "say what the model must achieve: README.md shows how",
        },
      ]),
    };
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    return {
      checks: check(
        error.problems.map(({ pointer, message, fix }) => ({
          what: `${pointer || "The contract"}: ${message}`,
          where: pointer === "" ? error.file : `${error.file}, ${pointer}`,
          fix: fix ?? "model/contract.schema.json says what may stand there",
        })),
      ),
    };
  }
}

/** The files that the contract names. One that is missing or faulty is an objection, and the checks that do not need it go on. */
async function readMaterial(folder: string, contract: Contract) {
  const { golden: goldenDemands, holdout: holdoutDemands } = contract.validation ?? {};
  const checks: Check[] = [];
  const object = (name: Check["name"], found: string, objections: readonly Objection[]) => {
    if (objections.length > 0) checks.push({ name, found, objections });
  };

  const model = await readFile(path.join(folder, "model.onnx")).catch((error: Error) =>
    unreadable("model.onnx", error),
  );
  if (!Buffer.isBuffer(model)) object("loads", "model.onnx", [model]);

  let golden: readonly GoldenRequest[] = [];
  if (goldenDemands) {
    const text = await read(folder, goldenDemands.file);
    const parsed =
      typeof text === "string"
        ? parseGolden(text, `model/${goldenDemands.file}`, contract)
        : { requests: [], objections: [text] };
    object("golden", goldenDemands.file, parsed.objections);
    if (parsed.objections.length === 0) golden = parsed.requests;
  }

  let holdout = EMPTY_HOLDOUT;
  if (holdoutDemands) {
    const text = await read(folder, holdoutDemands.file);
    const parsed =
      typeof text === "string"
        ? parseHoldout(text, `model/${holdoutDemands.file}`, contract, holdoutDemands.target)
        : { holdout: EMPTY_HOLDOUT, objections: [text] };
    object("accuracy", holdoutDemands.file, parsed.objections);
    holdout = parsed.holdout;
  }
  return { golden, holdout, checks, model: Buffer.isBuffer(model) ? model : undefined };
}

async function read(folder: string, file: string): Promise<string | Objection> {
  return readFile(path.join(folder, file), "utf8").catch((error: Error) => unreadable(file, error));
}

function unreadable(file: string, error: NodeJS.ErrnoException): Objection {
  return {
    what:
      error.code === "ENOENT"
        ? `model/${file} does not exist.`
        : `model/${file} cannot be read: ${error.message}`,
    where: `model/${file}`,
    fix:
      file === "model.onnx"
        ? "put the model there; README.md says how"
        : "put the file there, or change its name in model/contract.json",
  };
}
