/** Remembers the last model that passed, by the hash of all that the judgement depends on. Edge. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { hashFile } from "../hashFile.ts";
import type { ChampionSource } from "./champion.ts";
import type { Judgement, JudgeOptions } from "./judge.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");

/** The release that serves now, as far as it is known without reading its image. */
export interface Serving {
  /** Of its model.onnx, in hex; absent before the first release. */
  readonly sha256?: string;
  readonly find: () => Promise<ChampionSource>;
}

export type Demanded = Pick<JudgeOptions, "floors" | "override">;

/**
 * Judges a model folder, unless `memory` holds the judgement of the same bytes.
 *
 * A champion that is this very model has nothing to say of it: a release that has just been deployed is not judged again.
 *
 * @param memory The file that remembers.
 */
export async function judgeOnce(
  folder: string,
  { memory, serving, ...demanded }: Demanded & { memory: string; serving?: Serving },
  judge: (folder: string, options: JudgeOptions) => Promise<Judgement> = judgeAnew,
): Promise<Judgement> {
  const { key, sha256 } = await hashOf(folder, demanded);
  const last = await readFile(memory, "utf8")
    .then(JSON.parse)
    .catch(() => undefined);
  const itself = sha256 !== undefined && serving?.sha256 === sha256;
  if (last?.key === key && (itself || last.champion === serving?.sha256)) {
    const { report, contract } = last.judgement as Judgement;
    return { report: { ...report, remembered: true }, ...(contract && { contract }) };
  }
  const champion: ChampionSource | undefined = itself
    ? { none: "it is the model that serves now" }
    : await serving?.find();
  const judgement = await judge(folder, { ...demanded, ...(champion && { champion }) });
  if (judgement.report.verdict === "refused") return judgement; // which may have been the machine's fault: a timeout, say
  await mkdir(path.dirname(memory), { recursive: true });
  await writeFile(memory, JSON.stringify({ key, champion: serving?.sha256, judgement }));
  return judgement;
}

/** Loading all that judges takes most of a second, to be spent only on a new model. */
async function judgeAnew(folder: string, options: JudgeOptions): Promise<Judgement> {
  const { judge } = await import("./judge.ts");
  return judge(folder, options);
}

/** Over the model folder without its training code, the gate, what is demanded, and the versions of all packages. */
async function hashOf(
  folder: string,
  demanded: Demanded,
): Promise<{ key: string; sha256: string | undefined }> {
  let sha256: string | undefined;
  const hash = createHash("sha256").update(JSON.stringify([process.version, demanded]));
  for (const directory of [folder, path.join(ROOT, "model"), path.join(ROOT, "infra", "gate")]) {
    for (const file of await filesIn(directory)) {
      // What cannot be read, a link to nowhere say, is an objection of the judge's if the contract names it.
      const digest: string = await hashFile(path.join(directory, file)).catch(({ code }) => code);
      hash.update(`${file}\0${digest}`);
      if (directory === folder && file === "model.onnx") sha256 = digest;
    }
  }
  hash.update(await readFile(path.join(ROOT, "package-lock.json")));
  return { key: hash.digest("hex"), sha256 };
}

/** Relative paths, sorted. Training code takes no part, and its virtual environment has thousands of files. */
async function filesIn(directory: string, below = ""): Promise<string[]> {
  const entries = await readdir(path.join(directory, below), { withFileTypes: true });
  const files: string[] = [];
  for (const entry of entries) {
    const name = path.join(below, entry.name);
    if (!entry.isDirectory()) files.push(name);
    else if (name !== "training") files.push(...(await filesIn(directory, name)));
  }
  return files.toSorted();
}
