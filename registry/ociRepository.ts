/** Reads images of one repository, and attaches files to them, by the OCI distribution specification 1.1. Edge. */
import { createHash, type Hash } from "node:crypto";
import { wrongAddress } from "./elsewhere.ts";
import { DOCKER_HUB, type ImageReference, isDigest } from "./imageReference.ts";
import { logIn } from "./login.ts";
import { nextPage } from "./nextPage.ts";
import { isOnThisMachine } from "./onThisMachine.ts";
import { type Answer, locationOf, patientRequest, reason } from "./patientRequest.ts";
import { type Asked, misdirection, readAll, refusal, unreachable } from "./refusal.ts";
import { RegistryError } from "./registryError.ts";

/** A piece of an image. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
  /** Present for a manifest in an index. */
  readonly platform?: { readonly os?: string; readonly architecture?: string };
  /** Present for a manifest in an index that is not an image. */
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export type Manifest =
  /** An image, with the lowest layer first. */
  | { readonly layers: readonly Descriptor[]; readonly manifests?: undefined }
  /** An index of images for several platforms, and of attestations. */
  | { readonly manifests: readonly Descriptor[]; readonly layers?: undefined };

export const INDEX = "application/vnd.oci.image.index.v1+json";
export const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const MANIFESTS = [
  INDEX,
  MANIFEST,
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];
/** The bytes that every registry accepts (OCI distribution specification, "Pushing Manifests"). */
const LARGEST_MANIFEST = 4 * 2 ** 20;
/** Bounds of a list in pages. go-containerregistry has none: it follows links until one repeats. */
const MOST_PAGES = 100;
const LARGEST_LIST = 4 * LARGEST_MANIFEST;
const SILENCE_MS = 30_000;

/** What a login is for. */
type Actions = "pull" | "pull,push";

interface Sent {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  /** Relative to the repository, or a whole URL. */
  readonly path: string;
  readonly body?: Buffer;
  readonly type?: string;
}

/**
 * A repository of a registry: `ghcr.io/acme/loan`.
 *
 * It is our own since no package does this: @sigstore/oci reads no blobs and asks no credential helper;
 * @snyk/docker-registry-v2-client reads no credentials and checks no digest; the others are not maintained. Like docker, it
 * uses plain http only for registries on this machine. Node.js handles proxies: from 24 on, with NODE_USE_ENV_PROXY=1.
 */
export class OciRepository {
  readonly #registry: string;
  readonly #repository: string;
  readonly #api: string;
  readonly #silenceMs: number;
  readonly #authorizations: Partial<Record<Actions, string>> = {};

  /** @param silenceMs How long the registry may be silent, in milliseconds. */
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
   * @throws RegistryError if the registry gives no answer to that.
   */
  async has(digest: string): Promise<boolean> {
    const asked = this.#asked("image", digest);
    const answer = await this.#ask({ method: "HEAD", path: `manifests/${digest}` }, asked);
    if (answer.response.status === 404) return false;
    if (!answer.response.ok) throw await refusal(answer, asked);
    return true;
  }

  /**
   * The descriptor of an image that the registry has.
   *
   * @throws RegistryError
   */
  async describe(digest: string): Promise<Descriptor> {
    const asked = this.#asked("image", digest);
    const answer = await this.#ask({ method: "HEAD", path: `manifests/${digest}` }, asked);
    const { ok, headers } = answer.response;
    if (!ok) throw await refusal(answer, asked);
    const mediaType = mediaTypeOf(answer.response);
    const size = Number(headers.get("content-length"));
    if (MANIFESTS.includes(mediaType) && size > 0 && size <= LARGEST_MANIFEST)
      return { mediaType, digest, size };
    // Some registries and proxies send these headers wrong, or only with the manifest itself.
    const bytes = await this.#manifest(digest, asked);
    return { mediaType: ownMediaType(bytes, asked), digest, size: bytes.length };
  }

  /** The bytes with this digest. */
  async #manifest(digest: string, asked: Asked): Promise<Buffer> {
    const answer = await this.#ask({ method: "GET", path: `manifests/${digest}` }, asked);
    if (!answer.response.ok) throw await refusal(answer, asked);
    const bytes = await readManifest(answer, asked);
    checkDigest(createHash("sha256").update(bytes), digest, asked);
    return bytes;
  }

  /**
   * The registry's list of what refers to an image, from all pages.
   *
   * @returns undefined if it has no such lists. It then answers with some refusal or a web page, not always with a 404.
   * @throws RegistryError
   */
  async referrers(digest: string): Promise<readonly Descriptor[] | undefined> {
    const asked = this.#asked("attachment", digest);
    const answer = await this.#ask({ method: "GET", path: `referrers/${digest}` }, asked);
    const { status, ok, body } = answer.response;
    if (isIndex(answer.response)) return this.#allPages(answer, asked);
    if (!ok && ![400, 404, 405, 406].includes(status)) throw await refusal(answer, asked);
    await body?.cancel();
    return undefined;
  }

  /**
   * The index under a tag.
   *
   * @returns undefined if there is none.
   * @throws RegistryError
   */
  async index(tag: string): Promise<readonly Descriptor[] | undefined> {
    const asked = this.#asked("attachment", tag);
    const answer = await this.#ask({ method: "GET", path: `manifests/${tag}` }, asked);
    if (answer.response.ok) return parseIndex(await readManifest(answer, asked), asked);
    if (answer.response.status !== 404) throw await refusal(answer, asked);
    await answer.response.body?.cancel();
    return undefined;
  }

  /** The whole list, or an error: what is missing from a list would be attached again. */
  async #allPages(first: Answer, asked: Asked): Promise<readonly Descriptor[]> {
    const repository = new URL(this.#api).href;
    const pages: (readonly Descriptor[])[] = [];
    const seen = new Set<string>();
    let length = 0;
    let page = first;
    for (;;) {
      const { ok, url, headers } = page.response;
      if (!ok) throw await refusal(page, asked);
      const bytes = await readManifest(page, asked);
      length += bytes.length;
      seen.add(url);
      try {
        if (!isIndex(page.response)) throw new RangeError("a page is not an index");
        if (length > LARGEST_LIST) throw new RangeError(`it is larger than ${LARGEST_LIST} bytes`);
        pages.push(parseIndex(bytes, asked));
        const next = nextPage(headers.get("link"), url, repository);
        if (next === undefined) return pages.flat();
        if (seen.has(next)) throw new RangeError("its pages go round in circles");
        if (pages.length === MOST_PAGES) throw new RangeError(`it has more than ${MOST_PAGES} pages`);
        page = await this.#ask({ method: "GET", path: next }, asked);
      } catch (error) {
        throw error instanceof RangeError ? incomplete(error, asked) : error;
      }
    }
  }

  /**
   * Pushes a blob that is not there yet ("Pushing a blob monolithically").
   *
   * @throws RegistryError
   */
  async pushBlob(bytes: Buffer, mediaType: string): Promise<Descriptor> {
    const digest = digestOf(bytes);
    const asked = this.#asked("attachment", digest);
    const { response } = await this.#ask({ method: "HEAD", path: `blobs/${digest}` }, asked);
    if (!response.ok) {
      const begun = await this.#push(
        { method: "POST", path: "blobs/uploads/", body: Buffer.alloc(0) },
        asked,
      );
      const place = this.#placeOf(begun, asked);
      place.searchParams.set("digest", digest);
      await this.#push(
        { method: "PUT", path: place.href, body: bytes, type: "application/octet-stream" },
        asked,
      );
    }
    return { mediaType, digest, size: bytes.length };
  }

  /** Where to send the blob of an upload that has begun. Another host gets it without the login. */
  #placeOf(begun: Response, asked: Asked): URL {
    const place = locationOf(begun);
    const wrong = place === undefined ? "which is not a valid URL" : wrongAddress(place, this.#registry);
    if (place === undefined || wrong !== undefined)
      throw misdirection(this.#registry, place, `${wrong}`, asked);
    return place;
  }

  /**
   * @param reference A tag. @default the digest
   * @returns The registry's answer.
   * @throws RegistryError
   */
  async pushManifest(bytes: Buffer, type: string, reference = digestOf(bytes)): Promise<Response> {
    const asked = this.#asked("attachment", reference);
    return this.#push({ method: "PUT", path: `manifests/${reference}`, body: bytes, type }, asked);
  }

  async #push(sent: Sent, asked: Asked): Promise<Response> {
    const answer = await this.#ask(sent, asked);
    if (!answer.response.ok) throw await refusal(answer, asked);
    await answer.response.body?.cancel();
    return answer.response;
  }

  /**
   * The manifest or index with this digest. The digest is checked.
   *
   * @throws RegistryError
   */
  async manifest(digest: string): Promise<Manifest> {
    const asked = this.#asked("image", digest);
    return parseManifest(await this.#manifest(digest, asked), asked);
  }

  /**
   * The bytes of a layer. Do not trust them before the last one: only then have its size and digest been checked.
   *
   * @throws RegistryError
   */
  async *blob({ digest, size }: Descriptor): AsyncGenerator<Uint8Array> {
    const asked = this.#asked("layer", digest);
    const answer = await this.#ask({ method: "GET", path: `blobs/${digest}` }, asked);
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

  #asked(thing: Asked["thing"], reference: string): Asked {
    const name = `${this.#registry}/${this.#repository}`;
    return {
      registry: this.#registry,
      thing,
      where: isDigest(reference) ? `${name}@${reference}` : `${name}, ${reference}`,
    };
  }

  /** Logs in when the registry asks for it, and again when the login has expired. */
  async #ask(sent: Sent, asked: Asked): Promise<Answer> {
    const answer = await this.#send(sent, asked);
    const { status, headers, body } = answer.response;
    if (status !== 401 || answer.redirected) return answer;
    const challenge = headers.get("www-authenticate") ?? "";
    const actions = actionsOf(sent);
    const scope = `repository:${this.#repository}:${actions}`;
    const authorization = await logIn(challenge, asked, scope, this.#silenceMs);
    if (authorization === undefined) return answer;
    await body?.cancel();
    this.#authorizations[actions] = authorization;
    return this.#send(sent, asked);
  }

  async #send(sent: Sent, asked: Asked): Promise<Answer> {
    const { method, path, body, type } = sent;
    const url = new URL(path, `${this.#api}/`);
    // "identity": fetch would unpack what a server compresses, and the digest would not match. Layers are compressed already.
    const headers = new Headers({
      accept: `${MANIFESTS.join(", ")}, */*;q=0.1`,
      "accept-encoding": "identity",
    });
    const authorization = this.#authorizations[actionsOf(sent)];
    // A registry may send uploads to another host, which must not see the login.
    if (authorization !== undefined && url.origin === new URL(this.#api).origin)
      headers.set("authorization", authorization);
    if (type !== undefined) headers.set("content-type", type);
    try {
      return await patientRequest(
        url,
        { method, headers, ...(body && { body: new Uint8Array(body) }) },
        this.#silenceMs,
        (to) => actionsOf(sent) === "pull" && wrongAddress(to, this.#registry) === undefined,
      );
    } catch (error) {
      throw unreachable(error, asked);
    }
  }
}

const actionsOf = ({ method }: Sent): Actions =>
  method === "GET" || method === "HEAD" ? "pull" : "pull,push";

export const digestOf = (bytes: Uint8Array): string =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

const readManifest = async (answer: Answer, asked: Asked): Promise<Buffer> => {
  try {
    return await readAll(answer.bytes, LARGEST_MANIFEST);
  } catch (error) {
    throw broken(error, asked);
  }
};

const mediaTypeOf = ({ headers }: Response): string =>
  headers.get("content-type")?.split(";")[0]?.trim() ?? "";

const isIndex = (response: Response): boolean => response.ok && mediaTypeOf(response) === INDEX;

/** Only OCI manifests may leave out their media type (OCI image specification, "Image Manifest"). */
function ownMediaType(bytes: Buffer, asked: Asked): string {
  const { manifests } = parseManifest(bytes, asked);
  const { mediaType } = JSON.parse(bytes.toString()) as { mediaType?: unknown };
  return MANIFESTS.find((type) => type === mediaType) ?? (manifests === undefined ? MANIFEST : INDEX);
}

function parseManifest(bytes: Buffer, { registry, where }: Asked): Manifest {
  try {
    const { layers, manifests } = JSON.parse(bytes.toString()) as Record<string, unknown>;
    if (isDescriptors(manifests)) return { manifests };
    if (isDescriptors(layers)) return { layers };
  } catch {
    // Neither JSON nor an object: reported below.
  }
  throw new RegistryError(
    `${registry} has something under this digest that is not an image: it lists neither layers nor manifests.`,
    where,
    "name the image of a release, as `pulumi stack output image` prints it",
  );
}

/** Refuses an image: it would count as an empty list, and be overwritten. */
function parseIndex(bytes: Buffer, asked: Asked): readonly Descriptor[] {
  const { manifests } = parseManifest(bytes, asked);
  if (manifests === undefined) throw incomplete(new RangeError("it is an image, not an index"), asked);
  return manifests;
}

// Digests become parts of addresses, and the author of a manifest must not choose those.
const isDescriptors = (value: unknown): value is readonly Descriptor[] =>
  Array.isArray(value) &&
  value.every((entry) => isDigest(entry?.digest) && Number.isSafeInteger(entry?.size) && entry.size >= 0);

const incomplete = (error: RangeError, { registry, where }: Asked): RegistryError =>
  new RegistryError(
    `${registry} does not give the whole list of what belongs to this image: ${error.message}.`,
    where,
    "mend the registry or the proxy in front of it; until then, attachments can be neither found nor added",
    { cause: error },
  );

const broken = (error: unknown, { registry, thing, where }: Asked): RegistryError =>
  new RegistryError(
    `${registry} did not give the whole ${thing} unchanged: ${reason(error)}.`,
    where,
    "try again; if that does not help, push the image again",
    { cause: error },
  );

function checkDigest(sha256: Hash, digest: string, { registry, thing, where }: Asked): void {
  const found = `sha256:${sha256.digest("hex")}`;
  if (found !== digest)
    throw new RegistryError(
      `${registry} gave a different ${thing} than was asked for: its digest is ${found}.`,
      where,
      "try again; if that does not help, the registry or a proxy in front of it is broken: push the image again",
    );
}
