/** How many columns of a terminal a text takes, and texts made to fit. Pure. */
import stringWidth from "string-width";

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

export const displayWidth = (text: string): number => stringWidth(text);

/** Cut to `width` columns, with `…` at the end if anything is cut off. */
export function cut(text: string, width: number): string {
  let kept = "";
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) {
    columns += stringWidth(segment);
    if (columns > width) return `${kept}…`;
    if (columns < width) kept += segment;
  }
  return text;
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
