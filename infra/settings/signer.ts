/** Who signs, and who must have signed. Pure. */

/** A private key as cosign names it, or the OIDC identity of the job that this runs in. */
export type Signer = { readonly key: string } | "identity";

/** What a stack demands: a public key as cosign names it, or an identity by its certificate. */
export type SignedBy = { readonly key: string } | { readonly identity: string; readonly issuer: string };

/**
 * By cosign's own variables and those by which it finds an identity.
 *
 * @param transparencyLog Whether signatures may be published, without which an identity cannot sign.
 */
export function signerIn(env: NodeJS.ProcessEnv, transparencyLog: boolean): Signer | undefined {
  const key = env["COSIGN_KEY"] || (env["COSIGN_PRIVATE_KEY"] && "env://COSIGN_PRIVATE_KEY");
  if (key) return { key };
  const identity = env["SIGSTORE_ID_TOKEN"] || env["ACTIONS_ID_TOKEN_REQUEST_URL"];
  return identity && transparencyLog ? "identity" : undefined;
}

/** A setting's value. */
export function isSignedBy(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const keys = Object.keys(value).toSorted().join();
  const texts = Object.values(value).every((text) => typeof text === "string" && text.trim() !== "");
  return texts && (keys === "key" || keys === "identity,issuer");
}
