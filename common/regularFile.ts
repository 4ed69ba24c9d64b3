import { readFile, stat } from "node:fs/promises";

/** The largest JSON file that is read, in bytes: far more than any contract or golden requests have. */
export const LARGEST_JSON = 2 ** 28;

/**
 * Refuses a file without an end, or without content of its own: a pipe, a device, a socket, a folder.
 *
 * @param largest In bytes.
 * @returns The size, in bytes.
 * @throws Error with a code, like the errors of `node:fs`.
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

/** The size in bytes, or 0 if it is no file that can be read. */
export const sizeOf = (file: string): Promise<number> => requireFile(file).catch(() => 0);

const refusal = (code: string, message: string) => Object.assign(new Error(message), { code });

const mebibytes = (bytes: number) => Math.ceil(bytes / 2 ** 20).toLocaleString("en");
