/** Reads the file to adopt, and loads it in the runtime. Edge. */
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import type { TensorInfo } from "../contract/index.ts";
import { CannotJudge } from "../gate/index.ts";
import { explainLoadError, failed, judgeFile, notRun } from "../gate/instruments.ts";
import { measureOnce } from "../gate/measure/measureModel.ts";
import { readModel } from "../gate/readFolder.ts";
import type { Finding } from "../gate/report/index.ts";
import { Mistake, mistake } from "./mistake.ts";

export interface ModelToAdopt {
  readonly bytes: Uint8Array;
  /** In hex. */
  readonly sha256: string;
  /** `opset 21, IR 10, 12 operators, skl2onnx 1.20.0`. */
  readonly summary: string;
  /** Empty if the file does not say. */
  readonly producer: string;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

/**
 * @param file The name that was given, for the messages.
 * @throws Mistake if the runtime cannot load it as a model.
 * @throws CannotJudge if ONNX Runtime does not run here.
 */
export async function readModelFile(file: string): Promise<ModelToAdopt> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined)
    throw mistake(`${file} does not exist.`, file, "name the ONNX file that your training wrote");
  if (found.isDirectory()) throw await folderMistake(file);

  const model = await readModel(file);
  const check = judgeFile({ contract: {}, model });
  if (failed(model.facts) || check.objections.length > 0) throw new Mistake(check.objections.map(of(file)));

  const contract = { inputs: [], outputs: [] }; // nothing is run: only the runtime's description of the model is wanted
  const { load } = await measureOnce(file, contract, {});
  if (notRun(load)) throw new CannotJudge(load.notRun, load.fix ?? "try it again");
  if (failed(load)) throw new Mistake([{ ...explainLoadError(load.error, model.facts), where: file }]);
  return {
    bytes: await readFile(file),
    sha256: model.sha256!,
    summary: check.found,
    producer: model.facts.producer,
    inputs: load.inputs,
    outputs: load.outputs,
  };
}

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
