/** Reads the file to adopt, and loads it in the runtime. Edge. */
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { DATATYPES, type Datatype, type TensorInfo } from "../contract/index.ts";
import { CannotJudge } from "../gate/index.ts";
import { explainLoadError, failed, judgeFile, notRun, ran } from "../gate/instruments.ts";
import { measureOnce } from "../gate/measure/measureModel.ts";
import { readModel } from "../gate/readFolder.ts";
import type { Finding } from "../gate/report/index.ts";
import { plainSpec } from "./adoptionPlan.ts";
import { zeros } from "./goldenRequests.ts";
import { Mistake, mistake } from "./mistake.ts";
import { repair } from "./repair.ts";

export interface ModelToAdopt {
  /** The file to run: the one that was given, or what was made of it. */
  readonly file: string;
  readonly bytes: Uint8Array;
  /** SHA-256 of the file that was given, in hex. */
  readonly sha256: string;
  /** What was done to it, in words. Empty if it is as it was given. */
  readonly repaired: readonly string[];
  /** `opset 21, IR 10, 12 operators, skl2onnx 1.20.0`. */
  readonly summary: string;
  /** Empty if the file does not say. */
  readonly producer: string;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

/**
 * @param given The file. It is not changed.
 * @param repairedFile Is written if the file is to be mended.
 * @throws Mistake if the runtime cannot load it as a model.
 * @throws CannotJudge if ONNX Runtime does not run here.
 */
export async function readModelFile(given: string, repairedFile: string): Promise<ModelToAdopt> {
  const found = await stat(given).catch(() => undefined);
  if (found === undefined)
    throw mistake(`${given} does not exist.`, given, "name the ONNX file that your training wrote");
  if (found.isDirectory()) throw await folderMistake(given);

  const original = await readModel(given);
  const repaired = needsRepair(original) ? await repair(given, await readFile(given)) : undefined;
  if (repaired) await writeFile(repairedFile, repaired.bytes);
  const file = repaired ? repairedFile : given;
  const model = repaired ? await readModel(file) : original;
  const check = judgeFile({ contract: {}, model });
  if (failed(model.facts) || check.objections.length > 0) throw new Mistake(check.objections.map(of(given)));

  const contract = { inputs: [], outputs: [] }; // nothing is run: only the runtime's description of the model is wanted
  const { load } = await measureOnce(file, contract, {});
  if (notRun(load)) throw new CannotJudge(load.notRun, load.fix ?? "try it again");
  if (failed(load)) throw new Mistake([{ ...explainLoadError(load.error, model.facts), where: given }]);
  const { inputs } = load;
  return {
    file,
    bytes: await readFile(file),
    sha256: original.sha256!,
    repaired: repaired?.done ?? [],
    summary: check.found,
    producer: model.facts.producer,
    inputs,
    outputs: await asAnswered(file, load),
  };
}

/** The numbers that free dimensions are given, in turn. */
const SIZES = [2, 3];

/**
 * The outputs as the model gives them, which exporters declare wrongly: of a label, LightGBM's has `[1]` and CatBoost's
 * `[N]`, for `[N]` and `[N, 1]`. They are as declared if the model does not answer zeros.
 */
async function asAnswered(
  file: string,
  { inputs, outputs }: { readonly inputs: readonly TensorInfo[]; readonly outputs: readonly TensorInfo[] },
): Promise<readonly TensorInfo[]> {
  if (!areTensors(inputs) || !areTensors(outputs)) return outputs; // which is a mistake, and found later
  const ports = { inputs: inputs.map(plainSpec), outputs: outputs.map(plainSpec) };
  const { golden } = await measureOnce(file, ports, { golden: SIZES.map((size) => zeros(inputs, size)) });
  const hindered = golden.filter(notRun).find(({ fault }) => fault === "machine");
  if (hindered !== undefined) throw new CannotJudge(hindered.notRun, hindered.fix ?? "try it again");
  const answers = golden.filter(ran).map((answer) => answer.outputs);
  if (answers.length < SIZES.length) return outputs;
  return outputs.map((output) => {
    const [one = [], other = []] = answers.map((answer) => answer[output.name]!.shape);
    return { ...output, shape: seenShape(output.shape, one, other) };
  });
}

const areTensors = (
  found: readonly TensorInfo[],
): found is readonly (TensorInfo & { readonly datatype: Datatype })[] =>
  found.every(({ datatype }) => (DATATYPES as readonly string[]).includes(datatype));

/** A dimension is free if it is declared so, or if it differs between two answers. */
function seenShape(
  declared: readonly number[],
  one: readonly number[],
  other: readonly number[],
): readonly number[] {
  const isFree = (i: number) => (declared.length === one.length && declared[i] === -1) || one[i] !== other[i];
  return one.map((size, i) => (isFree(i) ? -1 : size));
}

const needsRepair = ({ facts }: Awaited<ReturnType<typeof readModel>>) =>
  !failed(facts) && (facts.externalData.length > 0 || facts.operators.includes("ai.onnx.ml:ZipMap"));

/** The gate's findings name the file in `model/`. */
const of =
  (file: string) =>
  (finding: Finding): Finding => ({
    ...finding,
    where: finding.where.replace("model/model.onnx", () => file),
  });

async function folderMistake(folder: string): Promise<Mistake> {
  const files = await readdir(folder);
  if (files.includes("saved_model.pb"))
    return mistake(
      `${folder} is a folder as TensorFlow writes it (SavedModel), not ONNX.`,
      folder,
      `convert it: pip install tf2onnx && python -m tf2onnx.convert --saved-model ${folder} --output model.onnx`,
    );
  const models = files.filter((name) => name.endsWith(".onnx")).map((name) => path.join(folder, name));
  return mistake(
    `${folder} is a folder, not an ONNX file.`,
    folder,
    models.length === 0
      ? "export the model to an ONNX file, and name that"
      : `name the file: ${models.join(" or ")}`,
  );
}
