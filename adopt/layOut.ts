/** Lays out JSON for reading: objects over several lines, lists of plain values on one. Pure. */
export function layOut(value: unknown, indent = ""): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (!value.some((item) => typeof item === "object" && item !== null))
      return `[${value.map(plain).join(", ")}]`;
    return `[\n${value.map((item) => inner + layOut(item, inner)).join(",\n")}\n${indent}]`;
  }
  if (typeof value !== "object" || value === null) return plain(value);
  const members = Object.entries(value).map(
    ([key, member]) => `${JSON.stringify(key)}: ${layOut(member, inner)}`,
  );
  const line = `{ ${members.join(", ")} }`;
  const isFlat = !Object.values(value).some(
    (member) => typeof member === "object" && member !== null && !Array.isArray(member),
  );
  if (members.length > 0 && isFlat && !line.includes("\n") && indent.length + line.length < WIDTH)
    return line;
  return members.length === 0
    ? "{}"
    : `{\n${members.map((member) => inner + member).join(",\n")}\n${indent}}`;
}

/** JSON has integers of any length, but `JSON.stringify` takes no bigint. */
const plain = (value: unknown): string =>
  typeof value === "bigint" ? value.toString() : JSON.stringify(value);

const WIDTH = 100;
