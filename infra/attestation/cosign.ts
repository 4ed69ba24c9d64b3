/** Signs and verifies with the user's own cosign 3. Edge. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { CHECKOUT } from "../../common/checkout.ts";
import type { SignedBy, Signer } from "../settings/signer.ts";
import type { ReleaseAttachment } from "./attachments.ts";

/** How long cosign may take, in seconds. */
const SECONDS = 180;

/** What cosign calls them. */
const TYPES = { SBOM: "cyclonedx", provenance: "slsaprovenance1" } as const;

/** Signing with no service at all: cosign wants that as a file, and has no other flag for it in version 3. */
const NO_SERVICES =
  '{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}';

export class CosignError extends Error {
  override readonly name = "CosignError";
}

export const cosignIsThere = async (): Promise<boolean> =>
  !(await execa("cosign", ["version"], { reject: false, stdin: "ignore" })).failed;

/**
 * Signs the image, and what is said of it as attestations.
 *
 * @throws CosignError
 */
export async function sign(
  reference: string,
  attachments: readonly ReleaseAttachment[],
  { signer, transparencyLog }: { signer: Signer; transparencyLog: boolean },
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "slipway-sign-"));
  try {
    const services = path.join(folder, "signing-config.json");
    await writeFile(services, NO_SERVICES);
    const flags = [
      "--yes",
      ...(signer === "identity" ? [] : [`--key=${signer.key}`]),
      ...(transparencyLog ? [] : [`--signing-config=${services}`]),
    ];
    await cosign(["sign", ...flags, reference], signer === "identity");
    for (const { name, predicate } of attachments) {
      const file = path.join(folder, `${name}.json`);
      await writeFile(file, JSON.stringify(await predicate()));
      const what = [`--type=${TYPES[name]}`, `--predicate=${file}`];
      await cosign(["attest", ...flags, ...what, reference], signer === "identity");
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * What is not signed as it must be, each with cosign's words.
 *
 * @throws CosignError if there is no cosign.
 */
export async function findUnsigned(
  reference: string,
  { signedBy, transparencyLog }: { signedBy: SignedBy; transparencyLog: boolean },
): Promise<readonly string[]> {
  const keyless = !("key" in signedBy);
  const flags = [
    ...(keyless
      ? [`--certificate-identity=${signedBy.identity}`, `--certificate-oidc-issuer=${signedBy.issuer}`]
      : [`--key=${signedBy.key}`]),
    // Said either way: a variable of cosign's must not weaken what the stack demands.
    `--insecure-ignore-tlog=${!transparencyLog}`,
  ];
  const checks = [
    { what: "the image", args: ["verify"] },
    ...Object.entries(TYPES).map(([what, type]) => ({
      what: `its ${what}`,
      args: ["verify-attestation", `--type=${type}`],
    })),
  ];
  const found = await Promise.all(
    checks.map(async ({ what, args }) => {
      try {
        await cosign([...args, ...flags, reference], keyless);
        return [];
      } catch (error) {
        if (!(error instanceof CosignError) || error.cause === "ENOENT") throw error;
        return [`${what}: ${error.message}`];
      }
    }),
  );
  return found.flat();
}

/** @param keyless Whether cosign must not use a key of its environment. */
async function cosign(args: readonly string[], keyless: boolean): Promise<void> {
  const run = await execa("cosign", args, {
    cwd: CHECKOUT, // settings name keys relative to it; the program itself runs in infra/
    env: keyless ? { COSIGN_KEY: undefined } : {},
    stdin: "ignore", // nobody can type a password here: COSIGN_PASSWORD has it
    timeout: SECONDS * 1000,
    reject: false,
  });
  if (!run.failed) return;
  if (run.code === "ENOENT") throw new CosignError("cosign is not on the PATH", { cause: run.code });
  if (run.timedOut) throw new CosignError(`cosign did not end within ${SECONDS} s`);
  const said = run.stderr.split("\n").filter((line) => line.startsWith("Error: "));
  throw new CosignError(
    said.map((line) => line.slice("Error: ".length).replace(/[: ]+$/, "")).join("; ") || run.shortMessage,
  );
}
