/** Parses a reference to an image by digest, as docker writes it. Pure. */
import { RegistryError } from "./registryError.ts";

export interface ImageReference {
  /** Host, with its port if it has one: `ghcr.io`, `localhost:5000`, `docker.io`. */
  readonly registry: string;
  /** `acme/loan`. On Docker Hub, a name without a slash is `library/loan`. */
  readonly repository: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
}

export const DOCKER_HUB = "docker.io";

/** The first part is a host if it has a dot or a colon, or is `localhost`. A tag may precede the digest. */
const PARTS = /^(?:([^/@]*[.:][^/@]*|localhost)\/)?([^@:]+)(?::[\w.-]+)?@(.*)$/s;
const HOST = /^([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(:\d+)?$/i;
// As in github.com/distribution/reference. Keeps `..`, `?` and `#` out of the addresses that the name goes into.
const REPOSITORY = /^[a-z0-9]+((\.|__?|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|__?|-+)[a-z0-9]+)*)*$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

export const isDigest = (value: unknown): value is string => typeof value === "string" && DIGEST.test(value);

/**
 * @param text `[HOST/]NAME[:TAG]@sha256:…`. Without a host, Docker Hub is meant. A tag is dropped: only the digest counts.
 * @throws RegistryError if `text` is anything else.
 */
export function parseImageReference(text: string): ImageReference {
  const [, host = DOCKER_HUB, name = "", digest] = PARTS.exec(text) ?? [];
  const registry = host === "index.docker.io" ? DOCKER_HUB : host;
  const repository = registry === DOCKER_HUB && !name.includes("/") ? `library/${name}` : name;
  if (!HOST.test(registry) || !REPOSITORY.test(repository) || !isDigest(digest))
    throw new RegistryError(
      "This is not an image by digest.",
      text,
      "write it as HOST/NAME@sha256:… with all 64 hex digits, as `pulumi stack output image` prints it",
    );
  return { registry, repository, digest };
}
