import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Contract } from "../../model/contract.ts";
import { DeployError } from "../errors.ts";
import { remembered } from "./memory.ts";
import { renderReport } from "./render.ts";
import { passed } from "./report.ts";

declare const gatePassed: unique symbol;

/** A model folder that passed the gate. Only `passGate` makes one. */
export interface ValidatedModel {
  readonly folder: string;
  readonly contract: Contract;
  /** Of model.onnx, in hex. */
  readonly sha256: string;
  readonly accuracy: number | undefined;
  readonly [gatePassed]: true;
}

/**
 * Lets a model through that keeps its contract.
 *
 * @param memory The file that remembers the last judgement: it is made once for the same model and gate.
 * @throws DeployError with every objection.
 */
export async function passGate(folder: string, memory: string): Promise<ValidatedModel> {
  const { report, contract } = await remembered(memory, folder, async () => {
    const { judge } = await import("./judge.ts"); // most of a second, to be spent only on a new model
    return judge(folder);
  });
  if (!passed(report) || contract === undefined) throw new DeployError(renderReport(report));
  await pulumi.log.info(renderReport(report));
  const sha256 = createHash("sha256")
    .update(await readFile(path.join(folder, "model.onnx")))
    .digest("hex");
  return { folder, contract, sha256, accuracy: report.metrics.accuracy } as ValidatedModel;
}
