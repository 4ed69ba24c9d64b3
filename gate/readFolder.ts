/** Reads a model folder. Every fault in it becomes a finding. Edge. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { LARGEST_JSON, readRegularFile, requireFile } from "../common/regularFile.ts";
import { type Contract, ContractError } from "../contract/index.ts";
import { parseContract } from "../contract/parseContract.ts";
import type { Material } from "./data/material.ts";
import { type GoldenRequest, parseGolden } from "./data/parseGolden.ts";
import { HoldoutReader } from "./data/parseHoldout.ts";
import type { HoldoutFile, ModelFile } from "./evidence/evidence.ts";
import { inspectModel } from "./onnx/inspect.ts";
import type { Finding, Judged } from "./report/report.ts";

/** ONNX files are protobuf messages, which end at 2 GiB. */
const LARGEST = 2 ** 31;

export async function readContract(folder: string): Promise<{ contract?: Contract; check: Judged }> {
  const file = "model/contract.json";
  const check = (objections: readonly Finding[]): Judged => ({
    name: "contract",
    outcome: "judged",
    found: file,
    objections,
    warnings: [],
  });
  const text = await read(folder, "contract.json");
  if (typeof text !== "string") return { check: check([text]) };
  try {
    const contract = parseContract(text, file);
    if (contract.validation !== undefined) {
      const { name, version, task } = contract;
      return { contract, check: { ...check([]), found: `${name} ${version}, ${task}` } };
    }
    return {
      check: check([
        {
          what: "The contract demands nothing: it has no validation.",
          where: `${file}, /validation`,
          fix: "say what the model must achieve: docs/gate.md lists what can be demanded, docs/adopt.md has an example",
        },
      ]),
    };
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    return {
      check: check(
        error.problems.map(({ pointer, message, fix }) => ({
          what: `${pointer || "The contract"}: ${message}`,
          where: pointer === "" ? error.file : `${error.file}, ${pointer}`,
          fix: fix ?? "contract/contract.schema.json says what is allowed there",
        })),
      ),
    };
  }
}

/** A missing or faulty file becomes a finding, and other files are still read. */
export async function readGolden(
  folder: string,
  contract: Contract,
): Promise<{ golden: Material<readonly GoldenRequest[]>; sha256?: string }> {
  const { file } = contract.validation!.golden;
  const name = `model/${file}`;
  const bytes = await readRegularFile(path.join(folder, file), LARGEST_JSON).catch((error: Error) =>
    unreadable(file, error),
  );
  if ("what" in bytes) return { golden: { file: name, findings: [bytes] } };
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { golden: parseGolden(bytes.toString("utf8"), name, contract), sha256 };
}

/** A holdout to read part by part, or why it cannot be read. Empty if there is none. */
export interface OpenHoldout {
  readonly reader?: HoldoutReader;
  readonly unreadable?: Material<never>;
  readonly file?: Promise<HoldoutFile>;
}

export async function openHoldout(folder: string, contract: Contract): Promise<OpenHoldout> {
  const { holdout } = contract.validation ?? {};
  if (holdout === undefined) return {};
  const name = `model/${holdout.file}`;
  const bytes = await readRegularFile(path.join(folder, holdout.file)).catch((error: Error) =>
    unreadable(holdout.file, error),
  );
  if ("what" in bytes) return { unreadable: { file: name, findings: [bytes] } };
  const digest = crypto.subtle.digest("SHA-256", bytes); // in another thread, while this one reads the rows
  const file = digest.then((sha256) => ({ name, bytes, sha256: Buffer.from(sha256).toString("hex") }));
  return { reader: new HoldoutReader(bytes, name, contract), file };
}

/** @param mebibytes Largest file that is read, in MiB. */
export async function readModel(file: string, mebibytes = 2048): Promise<ModelFile> {
  try {
    const size = await requireFile(file);
    const cap = Math.min(LARGEST, mebibytes * 2 ** 20);
    if (size > cap) return { size, facts: { error: "It is too large to be read." } };
    const bytes = await readFile(file);
    return {
      size,
      sha256: createHash("sha256").update(bytes).digest("hex"),
      facts: inspectModel(bytes),
    };
  } catch (error) {
    const { what, fix } = unreadable("model.onnx", error as Error);
    return { size: 0, facts: { error: what, fix } };
  }
}

async function read(folder: string, file: string): Promise<string | Finding> {
  try {
    return (await readRegularFile(path.join(folder, file), LARGEST_JSON)).toString("utf8");
  } catch (error) {
    return unreadable(file, error as Error);
  }
}

const FIXES = new Map([
  ["contract.json", "put it there: npm run adopt writes one"],
  ["model.onnx", "put the model there; README.md says how"],
]);

function unreadable(file: string, error: NodeJS.ErrnoException): Finding {
  return {
    what:
      error.code === "ENOENT"
        ? `model/${file} does not exist.`
        : `model/${file} cannot be read: ${error.message}.`,
    where: `model/${file}`,
    fix: FIXES.get(file) ?? "put the file there, or change its name in model/contract.json",
  };
}
