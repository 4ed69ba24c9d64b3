/** Remembers the last model that passed, by a hash of everything that the judgement depends on. Edge. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, realpath, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { CHECKOUT } from "../common/checkout.ts";
import { hashFile } from "../common/hashFile.ts";
import { LARGEST_JSON, readRegularFile } from "../common/regularFile.ts";
import { type Contract, parsePlainJson } from "../contract/index.ts";
import type { ChampionSource } from "./evidence/evidence.ts";
import type { Judgement, JudgeOptions } from "./judge.ts";
import { passedModel } from "./report/passedModel.ts";
import type { Report } from "./report/report.ts";
import { sourceFiles } from "./sourceFiles.ts";

/** This file and everything that it imports decide the verdict. */
const GATE = path.join(import.meta.dirname, "judgeOnce.ts");

/** What is known of the release that serves now without reading its image. */
export interface ServingChampion {
  /** SHA-256 of its model.onnx, in hex. Absent before the first release. */
  readonly sha256?: string;
  readonly find: () => Promise<ChampionSource>;
}

export type Demanded = Pick<JudgeOptions, "floors" | "override">;

/**
 * Judges a model folder, unless `memory` holds the judgement of the same bytes.
 *
 * If the champion is the same model, there is nothing to compare: a release that was just deployed is not judged again.
 *
 * @param memory The file that remembers.
 */
export async function judgeOnce(
  folder: string,
  { memory, champion, ...demanded }: Demanded & { memory: string; champion?: ServingChampion },
  judge: (folder: string, options: JudgeOptions) => Promise<Judgement> = judgeAnew,
): Promise<Judgement> {
  const { key, sha256 } = await hashOf(folder, demanded);
  const last = await recall(memory);
  const itself = sha256 !== undefined && champion?.sha256 === sha256;
  if (last?.key === key && (itself || last.champion === champion?.sha256)) {
    const remembered = { report: { ...last.report, remembered: true }, contract: last.contract };
    const passed = passedModel(folder, remembered, demanded.override);
    if (passed !== undefined) return { report: passed.report, contract: passed.contract, passed };
  }
  const source: ChampionSource | undefined = itself
    ? { none: "it is the model that serves now" }
    : await champion?.find();
  const judgement = await judge(folder, { ...demanded, ...(source && { champion: source }) });
  const { report, contract, passed } = judgement;
  // Refusals are not remembered, since somebody will fix them; nor is a model that could not be judged.
  if (passed === undefined || contract === undefined) return judgement;
  await mkdir(path.dirname(memory), { recursive: true });
  const remembered: Remembered = { key, champion: champion?.sha256, report, contract };
  await writeFile(memory, JSON.stringify(remembered));
  return judgement;
}

interface Remembered {
  readonly key: string;
  /** SHA-256 of the champion, in hex. Absent if there was none. */
  readonly champion: string | undefined;
  readonly report: Report;
  readonly contract: Contract;
}

/** @returns Undefined if no valid judgement is remembered. */
async function recall(memory: string): Promise<Remembered | undefined> {
  try {
    const last: Partial<Remembered> = JSON.parse(await readFile(memory, "utf8"));
    return last.contract && Array.isArray(last.report?.checks) ? (last as Remembered) : undefined;
  } catch {
    return undefined;
  }
}

/** Loading the judge takes most of a second, so it is loaded only for a new model. */
async function judgeAnew(folder: string, options: JudgeOptions): Promise<Judgement> {
  const { judge } = await import("./judge.ts");
  return judge(folder, options);
}

/** A hash over the model folder without its training code, every source file of the gate, the demands, and the versions of all packages. */
async function hashOf(
  folder: string,
  demanded: Demanded,
): Promise<{ key: string; sha256: string | undefined }> {
  let sha256: string | undefined;
  const machine = [process.version, process.platform, process.arch];
  const hash = createHash("sha256").update(JSON.stringify([machine, demanded]));
  for (const file of await filesOf(folder)) {
    // If a file cannot be read, such as a broken link, the judge objects to it if the contract names it.
    const digest: string = await hashFile(path.join(folder, file)).catch(({ code }) => code);
    hash.update(`${file}\0${digest}`);
    if (file === "model.onnx") sha256 = digest;
  }
  for (const [file, text] of sourceFiles(GATE))
    hash.update(`${path.relative(CHECKOUT, file)}\0${text.length}\0${text}`);
  hash.update(await readFile(path.join(CHECKOUT, "package-lock.json")));
  return { key: hash.digest("hex"), sha256 };
}

/**
 * Relative paths, sorted. Training code is left out unless the contract names a file there: its virtual environment has
 * thousands of files.
 */
async function filesOf(folder: string): Promise<string[]> {
  const contract = readRegularFile(path.join(folder, "contract.json"), LARGEST_JSON);
  const named = await contract.then(
    (bytes) => filesNamed(bytes.toString("utf8")),
    () => [],
  );
  return [...new Set([...(await filesIn(folder)), ...named])].toSorted();
}

/** @param contract Any text: the judge reports its faults. */
function filesNamed(contract: string): string[] {
  try {
    const { validation } = parsePlainJson(contract) as Contract;
    const { holdout, golden } = validation!;
    return [holdout?.file, golden.file]
      .filter((file) => typeof file === "string")
      .map((file) => path.normalize(file));
  } catch {
    return [];
  }
}

/** Follows links, too, since data tools link folders. @param above Real paths of the folders above, so that a link upwards ends. */
async function filesIn(folder: string, below = "", above: readonly string[] = []): Promise<string[]> {
  const here = path.join(folder, below);
  const real = await realpath(here);
  if (above.includes(real)) return [];
  const files: string[] = [];
  for (const entry of await readdir(here, { withFileTypes: true })) {
    const name = path.join(below, entry.name);
    if (!(entry.isDirectory() || (entry.isSymbolicLink() && (await isFolder(path.join(folder, name))))))
      files.push(name);
    else if (name !== "training") files.push(...(await filesIn(folder, name, [...above, real])));
  }
  return files;
}

const isFolder = (file: string) =>
  stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  );
