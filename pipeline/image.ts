/** Builds the image as `pulumi up` would, and pushes it nowhere. Edge. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { layOutContext } from "../infra/image/buildContext.ts";
import { imageBuild } from "../infra/image/imageBuild.ts";
import type { Manifest } from "../registry/index.ts";
import { judgedModel } from "./gate.ts";
import { type ImageSizes, sizeText } from "./imageSize.ts";
import { PipelineError } from "./pipelineError.ts";
import { sizesOf } from "./registrySizes.ts";
import { run } from "./stackCommand.ts";
import { readStackSettings } from "./stackSettings.ts";
import { contextFolder, imageFile, imageFolder } from "./stepFiles.ts";

/** What the comment is told of it. */
export interface BuiltImage {
  readonly release: string;
  readonly digest: string;
  readonly sizes: ImageSizes;
}

/**
 * @throws SettingsError for settings that are wrong.
 * @throws PipelineError for a model that the gate refuses, and if there is nothing to build with.
 */
export async function buildImage(): Promise<void> {
  const { baseImage, platforms, builder } = await readStackSettings(process.env);
  const model = await judgedModel();
  const { release } = await layOutContext(model, { baseImage, platforms, location: contextFolder });
  const build = imageBuild(model.contract, release, { baseImage, platforms });
  await rm(imageFolder, { recursive: true, force: true });
  const [command, ...args] = await buildx();
  const { exitCode } = await run(command, [
    ...args,
    "build",
    ...(builder === undefined ? [] : [`--builder=${builder}`]),
    `--platform=${build.platforms.join(",")}`,
    ...Object.entries(build.buildArgs).map(([key, value]) => `--build-arg=${key}=${value}`),
    ...Object.entries(build.labels).map(([key, value]) => `--label=${key}=${value}`),
    "--provenance=false", // the provider attaches none either
    `--output=type=oci,tar=false,dest=${imageFolder},${build.output}`,
    "--progress=plain",
    contextFolder,
  ]);
  if (exitCode !== 0)
    throw new PipelineError("The image could not be built: what the builder says is above.", {
      at: contextFolder,
      fix: "mend that, and run the step again",
    });
  const built = { release, ...(await readLayout()) };
  await mkdir(path.dirname(imageFile), { recursive: true });
  await writeFile(imageFile, JSON.stringify(built));
  const sizes = Object.entries(built.sizes).map(([platform, bytes]) => `${platform} ${sizeText(bytes)}`);
  console.log(`Release ${release}, ${built.digest}: ${sizes.join(", ")}`);
}

/** Docker's plugin, or buildx alone. */
async function buildx(): Promise<readonly [string, ...string[]]> {
  for (const command of [["docker-buildx"], ["docker", "buildx"]] as const) {
    const [program, ...args] = command;
    const { failed } = await execa(program, [...args, "version"], { reject: false });
    if (!failed) return command;
  }
  throw new PipelineError("Neither `docker buildx` nor `docker-buildx` is there.", {
    at: "PATH",
    fix: "install Docker with buildx: https://docs.docker.com/build/",
  });
}

/** The digest and sizes of an OCI image layout with one image. */
async function readLayout(): Promise<Pick<BuiltImage, "digest" | "sizes">> {
  const read = (digest: string) => readJson<Manifest>(`blobs/${digest.replace(":", "/")}`);
  const { manifests } = await readJson<{ manifests: readonly { digest: string }[] }>("index.json");
  const digest = manifests[0]?.digest ?? "";
  return { digest, sizes: await sizesOf(await read(digest), read) };
}

const readJson = async <T>(file: string): Promise<T> =>
  JSON.parse(await readFile(path.join(imageFolder, file), "utf8"));
