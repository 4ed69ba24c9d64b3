/** Takes the model folder of a release out of the release's image. Edge. */
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import path from "node:path";
import { pipeline as write } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract, type Header } from "tar-stream";
import { parseImageReference } from "./imageReference.ts";
import { type Descriptor, OciRepository } from "./ociRepository.ts";
import { RegistryError } from "./registryError.ts";

/** Where the service's Dockerfile puts them. */
const FOLDER = "app/model/";
/** Every image has these. It has golden.json only if the contract named golden requests. */
const ALWAYS = ["model.onnx", "contract.json"];
const NAMES: readonly string[] = [...ALWAYS, "golden.json"];
/** The most bytes that a protobuf message, and so an ONNX file, can have. */
const LARGEST_FILE = 2 * 2 ** 30;

/**
 * Writes model.onnx, contract.json (as served, without `validation`) and, if there is one, golden.json to a folder.
 *
 * The files are the same for every platform, so any Linux platform will do. Layers are read from the last to the first
 * until the files are found; as a rule, the small last layer has them all. Deletions by later layers (`.wh.` entries) are
 * ignored. The folder stays empty until the digest of each layer read has been checked.
 *
 * @param reference `[HOST/]NAME[:TAG]@sha256:…`, as docker writes it.
 * @param to Created if missing. It should be empty.
 * @throws RegistryError if the image cannot be read, or holds no model of ours.
 */
export async function fetchServedModel(reference: string, { to }: { to: string }): Promise<void> {
  const image = parseImageReference(reference);
  const repository = new OciRepository(image);
  const layers = await layersOf(repository, image.digest, reference);
  await mkdir(to, { recursive: true });
  const unchecked = await mkdtemp(path.join(to, ".unchecked-"));
  try {
    const found = new Set<string>();
    for (const layer of layers.toReversed()) {
      const names = await unpack(repository.blob(layer), layer.mediaType, {
        to: unchecked,
        found,
        reference,
      });
      for (const name of names) found.add(name);
      if (ALWAYS.every((name) => found.has(name))) break;
    }
    const missing = ALWAYS.find((name) => !found.has(name));
    if (missing !== undefined)
      throw new RegistryError(
        `This is not an image of Slipway's: it has no /${FOLDER}${missing}.`,
        reference,
        "name the image of a release, as `pulumi stack output image` prints it",
      );
    for (const name of found) await rename(path.join(unchecked, name), path.join(to, name));
  } finally {
    await rm(unchecked, { recursive: true, force: true });
  }
}

/** The layers of an image; if it is for several platforms, the layers for this machine's architecture, if there are any. */
async function layersOf(
  repository: OciRepository,
  digest: string,
  reference: string,
): Promise<readonly Descriptor[]> {
  const { layers, manifests = [] } = await repository.manifest(digest);
  if (layers !== undefined) return layers;
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const linux = manifests.filter(({ platform }) => platform?.os === "linux");
  const chosen = linux.find(({ platform }) => platform?.architecture === architecture) ?? linux[0];
  const below = chosen && (await repository.manifest(chosen.digest)).layers;
  if (below !== undefined) return below;
  throw new RegistryError(
    "This image is for no Linux platform.",
    reference,
    "name the image of a release, as `pulumi stack output image` prints it",
  );
}

/**
 * Writes the wanted files of a layer to a folder, except those in `found`.
 *
 * @param blob Read to its end, so that its digest is checked.
 * @returns Their names.
 */
async function unpack(
  blob: AsyncIterable<Uint8Array>,
  mediaType: string,
  { to, found, reference }: { to: string; found: ReadonlySet<string>; reference: string },
): Promise<ReadonlySet<string>> {
  const packed = /[.+]gzip$/.test(mediaType);
  if (!packed && !mediaType.endsWith(".tar"))
    throw new RegistryError(
      `A layer of this image is packed as ${JSON.stringify(mediaType)}; gzip and plain tar can be read.`,
      reference,
      "build it with gzip, as BuildKit does by default",
    );
  const names = new Set<string>();
  const files = extract();
  files.on("entry", (header, content, next) => {
    content.on("error", () => {}); // the same error rejects the pipeline below
    const name = wantedName(header);
    if (name === undefined || found.has(name)) {
      content.on("end", next).resume();
    } else if (header.size > LARGEST_FILE) {
      next(
        new RegistryError(
          `/${FOLDER}${name} has ${header.size} bytes; a model can have ${LARGEST_FILE} at most.`,
          reference,
          "name the image of a release, as `pulumi stack output image` prints it",
        ),
      );
    } else {
      names.add(name);
      write(content, createWriteStream(path.join(to, name)), next);
    }
  });
  try {
    await (packed ? pipeline(blob, createGunzip(), files) : pipeline(blob, files));
  } catch (error) {
    if (error instanceof RegistryError) throw error;
    throw new RegistryError(
      `A layer of this image cannot be unpacked: ${(error as Error).message}.`,
      reference,
      "see that the disk has room; otherwise push the image again",
      { cause: error },
    );
  }
  return names;
}

/** The wanted file that this entry holds, if any. It must be a regular file. Tar names may begin with `./` or `/`. */
function wantedName({ name, type }: Header): string | undefined {
  const plain = name.replace(/^\.?\/+/, "");
  return type === "file" ? NAMES.find((wanted) => plain === FOLDER + wanted) : undefined;
}
