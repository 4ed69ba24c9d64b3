import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { type Contract, parseContract } from "../../model/contract.ts";
import { DeployError } from "../errors.ts";
import { judge } from "./judge.ts";
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
 * @throws DeployError with every objection.
 */
export async function passGate(folder: string): Promise<ValidatedModel> {
  const report = await judge(folder);
  if (!passed(report)) throw new DeployError(renderReport(report));
  await pulumi.log.info(renderReport(report));
  const contract = parseContract(
    await readFile(path.join(folder, "contract.json"), "utf8"),
    "model/contract.json",
  );
  const sha256 = createHash("sha256")
    .update(await readFile(path.join(folder, "model.onnx")))
    .digest("hex");
  return { folder, contract, sha256, accuracy: report.metrics.accuracy } as ValidatedModel;
}
