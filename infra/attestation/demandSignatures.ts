import * as pulumi from "@pulumi/pulumi";
import { DeployError } from "../environment/deployError.ts";
import type { Settings } from "../settings/rules.ts";
import { CosignError, findUnsigned } from "./cosign.ts";

/**
 * Sees that an image is signed as the stack demands, if it does.
 *
 * @param reference By digest, as this machine reaches it.
 * @throws DeployError if it is not, or cosign is missing.
 */
export async function demandSignatures(
  reference: string,
  { signedBy, transparencyLog }: Pick<Settings, "signedBy" | "transparencyLog">,
): Promise<void> {
  if (signedBy === undefined) return;
  const at = `${reference}; Pulumi.${pulumi.getStack()}.yaml, key slipway:signedBy`;
  let unsigned: readonly string[];
  try {
    unsigned = await findUnsigned(reference, { signedBy, transparencyLog });
  } catch (error) {
    if (error instanceof CosignError) throw noCosign("This stack demands signatures", at);
    throw error;
  }
  if (unsigned.length > 0)
    throw new DeployError(
      `This image is not signed as the stack demands, so it is not rolled out:
${unsigned.map((problem) => `  - ${problem}`).join("\n")}`,
      {
        at,
        fix: "sign it by `pulumi up` with that key or identity, or take a release that is signed: docs/supply-chain.md",
      },
    );
}

export const noCosign = (why: string, at: string): DeployError =>
  new DeployError(`${why}, and cosign is not on the PATH.`, {
    at,
    fix: "install cosign 3 (https://docs.sigstore.dev/cosign/system_config/installation)",
  });
