import * as pulumi from "@pulumi/pulumi";
import { RegistryError } from "../registry/registryError.ts";
import { attachMissing, type Evidence } from "./evidence.ts";

/**
 * Has an image carry what is known of it.
 *
 * @param reference By digest, as this machine reaches it.
 */
export async function vouchFor(reference: string, evidence: readonly Evidence[]): Promise<void> {
  try {
    const attached = await attachMissing(reference, evidence);
    if (attached.length > 0) await pulumi.log.info(`Attached to ${reference}: ${attached.join(" and ")}.`);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    // The image is as good without: what depends on them demands signatures.
    await pulumi.log.warn(`SBOM and provenance could not be attached to the image.\n${error.message}`);
  }
}
