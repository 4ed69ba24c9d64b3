/** Reads images of one repository, by the OCI distribution specification 1.1. Edge. */
import { createHash, type Hash } from "node:crypto";
import { DOCKER_HUB, type ImageReference, isDigest } from "./imageReference.ts";
import { logIn } from "./login.ts";
import { isOnThisMachine } from "./onThisMachine.ts";
import { type Answer, patientRequest, reason } from "./patientRequest.ts";
import { type Asked, readAll, refusal, unreachable } from "./refusal.ts";
import { RegistryError } from "./registryError.ts";

/** A piece of an image. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  /** Of a manifest in an index. */
  readonly platform?: { readonly os?: string; readonly architecture?: string };
}

export type Manifest =
  /** An image's, the lowest layer first. */
  | { readonly layers: readonly Descriptor[]; readonly manifests?: undefined }
  /** An index: of images for several platforms, and of attestations. */
  | { readonly manifests: readonly Descriptor[]; readonly layers?: undefined };

const MANIFESTS = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");
/** What registries accept (OCI distribution specification, "Pushing Manifests"). */
const LARGEST_MANIFEST = 4 * 2 ** 20;
const SILENCE_MS = 30_000;

/**
 * A repository of a registry: `ghcr.io/acme/loan`.
 *
 * Ours, since no package does this: @sigstore/oci reads no blobs and asks no credential helper; @snyk/docker-registry-v2-client
 * reads no credentials and checks no digest; the others are not maintained. As docker does, it takes plain http for registries
 * on this machine only. A proxy is used as Node.js does: from 24 on, with NODE_USE_ENV_PROXY=1.
 */
export class OciRepository {
  readonly #registry: string;
  readonly #repository: string;
  readonly #api: string;
  readonly #silenceMs: number;
  #authorization: string | undefined;

  /** @param silenceMs How long the registry may be silent. */
  constructor(
    { registry, repository }: Pick<ImageReference, "registry" | "repository">,
    { silenceMs = SILENCE_MS } = {},
  ) {
    this.#registry = registry;
    this.#repository = repository;
    const host = registry === DOCKER_HUB ? "registry-1.docker.io" : registry;
    this.#api = `${isOnThisMachine(host) ? "http" : "https"}://${host}/v2/${repository}`;
    this.#silenceMs = silenceMs;
  }

  /**
   * Whether the registry has the image.
   *
   * @throws RegistryError if it does not say.
   */
  async has(digest: string): Promise<boolean> {
    const asked = this.#asked("image", digest);
    const answer = await this.#ask("HEAD", `manifests/${digest}`, asked);
    if (answer.response.status === 404) return false;
    if (!answer.response.ok) throw await refusal(answer, asked);
    return true;
  }

  /**
   * The manifest or index with this digest, against which it is checked.
   *
   * @throws RegistryError
   */
  async manifest(digest: string): Promise<Manifest> {
    const asked = this.#asked("image", digest);
    const answer = await this.#ask("GET", `manifests/${digest}`, asked);
    if (!answer.response.ok) throw await refusal(answer, asked);
    const bytes = await readAll(answer.bytes, LARGEST_MANIFEST).catch((error: unknown) => {
      throw broken(error, asked);
    });
    checkDigest(createHash("sha256").update(bytes), digest, asked);
    return parseManifest(bytes.toString(), asked);
  }

  /**
   * The bytes of a layer. They are checked against its size and digest once the last one has been read: before, nobody vouches for them.
   *
   * @throws RegistryError
   */
  async *blob({ digest, size }: Descriptor): AsyncGenerator<Uint8Array> {
    const asked = this.#asked("layer", digest);
    const answer = await this.#ask("GET", `blobs/${digest}`, asked);
    if (!answer.response.ok) throw await refusal(answer, asked);
    const sha256 = createHash("sha256");
    let length = 0;
    try {
      for await (const piece of answer.bytes) {
        length += piece.length;
        if (length > size) throw new RangeError(`it is larger than its ${size} bytes`);
        sha256.update(piece);
        yield piece;
      }
    } catch (error) {
      throw broken(error, asked);
    }
    if (length < size) throw broken(new RangeError(`it ends after ${length} of ${size} bytes`), asked);
    checkDigest(sha256, digest, asked);
  }

  #asked(thing: Asked["thing"], digest: string): Asked {
    return { registry: this.#registry, thing, where: `${this.#registry}/${this.#repository}@${digest}` };
  }

  /** @param path Below the repository. Logs in when the registry asks for it, and again when the login has run out. */
  async #ask(method: "GET" | "HEAD", path: string, asked: Asked): Promise<Answer> {
    const answer = await this.#send(method, path, asked);
    const { status, redirected, headers, body } = answer.response;
    if (status !== 401 || redirected) return answer;
    const challenge = headers.get("www-authenticate") ?? "";
    const scope = `repository:${this.#repository}:pull`;
    const authorization = await logIn(challenge, asked, scope, this.#silenceMs);
    if (authorization === undefined) return answer;
    await body?.cancel();
    this.#authorization = authorization;
    return this.#send(method, path, asked);
  }

  async #send(method: "GET" | "HEAD", path: string, asked: Asked): Promise<Answer> {
    // "identity": a layer is compressed already, and fetch would unpack what a server packs, so that no digest fits.
    const headers = new Headers({ accept: `${MANIFESTS}, */*;q=0.1`, "accept-encoding": "identity" });
    if (this.#authorization !== undefined) headers.set("authorization", this.#authorization);
    try {
      return await patientRequest(`${this.#api}/${path}`, { method, headers }, this.#silenceMs);
    } catch (error) {
      throw unreachable(error, asked);
    }
  }
}

function parseManifest(text: string, { registry, where }: Asked): Manifest {
  try {
    const { layers, manifests } = JSON.parse(text) as Record<string, unknown>;
    if (isDescriptors(manifests)) return { manifests };
    if (isDescriptors(layers)) return { layers };
  } catch {
    // Neither JSON nor an object: said below.
  }
  throw new RegistryError(
    `${registry} has something under this digest that is no image: neither layers nor manifests are listed in it.`,
    where,
    "name the image of a release, as `pulumi stack output image` prints it",
  );
}

// Digests become parts of addresses: whoever wrote the manifest does not choose those.
const isDescriptors = (value: unknown): value is readonly Descriptor[] =>
  Array.isArray(value) &&
  value.every((entry) => isDigest(entry?.digest) && Number.isSafeInteger(entry?.size));

const broken = (error: unknown, { registry, thing, where }: Asked): RegistryError =>
  new RegistryError(
    `${registry} did not give the whole ${thing} as it is: ${reason(error)}.`,
    where,
    "try again; if it stays so, push the image again",
    { cause: error },
  );

function checkDigest(sha256: Hash, digest: string, { registry, thing, where }: Asked): void {
  const found = `sha256:${sha256.digest("hex")}`;
  if (found !== digest)
    throw new RegistryError(
      `${registry} gave another ${thing} than was asked for: its digest is ${found}.`,
      where,
      "try again; if it stays so, the registry, or a proxy before it, is broken: push the image again",
    );
}
