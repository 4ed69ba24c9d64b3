/** Reads images of one repository, and writes what belongs to them, by the OCI distribution specification 1.1. Edge. */
import { createHash, type Hash } from "node:crypto";
import { wrongAddress } from "./elsewhere.ts";
import { DOCKER_HUB, type ImageReference, isDigest } from "./imageReference.ts";
import { logIn } from "./login.ts";
import { nextPage } from "./nextPage.ts";
import { isOnThisMachine } from "./onThisMachine.ts";
import { type Answer, patientRequest, reason } from "./patientRequest.ts";
import { type Asked, misdirection, readAll, refusal, unreachable } from "./refusal.ts";
import { RegistryError } from "./registryError.ts";

/** A piece of an image. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  /** Of a manifest in an index. */
  readonly platform?: { readonly os?: string; readonly architecture?: string };
  /** Of a manifest that is no image, in an index. */
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export type Manifest =
  /** An image's, the lowest layer first. */
  | { readonly layers: readonly Descriptor[]; readonly manifests?: undefined }
  /** An index: of images for several platforms, and of attestations. */
  | { readonly manifests: readonly Descriptor[]; readonly layers?: undefined };

export const INDEX = "application/vnd.oci.image.index.v1+json";
export const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const MANIFESTS = [
  INDEX,
  MANIFEST,
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];
/** What registries accept (OCI distribution specification, "Pushing Manifests"). */
const LARGEST_MANIFEST = 4 * 2 ** 20;
/** The bounds of a list in pages. go-containerregistry has none: it follows links until one repeats. */
const MOST_PAGES = 100;
const LARGEST_LIST = 4 * LARGEST_MANIFEST;
const SILENCE_MS = 30_000;

/** What a login is for. */
type Actions = "pull" | "pull,push";

interface Sent {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  /** Below the repository, or whole. */
  readonly path: string;
  readonly body?: Buffer;
  readonly type?: string;
}

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
  readonly #authorizations: Partial<Record<Actions, string>> = {};

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
    const answer = await this.#ask({ method: "HEAD", path: `manifests/${digest}` }, asked);
    if (answer.response.status === 404) return false;
    if (!answer.response.ok) throw await refusal(answer, asked);
    return true;
  }

  /**
   * What an index names it by, of an image that the registry has.
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
    // Some registries, and proxies before them, say these with the manifest itself only, or wrongly.
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
   * What the registry lists as referring to an image, on all pages.
   *
   * @returns undefined if it does not list such things: its answer is a refusal of some kind or a page, not always a 404.
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

  /** A list from its first page on. Whole or not at all: what is missing from it would be attached again. */
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
        if (!isIndex(page.response)) throw new RangeError("a page is no index");
        if (length > LARGEST_LIST) throw new RangeError(`it is larger than ${LARGEST_LIST} bytes`);
        pages.push(parseIndex(bytes, asked));
        const next = nextPage(headers.get("link"), url, repository);
        if (next === undefined) return pages.flat();
        if (seen.has(next)) throw new RangeError("its pages go round in a circle");
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

  /** Where an upload that has begun goes on. It may be another host, to which the blob goes without the login. */
  #placeOf({ headers, url }: Response, asked: Asked): URL {
    const location = headers.get("location");
    const place = location !== null && URL.canParse(location, url) ? new URL(location, url) : undefined;
    const wrong = place === undefined ? "which nobody can read" : wrongAddress(place, this.#registry);
    if (place === undefined || wrong !== undefined)
      throw misdirection(this.#registry, place, `${wrong}`, asked);
    return place;
  }

  /**
   * @param reference A tag. @default the digest
   * @returns the registry's answer.
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
   * The manifest or index with this digest, against which it is checked.
   *
   * @throws RegistryError
   */
  async manifest(digest: string): Promise<Manifest> {
    const asked = this.#asked("image", digest);
    return parseManifest(await this.#manifest(digest, asked), asked);
  }

  /**
   * The bytes of a layer. They are checked against its size and digest once the last one has been read: before, nobody vouches for them.
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

  /** Logs in when the registry asks for it, and again when the login has run out. */
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
    // "identity": a layer is compressed already, and fetch would unpack what a server packs, so that no digest fits.
    const headers = new Headers({
      accept: `${MANIFESTS.join(", ")}, */*;q=0.1`,
      "accept-encoding": "identity",
    });
    const authorization = this.#authorizations[actionsOf(sent)];
    // A registry may have its blobs uploaded to another host, which the login is none of the business of.
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

/** Only OCI's manifests may leave out what they are (OCI image specification, "Image Manifest"). */
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
    // Neither JSON nor an object: said below.
  }
  throw new RegistryError(
    `${registry} has something under this digest that is no image: neither layers nor manifests are listed in it.`,
    where,
    "name the image of a release, as `pulumi stack output image` prints it",
  );
}

/** One that lists layers would be an empty list, and be overwritten as such. */
function parseIndex(bytes: Buffer, asked: Asked): readonly Descriptor[] {
  const { manifests } = parseManifest(bytes, asked);
  if (manifests === undefined) throw incomplete(new RangeError("it is an image, not an index"), asked);
  return manifests;
}

// Digests become parts of addresses: whoever wrote the manifest does not choose those.
const isDescriptors = (value: unknown): value is readonly Descriptor[] =>
  Array.isArray(value) &&
  value.every((entry) => isDigest(entry?.digest) && Number.isSafeInteger(entry?.size) && entry.size >= 0);

const incomplete = (error: RangeError, { registry, where }: Asked): RegistryError =>
  new RegistryError(
    `${registry} does not give the whole list of what belongs to this image: ${error.message}.`,
    where,
    "what belongs to it can be neither found nor added before the registry, or a proxy before it, is mended",
    { cause: error },
  );

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
