/** Lists and adds what refers to an image (OCI distribution specification 1.1, "Listing Referrers"). Edge. */
import { type Descriptor, digestOf, INDEX, MANIFEST, type OciRepository } from "./ociRepository.ts";

/** A file with a statement about an image. */
export interface Attachment {
  readonly artifactType: string;
  /** Tell it apart from others of its type. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

const EMPTY = Buffer.from("{}");

/** If a registry does not list referrers, an index under this tag does ("Referrers Tag Schema"). */
const tagOf = (digest: string) => digest.replace(":", "-");

/**
 * Everything that refers to an image.
 *
 * @throws RegistryError
 */
export async function listReferrers(
  repository: OciRepository,
  digest: string,
): Promise<readonly Descriptor[]> {
  return (await repository.referrers(digest)) ?? (await repository.index(tagOf(digest))) ?? [];
}

/** Whether one of these has the attachment's type and annotations. Its bytes are not compared. */
export const isAmong = (
  referrers: readonly Descriptor[],
  { artifactType, annotations }: Pick<Attachment, "artifactType" | "annotations">,
): boolean =>
  referrers.some(
    (found) =>
      found.artifactType === artifactType &&
      Object.entries(annotations).every(([key, value]) => found.annotations?.[key] === value),
  );

/**
 * Attaches a file to an image.
 *
 * @throws RegistryError
 */
export async function attach(
  repository: OciRepository,
  digest: string,
  { artifactType, annotations, bytes }: Attachment,
): Promise<void> {
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      artifactType,
      config: await repository.pushBlob(EMPTY, "application/vnd.oci.empty.v1+json"),
      layers: [await repository.pushBlob(bytes, artifactType)],
      subject: await repository.describe(digest),
      annotations,
    }),
  );
  const { headers } = await repository.pushManifest(manifest, MANIFEST);
  // A registry that lists referrers says so here.
  if (headers.has("oci-subject")) return;
  const others = (await repository.index(tagOf(digest))) ?? [];
  const own = {
    mediaType: MANIFEST,
    digest: digestOf(manifest),
    size: manifest.length,
    artifactType,
    annotations,
  };
  const index = {
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: [...others.filter((other) => other.digest !== own.digest), own],
  };
  await repository.pushManifest(Buffer.from(JSON.stringify(index)), INDEX, tagOf(digest));
}
