/** How many columns of a terminal a text takes, and texts made to fit. Pure. */

/** Unicode's wide and fullwidth characters (UAX 11), and what is shown as a picture. */
const WIDE =
  /^[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}|\ufe0f/u;
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

export function displayWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += widthOf(segment);
  return width;
}

/** Cut to `width` columns, with `…` at the end if anything is cut off. */
export function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = "";
  let left = width - 1;
  for (const { segment } of graphemes.segment(text)) {
    left -= widthOf(segment);
    if (left < 0) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Cut or filled with spaces to exactly `width` columns. */
export function fill(text: string, width: number, align: "left" | "right" = "left"): string {
  const fitting = cut(text, width);
  const spaces = " ".repeat(width - displayWidth(fitting));
  return align === "left" ? fitting + spaces : spaces + fitting;
}

/** Lines of at most `width` columns, broken only between pieces. A longer piece stays whole. */
export function wrap(pieces: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    if (last !== undefined && displayWidth(`${last} ${piece}`) <= width)
      lines[lines.length - 1] = `${last} ${piece}`;
    else lines.push(piece);
  }
  return lines;
}

const widthOf = (grapheme: string): number => (WIDE.test(grapheme) ? 2 : 1);
