/** Text of unknown origin made safe to show on a line. Pure. */

/** Control characters, and those that reorder or hide text: Trojan Source, https://trojansource.codes. */
const UNSEEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

const LONGEST = 2000;

/** The report with every text in it changed. A number that is not finite becomes null, as in JSON. */
export function withTexts<T>(report: T, change: (text: string) => string): T {
  return JSON.parse(JSON.stringify(report), (_, value) =>
    typeof value === "string" ? change(value) : value,
  ) as T;
}

/** One line without control characters: a line break becomes a space, an invisible character its escape. At most 2,000 characters are kept. */
export function plainText(text: string): string {
  const kept = text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
  return kept
    .replace(/[\t\n\v\f\r]+ */g, " ")
    .trim()
    .replace(UNSEEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
