/** JSON pointers (RFC 6901): they name the place of a problem in a document. Pure. */

/** The pointer to a key of the object at `pointer`. */
export function joinPointer(pointer: string, key: string): string {
  return `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The keys of a pointer, in plain text. */
export function steps(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The value at the pointer, or undefined if there is none. */
export function at(root: unknown, pointer: string): unknown {
  return steps(pointer).reduce<unknown>(
    (value, step) => (value as Record<string, unknown> | undefined)?.[step],
    root,
  );
}
