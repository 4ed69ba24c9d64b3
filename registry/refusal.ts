/** Puts a registry's refusal, or its silence, into words. Edge: reads the answer's body. */
import { shownAddress, wrongAddress } from "./elsewhere.ts";
import { type Answer, reason, redirectOf } from "./patientRequest.ts";
import { RegistryError } from "./registryError.ts";

/** What was asked of a registry, for the errors. */
export interface Asked {
  readonly registry: string;
  readonly thing: "image" | "layer" | "attachment";
  /** The thing by digest: `ghcr.io/acme/loan@sha256:…`. */
  readonly where: string;
}

/** The most that is read of an error's text, in bytes. */
const LONGEST_ERROR = 2 ** 16;
const LONGEST_QUOTE = 200;

export const unreachable = (error: unknown, { registry, where }: Asked, host = registry): RegistryError =>
  new RegistryError(
    `${host} cannot be reached: ${reason(error)}.`,
    where,
    "see that it runs and that this machine can reach it; only a registry on this machine is reached by plain http",
    { cause: error },
  );

/** A registry, or a host that it redirects to, gives an address to which nothing may be sent. */
export const misdirection = (
  from: string,
  to: URL | undefined,
  wrong: string,
  { thing, where }: Asked,
): RegistryError =>
  new RegistryError(
    `For this ${thing}, ${from} sends clients to ${shownAddress(to)}, ${wrong}.`,
    where,
    "nothing was sent there; the registry's operator must make it give a public https address",
  );

/** @param answer An answer without the thing asked for, or a redirect that is not followed. */
export async function refusal({ response, bytes, redirected }: Answer, asked: Asked): Promise<RegistryError> {
  const { registry, thing, where } = asked;
  const { status, statusText, url } = response;
  const to = redirectOf(response);
  if (to !== undefined) {
    await response.body?.cancel();
    const wrong =
      wrongAddress(to, registry) ??
      "which is too far: logins and uploads follow no redirects, and all else follows at most ten";
    return misdirection(new URL(url).host, to, wrong, asked);
  }
  const quote = await quoted(bytes);
  const answered = `answered ${`${status} ${statusText}`.trim()}${quote && ` (${quote})`}`;
  if (redirected)
    return new RegistryError(
      `${new URL(url).host}, to which ${registry} redirects for this ${thing}, ${answered}.`,
      where,
      "try again later",
    );
  if ((status === 401 || status === 403) && thing === "attachment")
    return new RegistryError(
      `${registry} does not let this login attach anything: it ${answered}.`,
      where,
      `docker login ${registry}, as a user who may push to it`,
    );
  if (status === 401 || status === 403)
    return new RegistryError(
      `${registry} denies access to this ${thing}: it ${answered}.`,
      where,
      `docker login ${registry}, as a user who may pull it; see that its name is right`,
    );
  if (status === 404)
    return new RegistryError(
      `${registry} does not have this ${thing}: it ${answered}.`,
      where,
      "see that its name is right, and that it was not deleted there",
    );
  return new RegistryError(`${registry} ${answered}.`, where, "try again later");
}

/** An error's own words in one short line (OCI distribution specification, "Error codes"). Empty if it has none. */
async function quoted(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  try {
    const { errors } = JSON.parse((await readAll(bytes, LONGEST_ERROR)).toString()) as {
      errors: readonly { readonly code?: string; readonly message?: string }[];
    };
    const words = errors.map(({ code, message }) => message || code).join("; ");
    return words.replaceAll(/\p{Cc}+/gu, " ").slice(0, LONGEST_QUOTE);
  } catch {
    return ""; // not JSON, or of another shape: the status has to do
  }
}

/** @throws RangeError if there are more bytes than `limit`. */
export async function readAll(bytes: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of bytes) {
    length += piece.length;
    if (length > limit) throw new RangeError(`it is larger than ${limit} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
