/** What the image of a release weighs in its registry. Edge. */
import { type Descriptor, type Manifest, OciRepository, parseImageReference } from "../registry/index.ts";
import type { ImageSizes } from "./imageSize.ts";

/**
 * @param reference By digest: `HOST/NAME@sha256:…`.
 * @throws RegistryError
 */
export async function registrySizes(reference: string): Promise<ImageSizes> {
  const image = parseImageReference(reference);
  const repository = new OciRepository(image);
  return sizesOf(await repository.manifest(image.digest), (digest) => repository.manifest(digest));
}

/** The sizes of each platform's layers, in bytes. An image for one platform does not say which one: it is called `image`. */
export async function sizesOf(
  manifest: Manifest,
  read: (digest: string) => Promise<Manifest>,
): Promise<ImageSizes> {
  if (manifest.layers !== undefined) return { image: total(manifest.layers) };
  const sizes: Record<string, number> = {};
  for (const { digest, platform } of manifest.manifests) {
    if (platform?.os === undefined || platform.os === "unknown") continue; // an attestation
    const { layers } = await read(digest);
    if (layers !== undefined) sizes[`${platform.os}/${platform.architecture}`] = total(layers);
  }
  return sizes;
}

const total = (layers: readonly Descriptor[]): number => layers.reduce((sum, { size }) => sum + size, 0);
