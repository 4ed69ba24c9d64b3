/** A report as text for a terminal of 80 columns. Pure. */
import { createColors } from "picocolors";
import { cut, displayWidth, fill, wrap } from "../../common/displayWidth.ts";
import { plainText, withTexts } from "../../common/plainText.ts";
import {
  type Check,
  type Finding,
  type Metric,
  objections,
  openQuestions,
  type Report,
  warnings,
} from "../report/report.ts";
import { metricsTable, worthShowing } from "./metricsTable.ts";
import { isKept } from "./numbers.ts";
import { championSentence, foundText, openSentence, verdictSentence } from "./sentences.ts";

type Colors = ReturnType<typeof createColors>;

/** Width of the text after a mark: the line has 80 columns. */
const WIDTH = 78;
const MARKS = { passed: "✔", warned: "!", refused: "✘", notJudged: "–" };

/**
 * The verdict, one line per check, the metrics, the champion, then all objections and warnings in full.
 *
 * @param colors picocolors' `createColors(true)` for a terminal that shows them.
 */
export function renderReport(report: Report, colors: Colors = createColors(false)): string {
  const safe = withTexts(report, plainText);
  return [
    renderVerdict(safe, colors),
    renderChecks(safe.checks, colors),
    renderMetrics(safe.metrics, colors),
    wrap(championSentence(safe).split(" "), WIDTH).join("\n  "),
    ...objections(safe).map((finding) => renderFinding(finding, colors.red(MARKS.refused), colors)),
    ...openQuestions(safe).map((open) =>
      renderFinding({ what: openSentence(open), fix: open.fix }, colors.red(MARKS.refused), colors),
    ),
    ...warnings(safe).map((finding) => renderFinding(finding, colors.yellow(MARKS.warned), colors)),
    safe.remembered ? colors.dim("Remembered: the model, its data and the gate have not changed since.") : "",
  ]
    .filter((section) => section !== "")
    .join("\n\n");
}

function renderVerdict(report: Report, colors: Colors): string {
  const colour = {
    passed: colors.green,
    refused: colors.red,
    overridden: colors.yellow,
    notJudged: colors.yellow,
  }[report.verdict];
  return wrap(verdictSentence(report).split(" "), WIDTH)
    .map((line) => colors.bold(colour(line)))
    .join("\n  ");
}

function renderChecks(checks: readonly Check[], colors: Colors): string {
  const asked = checks.filter(({ outcome }) => outcome !== "notAsked");
  const others = checks.filter(({ outcome }) => outcome === "notAsked").map(({ name }) => name);
  const nameWidth = Math.min(24, Math.max(0, ...asked.map(({ name }) => displayWidth(name))));
  return [
    ...asked.map(
      (check) =>
        `${mark(check, colors)} ${cut(`${fill(check.name, nameWidth)}  ${foundText(check)}`.trimEnd(), WIDTH)}`,
    ),
    ...(others.length > 0
      ? [
          colors.dim(
            `${MARKS.notJudged} ${wrap(`not asked for: ${others.join(", ")}`.split(" "), WIDTH).join("\n  ")}`,
          ),
        ]
      : []),
  ].join("\n");
}

function mark(check: Check, colors: Colors): string {
  if (check.outcome === "notJudged")
    return check.fault === "machine" ? colors.red(MARKS.refused) : colors.dim(MARKS.notJudged);
  if (check.outcome === "notAsked") return colors.dim(MARKS.notJudged);
  if (check.objections.length > 0) return colors.red(MARKS.refused);
  return check.warnings.length > 0 ? colors.yellow(MARKS.warned) : colors.green(MARKS.passed);
}

function renderMetrics(metrics: readonly Metric[], colors: Colors): string {
  const shown = worthShowing(metrics);
  if (shown.length === 0) return "";
  const [heading, ...lines] = metricsTable(shown, WIDTH);
  const rest = metrics.length - shown.length;
  return [
    colors.dim(`  ${heading}`),
    ...shown.map((metric, i) => `${demandMark(metric, colors)} ${lines[i]}`),
    ...(rest > 0 ? [colors.dim(`  and ${rest} more, which the report has as Markdown and as JSON`)] : []),
  ].join("\n");
}

function demandMark({ value, demand }: Metric, colors: Colors): string {
  if (demand === undefined) return " ";
  return isKept(value, demand) ? colors.green(MARKS.passed) : colors.red(MARKS.refused);
}

function renderFinding(
  { what, where = "", fix }: Pick<Finding, "what"> & { readonly [K in "where" | "fix"]?: string | undefined },
  mark: string,
  colors: Colors,
): string {
  // The text before the first comma is a path. It stays whole, since it may hold spaces.
  const [file = "", ...place] = where.split(/(?<=,) /);
  const labelled = (label: string, pieces: readonly string[]) =>
    `  ${colors.dim(label)} ${wrap(pieces, WIDTH - label.length - 1).join("\n       ")}`;
  return [
    `${mark} ${wrap(what.split(" "), WIDTH).join("\n  ")}`,
    ...(where === "" ? [] : [labelled("at: ", [file, ...place.flatMap((text) => text.split(" "))])]),
    ...(fix === undefined ? [] : [labelled("fix:", fix.split(" "))]),
  ].join("\n");
}
