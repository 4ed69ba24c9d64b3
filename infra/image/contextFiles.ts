/** What goes into the image, and nothing else does. Edge. */
import { createHash } from "node:crypto";
import path from "node:path";
import { CHECKOUT } from "../../common/checkout.ts";
import { hashFile } from "../../common/hashFile.ts";
import { type Contract, servedContract } from "../../contract/index.ts";
import { bundleService, nativeRuntimeFiles } from "../../service/bundle.ts";
import type { Settings } from "../settings/rules.ts";
import { releaseName } from "./releaseName.ts";

/** Bytes, or the file that holds them. */
export type Source = Uint8Array | string;

/** By its path in the context. */
export type ContextFiles = ReadonlyMap<string, Source>;

/** On what an image is built, and for what. */
export type Ground = Pick<Settings, "baseImage" | "platforms">;

export async function contextFiles(
  { folder, contract }: { readonly folder: string; readonly contract: Contract },
  platforms: Ground["platforms"],
): Promise<ContextFiles> {
  const files = new Map<string, Source>();
  files.set("Dockerfile", path.join(CHECKOUT, "service", "Dockerfile"));
  for (const { path: name, bytes } of await bundleService()) files.set(`app/${name}`, bytes);
  for (const platform of platforms) {
    const architecture = platform === "linux/arm64" ? "arm64" : "amd64";
    for (const { from, to } of nativeRuntimeFiles(architecture))
      files.set(`native/${architecture}/${to}`, from);
  }
  files.set("model/model.onnx", path.join(folder, "model.onnx"));
  files.set("model/contract.json", Buffer.from(JSON.stringify(servedContract(contract))));
  const golden = contract.validation?.golden.file;
  if (golden !== undefined) files.set("model/golden.json", path.join(folder, golden));
  return files;
}

/** The name of the release that these files make. */
export async function nameOf(files: ContextFiles, ground: Ground): Promise<string> {
  const named = [...files].map(async ([name, source]) => ({ path: name, sha256: await hash(source) }));
  return releaseName(await Promise.all(named), ground);
}

export async function hash(source: Source): Promise<string> {
  return typeof source === "string" ? hashFile(source) : createHash("sha256").update(source).digest("hex");
}
