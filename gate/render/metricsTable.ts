/** The metrics as a table for a terminal. Pure. */

import { cut, displayWidth, fill } from "../../common/displayWidth.ts";
import { whole } from "../../common/shown.ts";
import { ALL_ROWS, type Metric } from "../report/report.ts";
import { demandText, differenceText, intervalText, isKept, numberText, valueText } from "./numbers.ts";

const MOST_METRICS = 12;
const GAP = "  ";
/** The width that `of` keeps if the table is too wide: `all rows`. */
const LEAST = ALL_ROWS.length;

/** A column: its heading, its alignment, and its text for a metric. */
type Column = readonly [heading: string, align: "left" | "right", of: (metric: Metric) => string];

const METRIC: Column = ["metric", "left", ({ metric }) => metric];
const OF: Column = ["of", "left", ({ of }) => of];
const ROWS: Column = ["rows", "right", ({ rows }) => whole(rows)];
const JUDGED: readonly Column[] = [
  ["value", "right", valueText],
  ["95 % interval", "right", ({ interval }) => intervalText(interval)],
  ["demand", "right", ({ demand }) => (demand ? demandText(demand) : "")],
];
const COMPARED: readonly Column[] = [
  ["champion", "right", ({ champion }) => (champion ? numberText(champion.value) : "")],
  ["change", "right", ({ champion }) => (champion ? differenceText(champion.difference) : "")],
];

/**
 * The heading and a line per metric, each at most `width` columns wide.
 *
 * The champion takes the place of the number of rows, since 80 columns do not hold both.
 */
export function metricsTable(metrics: readonly Metric[], width: number): string[] {
  const compared = metrics.some(({ champion }) => champion !== undefined);
  const columns = compared ? [METRIC, OF, ...JUDGED, ...COMPARED] : [METRIC, OF, ROWS, ...JUDGED];
  const cells = columns.map(([heading, align, text]) => {
    const column = [heading, ...metrics.map(text)];
    return { column, align, width: Math.max(...column.map(displayWidth)) };
  });
  const excess = cells.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length) - width;
  const of = cells[columns.indexOf(OF)]!;
  if (excess > 0) of.width = Math.min(of.width, Math.max(LEAST, of.width - excess));
  return of.column.map((_, row) => {
    const line = cells.map(({ column, align, width }) => fill(column[row]!, width, align)).join(GAP);
    return cut(line.trimEnd(), width);
  });
}

/** At most 12 metrics, in their order: those that miss their demand, then those that keep it, then those on all rows. */
export function worthShowing(metrics: readonly Metric[]): readonly Metric[] {
  const candidates = metrics.filter(({ of, demand }) => of === ALL_ROWS || demand !== undefined);
  const kept = new Set(candidates.toSorted((a, b) => rank(a) - rank(b)).slice(0, MOST_METRICS));
  return candidates.filter((metric) => kept.has(metric));
}

function rank({ demand, value }: Metric): number {
  if (demand === undefined) return 2;
  return isKept(value, demand) ? 1 : 0;
}
