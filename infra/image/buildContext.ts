/** Lays the build context out from an allow-list. Edge. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, copyFile, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { servedContract } from "../../model/servedContract.ts";
import { bundleService, nativeRuntimeFiles } from "../../service/bundle.ts";
import type { ValidatedModel } from "../gate/passGate.ts";
import type { Platform } from "../settings.ts";
import { type NamedFile, releaseName } from "./releaseName.ts";

export interface BuildContext {
  /** Relative to `infra/`: docker-build's diff compares the location as it is given, so it is the same on every machine. */
  readonly location: string;
  readonly release: string;
}

/** Bytes read at once: twice as fast as the default of 64 KiB. */
const CHUNK = 2 ** 20;

/** Bytes, or the file that holds them. */
type Source = Uint8Array | string;

/** What goes into the image, by its path in the context. Nothing else does. */
async function contextFiles(
  model: ValidatedModel,
  platforms: readonly Platform[],
): Promise<Map<string, Source>> {
  const files = new Map<string, Source>();
  files.set("Dockerfile", path.join(import.meta.dirname, "../../service/Dockerfile"));
  for (const { path: name, bytes } of await bundleService()) files.set(`app/${name}`, bytes);
  for (const platform of platforms) {
    const architecture = platform === "linux/arm64" ? "arm64" : "amd64";
    for (const { from, to } of nativeRuntimeFiles(architecture))
      files.set(`native/${architecture}/${to}`, from);
  }
  files.set("model/model.onnx", path.join(model.folder, "model.onnx"));
  files.set("model/contract.json", Buffer.from(JSON.stringify(servedContract(model.contract))));
  const golden = model.contract.validation?.golden.file;
  if (golden !== undefined) files.set("model/golden.json", path.join(model.folder, golden));
  return files;
}

/**
 * Makes the folder at `location` hold exactly the context, and names the release.
 *
 * @param location Relative to `infra/`, the working directory.
 */
export async function layOutContext(
  model: ValidatedModel,
  { location, baseImage, platforms }: { location: string; baseImage: string; platforms: readonly Platform[] },
): Promise<BuildContext> {
  const files = await contextFiles(model, platforms);
  const named: NamedFile[] = [];
  for (const [name, source] of files)
    named.push({ path: name, sha256: await place(source, path.join(location, name)) });
  await removeOthers(location, new Set(files.keys()));
  return { location, release: releaseName(named, { baseImage, platforms }) };
}

/** Writes `source` to `target` unless it is there already, as most of it is most of the time. @returns its SHA-256 in hex. */
async function place(source: Source, target: string): Promise<string> {
  const sha256 = await hash(source);
  if ((await hash(target).catch(() => undefined)) !== sha256) {
    await mkdir(path.dirname(target), { recursive: true });
    await (typeof source === "string" ? copyFile(source, target) : writeFile(target, source));
  }
  await chmod(target, 0o644); // modes go into the image: the umask must not
  return sha256;
}

async function hash(source: Source): Promise<string> {
  const sha256 = createHash("sha256");
  if (typeof source === "string") await pipeline(createReadStream(source, { highWaterMark: CHUNK }), sha256);
  else sha256.update(source);
  return sha256.digest("hex");
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
