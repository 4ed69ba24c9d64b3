/** Text of unknown origin as inert GitHub Markdown. Pure. */
import { plainText } from "../../common/plainText.ts";

/** Longest result, in characters. */
const LONGEST = 1000;

/** Markdown never takes an entity for markup. GitHub's formulas do, so `$` is written as GitHub's documentation says. */
const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "|": "&#124;",
  "`": "&#96;",
  "\\": "&#92;",
  $: "<span>$</span>",
};

/**
 * Text that GitHub turns into links, pings and pictures after it has read the Markdown and dropped the escapes: `@team`,
 * `#12`, `GH-12`, `https://`, `www.`, `a@b.com`, `:tada:`. Only another character inside prevents that.
 */
const REFERENCE = /@|#(?=\d)|\bGH-(?=\d)|:(?=\/\/)|\bwww(?=\.)|:(?=[\w+-]+:)/gi;
const ZERO_WIDTH_SPACE = "\u200b";

/**
 * One line that GitHub shows as it is: without markup, link, mention or reference. A result of more than 1,000
 * characters is cut.
 *
 * It must not stand at the start of a line, where a `-`, a `#` or a `1.` counts.
 */
export function safeMarkdown(text: string): string {
  const plain = plainText(text);
  let safe = escaped(plain);
  for (let kept = LONGEST - 1; safe.length > LONGEST; kept = Math.floor(kept / 2))
    safe = escaped(`${plain.slice(0, kept).replace(/[\ud800-\udbff]$/, "")}…`);
  return safe;
}

const escaped = (text: string): string =>
  text
    .replace(REFERENCE, `$&${ZERO_WIDTH_SPACE}`)
    .replace(/[&<>|`\\$]/g, (character) => ENTITIES[character]!)
    // An underscore inside a word means nothing, and column names are full of them.
    .replace(/[*[\]~]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\$&");
