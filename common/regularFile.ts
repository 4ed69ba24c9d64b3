import { readFile, stat } from "node:fs/promises";

/** A contract or golden requests, in bytes: far more than any has. */
export const LARGEST_JSON = 2 ** 28;

/**
 * Throws for what has no end, or no content of its own: a pipe, a device, a socket, a folder.
 *
 * @param largest In bytes.
 * @returns its size, in bytes.
 * @throws Error with a code, as those of `node:fs` have.
 */
export async function requireFile(file: string, largest = Number.POSITIVE_INFINITY): Promise<number> {
  const found = await stat(file);
  if (found.isDirectory()) throw refusal("EISDIR", "it is a folder");
  if (!found.isFile()) throw refusal("ENOTSUP", "it is no regular file, but a pipe, a device or a socket");
  if (found.size > largest)
    throw refusal("EFBIG", `it has ${mebibytes(found.size)} MiB, and ${mebibytes(largest)} are the most`);
  return found.size;
}

export async function readRegularFile(file: string, largest?: number): Promise<Buffer> {
  await requireFile(file, largest);
  return readFile(file);
}

/** In bytes; 0 for what is no file that could be read. */
export const sizeOf = (file: string): Promise<number> => requireFile(file).catch(() => 0);

const refusal = (code: string, message: string) => Object.assign(new Error(message), { code });

const mebibytes = (bytes: number) => Math.ceil(bytes / 2 ** 20).toLocaleString("en");
