/** Reads a model folder: whatever is wrong in it becomes a finding. Edge. */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { type Contract, ContractError, parseContract } from "../../model/contract.ts";
import type { HoldoutFile, Material, ModelFile } from "./evidence.ts";
import { type GoldenRequest, parseGolden } from "./golden.ts";
import { type Holdout, parseHoldout } from "./holdout.ts";
import { inspectModel } from "./onnx/inspect.ts";
import type { Check, Finding } from "./report.ts";

/** ONNX files are protobuf messages, which end at 2 GiB. */
const LARGEST = 2 ** 31;

export async function readContract(folder: string): Promise<{ contract?: Contract; check: Check }> {
  const file = "model/contract.json";
  const check = (objections: readonly Finding[]): Check => ({
    name: "contract",
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
          fix: "say what the model must achieve: docs/gate.md has what can be demanded, docs/adopt.md an example",
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
          fix: fix ?? "model/contract.schema.json says what may stand there",
        })),
      ),
    };
  }
}

export interface Materials {
  readonly golden: Material<readonly GoldenRequest[]>;
  readonly holdout?: Material<Holdout>;
  readonly holdoutFile?: HoldoutFile;
}

/** The files that the contract names. One that is missing or faulty does not stop the others. */
export async function readMaterials(folder: string, contract: Contract): Promise<Materials> {
  const { golden, holdout } = contract.validation ?? {};
  const goldenFile = `model/${golden?.file}`;
  const goldenText = golden && (await read(folder, golden.file));
  const materials: Materials = {
    golden:
      typeof goldenText === "string"
        ? parseGolden(goldenText, goldenFile, contract)
        : { file: goldenFile, findings: goldenText === undefined ? [] : [goldenText] },
  };
  if (holdout === undefined) return materials;
  const file = `model/${holdout.file}`;
  const bytes = await readFile(path.join(folder, holdout.file)).catch((error: Error) =>
    unreadable(holdout.file, error),
  );
  if ("what" in bytes) return { ...materials, holdout: { file, findings: [bytes] } };
  const digest = crypto.subtle.digest("SHA-256", bytes); // in another thread, while this one reads the rows
  const rows = parseHoldout(bytes, file, contract);
  const sha256 = Buffer.from(await digest).toString("hex");
  return { ...materials, holdout: rows, holdoutFile: { name: file, bytes, sha256 } };
}

/** @param mebibytes What it may have at most. */
export async function readModel(file: string, mebibytes = 2048): Promise<ModelFile> {
  try {
    const { size } = await stat(file);
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
  return readFile(path.join(folder, file), "utf8").catch((error: Error) => unreadable(file, error));
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
        : `model/${file} cannot be read: ${error.message}`,
    where: `model/${file}`,
    fix: FIXES.get(file) ?? "put the file there, or change its name in model/contract.json",
  };
}
