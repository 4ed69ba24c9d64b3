/** JSON pointers (RFC 6901): how a problem says where in a document it is. Pure. */

/** The pointer to a key of what `pointer` leads to. */
export function joinPointer(pointer: string, key: string): string {
  return `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The keys on the way, in plain text. */
export function steps(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** What the pointer leads to; undefined where there is nothing. */
export function at(root: unknown, pointer: string): unknown {
  return steps(pointer).reduce<unknown>(
    (value, step) => (value as Record<string, unknown> | undefined)?.[step],
    root,
  );
}
