/** Lays the build context out from an allow-list. Edge. */
import { chmod, copyFile, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { PassedModel } from "../../gate/index.ts";
import { DeployError } from "../environment/deployError.ts";
import { contextFiles, type Ground, hash, type Source } from "./contextFiles.ts";
import { type NamedFile, releaseName } from "./releaseName.ts";

export interface BuildContext {
  /** Relative to `infra/`: docker-build's diff compares the location as it is given, so it is the same on every machine. */
  readonly location: string;
  readonly release: string;
  readonly files: readonly NamedFile[];
}

/**
 * Makes the folder at `location` hold exactly the context, and names the release.
 *
 * @param location Relative to `infra/`, the working directory.
 * @throws DeployError if the model is no longer the one that the gate let through.
 */
export async function layOutContext(
  model: PassedModel,
  { location, ...ground }: Ground & { location: string },
): Promise<BuildContext> {
  PassedModel.assert(model);
  const files = await contextFiles(model, ground.platforms);
  // The gate has hashed them: what is no longer what it judged is found out, and a large model is not read again to learn what is known.
  const { golden } = model.report;
  const known = new Map([
    ["model/model.onnx", model.sha256],
    ...(golden === undefined ? [] : [["model/golden.json", golden.sha256] as const]),
  ]);
  const named: NamedFile[] = [];
  for (const [name, source] of files) {
    const sha256 = known.get(name) ?? (await hash(source));
    await place(source, path.join(location, name), sha256);
    named.push({ path: name, sha256 });
  }
  await removeOthers(location, new Set(files.keys()));
  return { location, release: releaseName(named, ground), files: named };
}

/** Writes `source` to `target` unless it is there already, as most of it is most of the time. */
async function place(source: Source, target: string, sha256: string): Promise<void> {
  const present = () => hash(target).catch(() => undefined);
  if ((await present()) !== sha256) {
    await mkdir(path.dirname(target), { recursive: true });
    await (typeof source === "string" ? copyFile(source, target) : writeFile(target, source));
    if ((await present()) !== sha256)
      throw new DeployError(`${source} has changed since it was judged or hashed, a moment ago.`, {
        fix: "let what writes it end, then run the same command again",
      });
  }
  await chmod(target, 0o644); // modes go into the image: the umask must not
}

async function removeOthers(location: string, keep: ReadonlySet<string>): Promise<void> {
  const kept = [...keep];
  for (const entry of await readdir(location, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(location, file).replaceAll(path.sep, "/");
    if (entry.isDirectory() && kept.some((other) => other.startsWith(`${name}/`))) await chmod(file, 0o755);
    else if (!keep.has(name)) await rm(file, { recursive: true, force: true });
  }
}
