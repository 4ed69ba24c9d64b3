/** Finds from the right answers which class each score is for, and what the scores are, if the model gives no label. Pure. */

import { figure } from "../common/shown.ts";
import { toNumber } from "../common/toNumber.ts";
import { type Contract, decidedClasses } from "../contract/index.ts";
import { probabilityFault } from "../gate/instruments.ts";
import { sorted } from "./classOrder.ts";
import type { Target } from "./findAnswer.ts";
import { listed } from "./labelledRows.ts";
import { type Decision, mistake, OpenQuestion } from "./mistake.ts";

type Floats = Float32Array | Float64Array;

export interface ScoredClasses {
  /** In the order of the scores; of a single score the second. */
  readonly classes: readonly (number | string)[];
  readonly scored: true;
  readonly scoresAre: NonNullable<Contract["scoresAre"]>;
  readonly decisions: readonly Decision[];
}

/**
 * @param scores One per row and class, row-major, or one per row.
 * @param target The right answers, one per row.
 * @throws Mistake if --classes do not fit; OpenQuestion if the rows do not show which score is whose.
 */
export function scoredClasses(scores: Floats, target: Target, chosen?: readonly string[]): ScoredClasses {
  const rows = target.cells.length;
  const width = scores.length / rows;
  const names = chosen === undefined ? undefined : fitting(chosen, target, width === 1 ? 2 : width);
  const { order, why } =
    names !== undefined
      ? { order: names, why: "named by --classes, in that order" }
      : width === 1
        ? ofSingle(scores, target)
        : ofSeveral(scores, width, target);
  const kind = kindOf(scores, width);
  const isWhole = order.every((label) => Number.isSafeInteger(toNumber(label)));
  return {
    classes: isWhole ? order.map(Number) : order,
    scored: true,
    scoresAre: kind.scoresAre,
    decisions: [
      { about: "classes", choice: listed(order), why },
      { about: "scoresAre", choice: kind.scoresAre, why: kind.why },
    ],
  };
}

function fitting(
  chosen: readonly string[],
  { name, cells, file }: Target,
  wanted: number,
): readonly string[] {
  if (chosen.length !== wanted)
    throw mistake(
      `--classes names ${chosen.length}, and the model has scores for ${wanted}.`,
      "--classes",
      "name each class once, in the order of the scores",
    );
  const stranger = cells.find((cell) => !chosen.includes(cell));
  if (stranger === undefined) return chosen;
  throw mistake(
    `The target ${JSON.stringify(name)} holds ${JSON.stringify(stranger)}, which --classes does not name: ${listed(chosen)}.`,
    `${file}, column ${name}; --classes`,
    "write the labels in both the same way",
  );
}

interface Order {
  readonly order: readonly string[];
  readonly why: string;
}

/** The second class is the one whose rows score higher. */
function ofSingle(scores: Floats, { cells }: Target): Order {
  const [first = "", second = ""] = sorted(new Set(cells));
  const mean = (label: string) => {
    let [sum, count] = [0, 0];
    for (let row = 0; row < cells.length; row++)
      if (cells[row] === label) [sum, count] = [sum + scores[row]!, count + 1];
    return sum / count;
  };
  const [low, high] = mean(first) <= mean(second) ? [first, second] : [second, first];
  const why = `the score is that of ${high}: its mean is ${figure(mean(high))} in the rows of ${high}, and ${figure(mean(low))} in those of ${low}`;
  return { order: [low, high], why };
}

/** The label of most of the rows in which a score is the highest. Labels that number the scores need no proof. */
function ofSeveral(scores: Floats, width: number, { cells }: Target): Order {
  const kinds = sorted(new Set(cells));
  const counts = Array.from({ length: width }, () => new Map<string, number>());
  for (const [row, top] of decidedClasses({}, scores, cells.length).entries())
    counts[top]!.set(cells[row]!, (counts[top]!.get(cells[row]!) ?? 0) + 1);
  const hits = (order: readonly (string | undefined)[]) =>
    order.reduce((sum, label, k) => sum + ((label !== undefined && counts[k]!.get(label)) || 0), 0);
  const numbered = Array.from({ length: width }, (_, k) => String(k));
  const byRows = counts.map((of) => [...of].toSorted(([, one], [, other]) => other - one)[0]?.[0]);
  const seen = byRows.filter((label) => label !== undefined);
  const isPermutation = new Set(seen).size === seen.length;
  const share = (order: readonly (string | undefined)[]) =>
    `the highest score is the target's in ${figure(hits(order) / cells.length)} of the rows`;
  if (kinds.every((label) => numbered.includes(label)) && !(isPermutation && hits(byRows) > hits(numbered)))
    return { order: numbered, why: `the target numbers the scores from 0 on; ${share(numbered)}` };
  const left = kinds.filter((label) => !seen.includes(label));
  const gaps = byRows.filter((label) => label === undefined).length;
  if (!isPermutation || left.length !== gaps || gaps > 1)
    throw new OpenQuestion("classes", `What are the ${width} classes, in the order of the scores?`);
  const order = byRows.map((label) => label ?? left[0]!);
  return { order, why: `in the order of the scores: ${share(order)}` };
}

/** Rounding of percentages that add up to 100. */
const PERCENT = 0.1;

/** What the scores are, by their range and their sums. Logarithms of probabilities are logits, too. */
function kindOf(
  scores: Floats,
  width: number,
): { readonly scoresAre: ScoredClasses["scoresAre"]; readonly why: string } {
  if (width === 1) {
    if (scores.every((score) => score >= 0 && score <= 1))
      return { scoresAre: "probabilities", why: "from 0 to 1: the other class has the rest to 1" };
    return {
      scoresAre: "logits",
      why: `some are not from 0 to 1: their logistic function is answered; ${OTHERWISE}`,
    };
  }
  const rows = scores.length / width;
  const classes = Array.from({ length: width }, String);
  if (probabilityFault({ scores, classes, labels: new Int32Array(rows) }) === undefined)
    return { scoresAre: "probabilities", why: "from 0 to 1, and each row's add up to 1" };
  if (arePercentages(scores, width))
    return {
      scoresAre: "numbers",
      why: "they are percentages: divide them by 100 inside the model to have probabilities",
    };
  return { scoresAre: "logits", why: `they are no probabilities: their softmax is answered; ${OTHERWISE}` };
}

const OTHERWISE = 'if they are no logits, say "numbers" in the contract';

function arePercentages(scores: Floats, width: number): boolean {
  for (let from = 0; from < scores.length; from += width) {
    let sum = 0;
    for (let k = 0; k < width; k++) {
      if (scores[from + k]! < 0) return false;
      sum += scores[from + k]!;
    }
    if (Math.abs(sum - 100) > PERCENT) return false;
  }
  return true;
}
