/** Pieces of Markdown for GitHub that the comment and the job summary share. Pure. */

import { plainText } from "../common/plainText.ts";
import { joined, renderSections, safeMarkdown } from "../gate/render/index.ts";
import { count, type Report } from "../gate/report/index.ts";
import type { Change } from "./previewPlan.ts";

/** Characters of what a program printed. */
const LONGEST_QUOTE = 3_000;
/** Characters of the list of changes. */
const CHANGES = 2_000;
/** How many properties of a resource are named. Their values may be secret, and are not shown. */
const PROPERTIES = 4;

/** What somebody may have to act on is open, the rest folded. */
export function gateSections(report: Report): string[] {
  const { findings, metrics, champion, checks, sources } = renderSections(report);
  const counts = `${count(report.metrics.length, "figure")}, ${count(report.checks.length, "check")}`;
  return [
    ...(findings === "" ? [] : [findings]),
    folded(`What the gate measured: ${counts}`, joined([metrics, champion, checks, sources])),
  ];
}

/** What would happen to which resource, and what of it changes; nothing if nothing does. */
export function changesSection(changes: readonly Change[]): string[] {
  if (changes.length === 0) return [];
  const rows = changes.map(({ operation, resource, properties }) => [
    operation,
    code(resource),
    [
      ...properties.slice(0, PROPERTIES).map(code),
      ...(properties.length > PROPERTIES ? [`and ${properties.length - PROPERTIES} more`] : []),
    ].join(", "),
  ]);
  let size = 0;
  const shown = rows.filter((row) => (size += row.join(" | ").length + 5) <= CHANGES);
  const rest = rows.length - shown.length;
  return [
    folded(
      `${count(changes.length, "resource")} ${changes.length === 1 ? "changes" : "change"}`,
      table(
        ["", "resource", "what of it"],
        ["---", "---", "---"],
        [...shown, ...(rest > 0 ? [["", `and ${rest} more, which \`pulumi preview\` lists`, ""]] : [])],
      ),
    ),
  ];
}

/** Lines as a program printed them, without markup. */
export function quoted(text: string): string {
  const lines = text.slice(0, LONGEST_QUOTE).split("\n");
  const plain = lines.map((line) => `${/^ */.exec(line)}${plainText(line)}`).join("\n");
  return `<pre>\n${plain.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`)}\n</pre>`;
}

const folded = (title: string, content: string): string =>
  `<details><summary>${title}</summary>\n\n${content}\n\n</details>`;

export const table = (
  head: readonly string[],
  align: readonly string[],
  rows: readonly (readonly string[])[],
): string => [head, align, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

/** Nothing of nothing. */
export const code = (text: string | undefined): string =>
  text === undefined ? "" : `<code>${safeMarkdown(text)}</code>`;
