/** Finds the parts of the rows on which the loss is clearly higher than on the rest. Pure. */
import type { Steps } from "../../common/steps.ts";
import { cross, type Partition } from "./partition.ts";
import { less, lossesOf, mean, standardErrorsAbove, type Tally, tallies } from "./tally.ts";

/** How much higher the mean loss of a weak segment is than on the rest, at least. */
export interface Gap {
  readonly difference: number;
  readonly factor: number;
}

export interface WeakSegment {
  readonly columns: readonly string[];
  /** The values that its rows share: `age from 25 to below 40`. */
  readonly of: string;
  readonly rows: number;
  /** The mean loss. */
  readonly loss: number;
  /** The mean loss on all other rows. */
  readonly elsewhere: number;
}

const MOST_FOUND = 5;
/** A segment, and the rest, must be this large. */
const FEWEST = { rows: 50, share: 0.02 };
/** Columns with more parts are not paired: the pairs would be too small. */
const MOST_PARTS_PAIRED = 16;
/** Pairs of parts. */
const MOST_PAIRS = 2000;
/** Each pair of columns takes a pass over the rows. This many rows in all take about 50 ms. */
const MOST_ROWS_PAIRED = 4_000_000;
/** This many of the weak segments are compared again after each one that is named. */
const MOST_CANDIDATES = 100;
/** The probability that a segment is named although the losses depend on no column. */
const SIGNIFICANCE = 0.05;

/**
 * The weakest segment, then the weakest among the rows that are in none yet, and so on: no segment is named if another
 * one explains it.
 *
 * @param partitions Each by one column. They are paired as far as their number allows, those whose parts differ most
 *   first.
 * @param perRow How wrong the answer is.
 * @returns At most 5 segments, and how many were large enough to look at.
 */
export function* findWeakest(
  partitions: readonly Partition[],
  perRow: Float64Array,
  gap: Gap,
): Steps<{ readonly looked: number; readonly weakest: readonly WeakSegment[] }> {
  const rows = perRow.length;
  const losses = lossesOf(perRow);
  const whole = { codes: new Uint8Array(rows), sizes: Int32Array.of(rows) };
  const [all] = tallies(whole, losses) as [Tally];
  const fewest = Math.max(FEWEST.rows, Math.ceil(FEWEST.share * rows));
  const tests = comparisons(partitions);
  let looked = 0;
  const look = (partition: Partition): Segment[] => {
    const segments = tallies(partition, losses)
      .map((tally, code) => ({ partition, code, ...compared(tally, all) }))
      .filter(({ tally, rest, code }) => partition.parts[code] !== undefined && isLarge(tally, rest, fewest));
    looked += segments.length;
    return segments;
  };
  const isWeak = ({ tally, rest, z }: Segment) =>
    isLarge(tally, rest, fewest) &&
    mean(tally) >= mean(rest) + gap.difference &&
    mean(tally) >= mean(rest) * gap.factor &&
    upperTail(z) * tests <= SIGNIFICANCE;

  const singles = partitions.map(look);
  const byContrast = [...partitions.keys()].toSorted((a, b) => highest(singles[b]!) - highest(singles[a]!));
  const weak = singles.flat().filter(isWeak);
  for (const [a, b] of pairs(byContrast.map((i) => partitions[i]!))) {
    weak.push(...look(cross(a, b)).filter(isWeak));
    yield;
  }
  weak.sort((a, b) => b.z - a.z);
  return { looked, weakest: nameInTurn(weak.slice(0, MOST_CANDIDATES), perRow, all, isWeak) };
}

interface Segment {
  readonly partition: Partition;
  readonly code: number;
  readonly tally: Tally;
  readonly rest: Tally;
  /** How far its mean loss is above that of the rest, in standard errors. */
  readonly z: number;
}

function compared(tally: Tally, whole: Tally): Pick<Segment, "tally" | "rest" | "z"> {
  const rest = less(whole, tally);
  return { tally, rest, z: standardErrorsAbove(tally, rest) };
}

const isLarge = (tally: Tally, rest: Tally, fewest: number) => tally.rows >= fewest && rest.rows >= fewest;
const highest = (segments: readonly Segment[]) => Math.max(...segments.map(({ z }) => z));

/** Counts every possible pair of columns, since the losses decide which ones are paired. */
function comparisons(partitions: readonly Partition[]): number {
  const sizes = partitions.map(({ parts }) => parts.length);
  const paired = sizes.filter((size) => size <= MOST_PARTS_PAIRED);
  const sum = paired.reduce((a, b) => a + b, 0);
  const squares = paired.reduce((a, b) => a + b * b, 0);
  return sizes.reduce((a, b) => a + b, 0) + (sum * sum - squares) / 2;
}

/** An upper bound of the probability that a normal variable is this many standard deviations high. Close from 3 on. */
const upperTail = (z: number) => Math.exp((-z * z) / 2) / (z * Math.sqrt(2 * Math.PI));

function* pairs(partitions: readonly Partition[]): Generator<readonly [Partition, Partition]> {
  const paired = partitions.filter(({ parts }) => parts.length <= MOST_PARTS_PAIRED);
  let segments = 0;
  let rows = 0;
  for (const [i, a] of paired.entries()) {
    for (const b of paired.slice(0, i)) {
      segments += a.parts.length * b.parts.length;
      rows += a.codes.length;
      if (segments > MOST_PAIRS || rows > MOST_ROWS_PAIRED) return;
      yield [a, b];
    }
  }
}

/** @param weak Segments of all rows, the weakest first. */
function nameInTurn(
  weak: readonly Segment[],
  losses: Float64Array,
  all: Tally,
  isWeak: (segment: Segment) => boolean,
): WeakSegment[] {
  const found: WeakSegment[] = [];
  const isNamed = new Uint8Array(losses.length);
  let candidates = weak.map((segment) => ({ ofAll: segment, ofRest: segment }));
  let unnamed = all;
  for (let [worst] = candidates; worst && found.length < MOST_FOUND; [worst] = candidates) {
    const { partition, code, tally, rest } = worst.ofAll;
    const of = partition.parts[code]!;
    found.push({
      columns: partition.columns,
      of,
      rows: tally.rows,
      loss: mean(tally),
      elsewhere: mean(rest),
    });
    const named = rowsOf(worst.ofAll).filter((row) => isNamed[row] === 0);
    for (const row of named) isNamed[row] = 1;
    unnamed = less(unnamed, worst.ofRest.tally);
    candidates = candidates
      .map(({ ofAll, ofRest }) => {
        const tally = less(ofRest.tally, tallyAmong(named, ofAll, losses));
        return { ofAll, ofRest: { ...ofAll, ...compared(tally, unnamed) } };
      })
      .filter(({ ofRest }) => isWeak(ofRest))
      .toSorted((a, b) => b.ofRest.z - a.ofRest.z);
  }
  return found;
}

function rowsOf({ partition: { codes, sizes }, code }: Segment): Int32Array {
  const rows = new Int32Array(sizes[code]!);
  for (let row = 0, at = 0; at < rows.length; row++) if (codes[row] === code) rows[at++] = row;
  return rows;
}

/** The tally of those among these rows that are in the segment. */
function tallyAmong(among: Int32Array, { partition: { codes }, code }: Segment, losses: Float64Array): Tally {
  let rows = 0;
  let sum = 0;
  let squares = 0;
  for (const row of among) {
    if (codes[row] !== code) continue;
    const loss = losses[row]!;
    rows++;
    sum += loss;
    squares += loss * loss;
  }
  return { rows, sum, squares };
}
