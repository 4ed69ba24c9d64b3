/** The record as a table for a terminal. Pure. */

import { cut, displayWidth, fill } from "../../common/displayWidth.ts";
import { plainText } from "../../common/plainText.ts";
import { METRICS, type MetricName } from "../../contract/metricNames.ts";
import { numberText } from "../../gate/render/numbers.ts";
import type { RecordedRelease, Releases } from "./record.ts";

const WIDTH = 80;
const GAP = "  ";
const DIGEST = "sha256:".length;
/** Digits of a digest or a commit that are shown. */
const SHORT = 7;
const LONGEST_VERSION = 10;
const LEAST_AUTHOR = 6;

/** A column: its heading, and what it says of a release. */
type Column = readonly [heading: string, of: (entry: RecordedRelease) => string];

/**
 * The heading and a line per entry, each of at most 80 columns: of the metrics those that fit, by the order of the contract's.
 *
 * @param when How long ago it was, in words.
 */
export function releasesTable({ record, serving }: Releases, when: (time: string) => string): string[] {
  const before: readonly Column[] = [
    [" ", (entry) => (entry === serving ? "*" : "")],
    ["release", ({ release }) => release],
    ["digest", ({ image }) => image.slice(image.indexOf("@") + 1 + DIGEST).slice(0, SHORT)],
    ["version", ({ model }) => cut(plainText(model.version), LONGEST_VERSION)],
  ];
  const after: readonly Column[] = [
    ["commit", ({ commit = "–" }) => commit.slice(0, SHORT) + (commit.endsWith("-dirty") ? "+" : "")],
    ["when", ({ time }) => when(time)],
    ["by", ({ by }) => plainText(by)],
  ];
  const author = Math.min(LEAST_AUTHOR, Math.max(...record.map(({ by }) => displayWidth(plainText(by)))));
  const metrics: Column[] = [];
  for (const metric of Object.keys(METRICS) as MetricName[]) {
    if (!record.some(({ judgement }) => judgement.metrics[metric] !== undefined)) continue;
    const column: Column = [metric, ({ judgement }) => numberText(judgement.metrics[metric] ?? Number.NaN)];
    const columns = [...before, ...metrics, column, ...after.slice(0, -1)];
    if (widths(columns, record) + GAP.length + author > WIDTH) break;
    metrics.push(column);
  }
  const cells = [...before, ...metrics, ...after].map(([heading, of]) => {
    const column = [heading, ...record.map(of)];
    const width = Math.max(...column.map(displayWidth));
    return column.map((cell) => fill(cell, width));
  });
  const lines = [undefined, ...record].map((_, row) =>
    cells
      .map((column) => column[row])
      .join(GAP)
      .trimEnd(),
  );
  return lines.map((line) => cut(line, WIDTH));
}

const widths = (columns: readonly Column[], record: readonly RecordedRelease[]): number =>
  columns.reduce(
    (sum, [heading, of]) =>
      sum + GAP.length + Math.max(heading.length, ...record.map((entry) => displayWidth(of(entry)))),
    -GAP.length,
  );
