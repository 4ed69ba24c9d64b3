/** Attaches SBOM and provenance to a release's image, each only if it is missing. Edge. */

import {
  type Attachment,
  attach,
  isAmong,
  listReferrers,
  OciRepository,
  parseImageReference,
} from "../../registry/index.ts";
import { bundledPackages, nativeRuntimeVersion } from "../../service/bundle.ts";
import { type Build, PROVENANCE, provenance, statement } from "./provenance.ts";
import { type ImageContents, sbom } from "./sbom.ts";

/** One thing that is said of an image. */
export interface ReleaseAttachment extends Pick<Attachment, "artifactType" | "annotations"> {
  readonly name: "SBOM" | "provenance";
  /** What it is called in an in-toto statement. */
  readonly predicateType: string;
  readonly predicate: () => Promise<object>;
}

export type Facts = Omit<ImageContents, "packages" | "runtimeVersion"> & Build;

/** By which attestations name what they say (in-toto, and BuildKit for its own). */
const PREDICATE_TYPE = "in-toto.io/predicate-type";
const CYCLONEDX = "https://cyclonedx.org/bom";

export const attachmentsOf = (facts: Facts): readonly ReleaseAttachment[] => [
  {
    name: "SBOM",
    predicateType: CYCLONEDX,
    artifactType: "application/vnd.cyclonedx+json", // as it is, since that is what scanners look for
    annotations: { [PREDICATE_TYPE]: CYCLONEDX },
    predicate: async () =>
      sbom({ ...facts, packages: await bundledPackages(), runtimeVersion: await nativeRuntimeVersion() }),
  },
  {
    name: "provenance",
    predicateType: PROVENANCE,
    artifactType: "application/vnd.in-toto+json",
    annotations: { [PREDICATE_TYPE]: PROVENANCE },
    predicate: async () => provenance(facts),
  },
];

/**
 * Attaches what the image does not have yet. What it has stays: the first build of a release is the one that made it.
 *
 * @param reference By digest, as this machine reaches it.
 * @returns the names of what was attached.
 * @throws RegistryError
 */
export async function attachMissing(
  reference: string,
  attachments: readonly ReleaseAttachment[],
): Promise<readonly ReleaseAttachment["name"][]> {
  const image = parseImageReference(reference);
  const repository = new OciRepository(image);
  const referrers = await listReferrers(repository, image.digest);
  const missing = attachments.filter((each) => !isAmong(referrers, each));
  for (const { predicateType, predicate, artifactType, annotations } of missing) {
    const said = await predicate();
    const subject = { repository: `${image.registry}/${image.repository}`, digest: image.digest };
    const content = predicateType === CYCLONEDX ? said : statement(subject, predicateType, said);
    await attach(repository, image.digest, {
      artifactType,
      annotations,
      bytes: Buffer.from(JSON.stringify(content)),
    });
  }
  return missing.map(({ name }) => name);
}

const SIGNED = "application/vnd.dev.sigstore.bundle.v0.3+json";

/**
 * Whether somebody has signed the image and all that is said of it; by whom, verification says.
 *
 * By their number: cosign does not say in the list what each of its bundles is about.
 */
export async function isSigned(
  reference: string,
  attachments: readonly ReleaseAttachment[],
): Promise<boolean> {
  const image = parseImageReference(reference);
  const referrers = await listReferrers(new OciRepository(image), image.digest);
  return referrers.filter(({ artifactType }) => artifactType === SIGNED).length > attachments.length;
}
