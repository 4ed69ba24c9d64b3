import * as pulumi from "@pulumi/pulumi";
import { RegistryError } from "../../registry/index.ts";
import { DeployError } from "../environment/deployError.ts";
import type { Settings } from "../settings/rules.ts";
import { type Signer, signerIn } from "../settings/signer.ts";
import { attachMissing, attachmentsOf, type Facts, isSigned, type ReleaseAttachment } from "./attachments.ts";
import { CosignError, cosignIsThere, findUnsigned, sign } from "./cosign.ts";
import { demandSignatures, noCosign } from "./demandSignatures.ts";

type Signing = Pick<Settings, "signedBy" | "transparencyLog">;

/**
 * Attaches the SBOM and the provenance to an image, and signs all three if there is a key or an identity.
 *
 * @param reference By digest, as this machine reaches it.
 * @param serves Whether the release serves already, so that no node has to pull it.
 * @throws DeployError if it cannot be signed, is not signed as the stack demands, or no node could pull it.
 */
export async function attestRelease(
  reference: string,
  facts: Facts,
  signing: Signing,
  serves: boolean,
): Promise<void> {
  const attachments = attachmentsOf(facts);
  await attachTo(reference, attachments, serves);
  await signWhereMissing(reference, attachments, signing);
  await demandSignatures(reference, signing);
}

async function attachTo(
  reference: string,
  attachments: readonly ReleaseAttachment[],
  serves: boolean,
): Promise<void> {
  try {
    const attached = await attachMissing(reference, attachments);
    if (attached.length > 0) await pulumi.log.info(`Attached to ${reference}: ${attached.join(" and ")}.`);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    // It gave no answer: the proof would wait for its image until its deadline.
    if (error.cause !== undefined && !serves) throw new DeployError(error.message);
    // The image is as good without: who depends on them demands signatures.
    await pulumi.log.warn(`SBOM and provenance could not be attached to the image.\n${error.message}`);
  }
}

async function signWhereMissing(
  reference: string,
  attachments: readonly ReleaseAttachment[],
  { signedBy, transparencyLog }: Signing,
): Promise<void> {
  const signer = signerIn(process.env, transparencyLog);
  if (signer === undefined) return;
  if (!(await cosignIsThere())) {
    // A job may have its identity for its cloud alone: to install cosign is to want signatures.
    if (signer === "identity") return;
    throw noCosign("There is a key to sign with", nameOf(signer));
  }
  try {
    const done =
      signedBy === undefined
        ? await isSigned(reference, attachments)
        : (await findUnsigned(reference, { signedBy, transparencyLog })).length === 0;
    if (done) return;
    await sign(reference, attachments, { signer, transparencyLog });
  } catch (error) {
    if (!(error instanceof CosignError || error instanceof RegistryError)) throw error;
    throw new DeployError(`The image could not be signed: ${error.message}`, {
      at: `${reference}, ${nameOf(signer)}`,
      fix: "docs/supply-chain.md says what cosign needs; without COSIGN_KEY and COSIGN_PRIVATE_KEY nothing is signed by a key",
    });
  }
  await pulumi.log.info(`Signed ${reference} with ${nameOf(signer)}.`);
}

const nameOf = (signer: Signer) => (signer === "identity" ? "this job's OIDC identity" : `key ${signer.key}`);
