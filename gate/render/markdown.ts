/** A report as Markdown for a pull request on GitHub. Pure. */

import { withTexts } from "../../common/plainText.ts";
import { whole } from "../../common/shown.ts";
import {
  type Check,
  count,
  type Finding,
  type Metric,
  objections,
  openQuestions,
  type Report,
  warnings,
} from "../report/report.ts";
import { demandText, differenceText, intervalText, isKept, numberText, valueText } from "./numbers.ts";
import { safeMarkdown } from "./safeMarkdown.ts";
import { championSentence, foundText, openSentence, verdictSentence } from "./sentences.ts";

const MARKS = { passed: "✅", warned: "⚠️", refused: "❌", notJudged: "➖" };
const VERDICT_MARKS = {
  passed: MARKS.passed,
  refused: MARKS.refused,
  overridden: MARKS.warned,
  notJudged: MARKS.refused,
};

/**
 * Most characters in each list. GitHub takes 65,536 in all, and each text outside the lists has at most 1,000
 * (see safeMarkdown).
 */
const ROOM = { metrics: 10_000, objections: 20_000, open: 4_000, warnings: 6_000, checks: 8_000 };

/** The verdict, the metrics, all objections and warnings in full, and the checks folded away. Less than 60,000 characters. */
export function renderMarkdown(report: Report): string {
  const { verdict, metrics, champion, findings, checks, sources } = renderSections(report);
  return joined([`### ${verdict}`, metrics, champion, findings, checks, sources]).concat("\n");
}

/** The same in parts. A part without content is empty. */
export function renderSections(report: Report) {
  // Escaped at the start, so that no code below can forget it.
  const safe = withTexts(report, safeMarkdown);
  return {
    verdict: `${VERDICT_MARKS[safe.verdict]} ${verdictSentence(safe)}`,
    metrics: renderMetrics(safe.metrics),
    champion: championSentence(safe),
    findings: [
      ...findingItems(objections(safe), MARKS.refused, ROOM.objections),
      ...fitting(
        openQuestions(safe).map(
          (open) =>
            `- ${MARKS.refused} ${openSentence(open)}${open.fix === undefined ? "" : `\\\n  fix: ${open.fix}`}`,
        ),
        ROOM.open,
        (rest) => `- ${MARKS.refused} and ${rest} more, which report.json has`,
      ),
      ...findingItems(warnings(safe), MARKS.warned, ROOM.warnings),
    ].join("\n"),
    checks: renderChecks(safe.checks),
    sources: renderSources(safe),
  };
}

/** Joins sections as paragraphs. */
export const joined = (sections: readonly string[]): string =>
  sections.filter((section) => section !== "").join("\n\n");

/** A column of the table: its heading, its alignment, and its text for a metric. */
type Column = readonly [heading: string, align: "---" | "---:", of: (metric: Metric) => string];

const OF_CHAMPION: Column = [
  "champion",
  "---:",
  ({ champion }) => (champion ? numberText(champion.value) : ""),
];
const DIFFERENCE: Column = [
  "difference (95 % interval)",
  "---:",
  ({ champion }) => (champion ? difference(champion) : ""),
];
const columns = (compared: boolean): readonly Column[] => [
  ["metric", "---", ({ metric }) => metric],
  ["of", "---", ({ of }) => of],
  ["rows", "---:", ({ rows }) => whole(rows)],
  ...(compared ? [OF_CHAMPION] : []),
  ["this model", "---:", (metric) => `**${valueText(metric)}**`],
  ["95 % interval", "---:", ({ interval }) => intervalText(interval)],
  ...(compared ? [DIFFERENCE] : []),
  ["demand", "---", demand],
];

function renderMetrics(metrics: readonly Metric[]): string {
  if (metrics.length === 0) return "";
  const table = columns(metrics.some(({ champion }) => champion !== undefined));
  const rows = metrics.map((metric) => row(table.map(([, , of]) => of(metric))));
  return [
    row(table.map(([heading]) => heading)),
    row(table.map(([, align]) => align)),
    ...fitting(rows, ROOM.metrics, (rest) => row([`and ${rest} more, which report.json has`])),
  ].join("\n");
}

/** `+0.0120 (-0.0010 to +0.0250)`. */
export function difference({ difference, interval }: NonNullable<Metric["champion"]>): string {
  return `${differenceText(difference)}${interval ? ` (${differenceText(interval[0])} to ${differenceText(interval[1])})` : ""}`;
}

function demand({ value, demand }: Metric): string {
  if (demand === undefined) return "";
  const from = demand.from === "stack" ? ", by the stack" : "";
  return `${isKept(value, demand) ? MARKS.passed : MARKS.refused} ${demandText(demand)}${from}`;
}

function findingItems(findings: readonly Finding[], mark: string, room: number): string[] {
  const items = findings.map(
    // Each line begins with our text: there, an untrusted text could make a heading, a list or a quotation.
    ({ what, where, fix }) => `- ${mark} ${what}\\\n  at: <code>${where}</code>\\\n  fix: ${fix}`,
  );
  return fitting(items, room, (rest) => `- ${mark} and ${rest} more, which report.json has`);
}

function renderChecks(checks: readonly Check[]): string {
  if (checks.length === 0) return "";
  const rows = checks.map((check) => row([MARKS[markOf(check)], check.name, foundText(check)]));
  return [
    `<details><summary>${count(checks.length, "check")}</summary>\n`,
    row(["", "check", "found"]),
    row(["---", "---", "---"]),
    ...fitting(rows, ROOM.checks, (rest) => row(["", `and ${rest} more`, "which report.json has"])),
    "\n</details>",
  ].join("\n");
}

function markOf(check: Check): keyof typeof MARKS {
  if (check.outcome === "notJudged") return check.fault === "machine" ? "refused" : "notJudged";
  if (check.outcome === "notAsked") return "notJudged";
  if (check.objections.length > 0) return "refused";
  return check.warnings.length > 0 ? "warned" : "passed";
}

/** The files that were judged. */
function renderSources({ model, holdout }: Report): string {
  return [
    ...(model?.sha256 === undefined ? [] : [`Model: sha256 <code>${model.sha256}</code>`]),
    ...(holdout === undefined
      ? []
      : [
          `Holdout: <code>${holdout.file}</code>, ${count(holdout.rows, "row")}, sha256 <code>${holdout.sha256}</code>`,
        ]),
  ].join("\\\n");
}

const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;

/** The items that fit into `room` characters, and `rest` with the number of those that do not. */
function fitting(items: readonly string[], room: number, rest: (left: number) => string): string[] {
  let size = 0;
  const first = items.findIndex((item) => (size += item.length + 1) > room);
  return first === -1 ? [...items] : [...items.slice(0, first), rest(items.length - first)];
}
