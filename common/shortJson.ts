/** Values as a message quotes them: in JSON, on one line, cut. Pure. */

/** Characters that a message quotes, unless told otherwise. */
const LONGEST = 60;

export const shortened = (text: string, longest = LONGEST): string =>
  text.length > longest ? `${text.slice(0, longest - 3)}...` : text;

/** 1e999 is read as Infinity, which JSON would show as null. */
export const shortJson = (value: unknown, longest = LONGEST): string =>
  typeof value === "number" ? String(value) : shortened(JSON.stringify(value) ?? "nothing", longest);
