/** Finds from the answers which class each score is for. Pure. */
import type { TensorData } from "../contract/index.ts";
import type { Target } from "./findAnswer.ts";
import { listed } from "./labelledRows.ts";
import { type Decision, mistake, OpenQuestion } from "./mistake.ts";

export interface Classes {
  /** In the order of the scores, if there are any. */
  readonly classes: readonly (number | string)[];
  /** Whether there is one score per class. */
  readonly scored: boolean;
  /** The label does not follow from the scores. */
  readonly independent?: true;
  readonly decisions: readonly Decision[];
}

/**
 * A row's highest score is its label's, so the rows show which score is whose. If it is clear which classes no row has,
 * they are filled in, in their order.
 *
 * @param labels The model's labels, one per row.
 * @param scores One per row and class, row-major. `areNamed`: a person has said that these are the scores.
 * @throws Mistake if model and data name the classes differently; OpenQuestion if a class is in neither.
 */
export function classOrder(
  labels: TensorData,
  scores: TensorData | undefined,
  target: Target,
  chosen?: readonly string[],
  { areNamed = false } = {},
): Classes {
  const isText = Array.isArray(labels);
  const toLabel = (text: string) => (isText ? text : Number(text));
  const given = new Set(Array.from(labels as ArrayLike<unknown>, String));
  const wanted = new Set(target.cells);
  if (![...wanted].some((cell) => given.has(cell)))
    throw mistake(
      `The model answers ${sortedList(given)}, and the target ${JSON.stringify(target.name)} holds ${sortedList(wanted)}: they have no label in common.`,
      `${target.file}, column ${target.name}`,
      `write the labels as the model gives them, in pandas: df[${JSON.stringify(target.name)}] = df[${JSON.stringify(target.name)}].map({…})`,
    );
  const known = sorted(new Set([...given, ...wanted]));
  if (chosen !== undefined)
    return {
      classes: chosen.map(toLabel),
      scored: scores !== undefined,
      decisions: [ofClasses(chosen, "named by --classes, in that order")],
    };
  if (scores === undefined)
    return {
      classes: known.map(toLabel),
      scored: false,
      decisions: [ofClasses(known, "the labels that the model answers and the target holds, in order")],
    };

  const width = scores.length / labels.length;
  const byScore = highest(labels, scores, width);
  const seen = byScore?.filter((label) => label !== undefined);
  if (byScore === undefined || new Set(seen).size !== seen!.length) {
    if (areNamed && width === known.length)
      return {
        classes: known.map(toLabel),
        scored: true,
        independent: true,
        decisions: [
          {
            about: "decision",
            choice: "independent",
            why: "the highest score is not the label's, so the label does not follow from the named scores",
          },
          ofClasses(
            known,
            "in order: check that this is the order of the scores, since the rows do not show it",
          ),
        ],
      };
    const why =
      "its highest value does not go with the label, so it does not hold one score per class: it is left out";
    return {
      classes: known.map(toLabel),
      scored: false,
      decisions: [
        { about: "scores", choice: "none", why },
        ofClasses(known, "the labels that the model answers and the target holds, in order"),
      ],
    };
  }
  const left = known.filter((label) => !seen!.includes(label));
  const gaps = byScore.filter((label) => label === undefined).length;
  if (left.length !== gaps)
    throw new OpenQuestion(
      "classes",
      `What are the ${width} classes, in the order of the scores? ${shownOrder(byScore)}`,
      left.length < gaps || width > MOST_SHOWN ? undefined : byScore.map((label) => label ?? "?").join(","),
    );
  const classes = byScore.map((label) => label ?? left.shift()!);
  return {
    classes: classes.map(toLabel),
    scored: true,
    decisions: [
      ofClasses(
        classes,
        gaps === 0
          ? "in the order of the scores: each row's highest score goes with its label"
          : "in the order of the scores, as far as the rows show it; the rest in their own order",
      ),
    ],
  };
}

const MOST_SHOWN = 20;

/** `The rows show that score 1 is for cat; they show nothing about one score.` */
function shownOrder(byScore: readonly (string | undefined)[]): string {
  const known = byScore.flatMap((label, i) =>
    label === undefined ? [] : [`score ${i + 1} is for ${label}`],
  );
  const unknown = byScore.length - known.length;
  if (known.length === 0) return "The rows show none of them.";
  const few = known.slice(0, 5).join(", ");
  const rest = known.length > 5 ? ` and ${known.length - 5} more` : "";
  const open =
    unknown === 0 ? "" : `; they show nothing about ${unknown === 1 ? "one score" : `${unknown} scores`}`;
  return `The rows show that ${few}${rest}${open}.`;
}

const ofClasses = (classes: readonly string[], why: string): Decision => ({
  about: "classes",
  choice: listed(classes),
  why,
});

/** For each score, the label of the rows in which it is the highest, if there are any. Undefined if rows differ. */
function highest(labels: TensorData, scores: TensorData, width: number): (string | undefined)[] | undefined {
  const found: (string | undefined)[] = Array.from({ length: width });
  for (let row = 0; row < labels.length; row++) {
    let top = 0;
    let ties = 0;
    for (let k = 1; k < width; k++) {
      const [value, best] = [Number(scores[row * width + k]), Number(scores[row * width + top])];
      if (value === best) ties++;
      else if (value > best) [top, ties] = [k, 0];
    }
    if (ties > 0) continue; // either may be the label
    const label = String(labels[row]);
    if (found[top] !== undefined && found[top] !== label) return undefined;
    found[top] = label;
  }
  return found;
}

/** In the order of numbers if all are, otherwise of text. */
export function sorted(labels: ReadonlySet<string>): string[] {
  const numeric = [...labels].every((label) => label.trim() !== "" && Number.isFinite(Number(label)));
  return numeric ? [...labels].toSorted((a, b) => Number(a) - Number(b)) : [...labels].toSorted();
}

const sortedList = (labels: ReadonlySet<string>) => listed(sorted(labels).map((label) => label || '""'));
