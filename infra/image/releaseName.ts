/** The name of a release. Pure. */
import { createHash } from "node:crypto";

export interface NamedFile {
  /** Relative to the build context, with `/` between folders. */
  readonly path: string;
  /** The hash of the file's bytes, in hex. */
  readonly sha256: string;
}

/**
 * The name of the release that a build context makes: 16 hex digits of a SHA-256.
 *
 * Same files, base image and platforms, same name: order, clock, host, file times and modes play no part.
 */
export function releaseName(
  files: readonly NamedFile[],
  { baseImage, platforms }: { baseImage: string; platforms: readonly string[] },
): string {
  // JSON keeps the parts apart: joined bare, "ab" + "c" and "a" + "bc" would hash alike.
  const parts = [files.map(({ path, sha256 }) => [path, sha256]).toSorted(), baseImage, platforms.toSorted()];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
}
