/** Finds what the model answers: the task, the output with the prediction, the output with the scores. Pure. */

import { toNumber } from "../common/toNumber.ts";
import type { Datatype, TensorInfo } from "../contract/index.ts";
import { count } from "../gate/report/index.ts";
import { closest } from "./closest.ts";
import { type Choices, type Decision, mistake, OpenQuestion } from "./mistake.ts";

export interface Answer {
  readonly task: "classification" | "regression";
  /** Absent if the label is made from the scores. */
  readonly prediction?: string;
  readonly scores?: string;
  readonly decisions: readonly Decision[];
}

export interface Target {
  readonly name: string;
  /** All cells. */
  readonly cells: readonly string[];
  /** The data's file, for the messages. */
  readonly file: string;
}

type Output = TensorInfo & { readonly datatype: Datatype };

/** @throws Mistake if the outputs do not fit the task; OpenQuestion if several outputs may be meant. */
export function findAnswer(
  outputs: readonly Output[],
  modelFile: string,
  target: Target,
  choices: Pick<Choices, "task" | "prediction" | "scores"> = {},
): Answer {
  requireOutput(
    outputs,
    choices.prediction,
    { flag: "prediction", what: "one value", fits: isOnePerRow },
    modelFile,
  );
  const chosen = outputs.find(({ name }) => name === choices.prediction);
  const perRow = (chosen ? [chosen] : outputs).filter(isOnePerRow);
  const labels = perRow.filter(({ datatype }) => isLabel(datatype));
  const numbers = perRow.filter(({ datatype }) => isFloat(datatype));
  const perClass = outputs.filter((output) => isFloat(output.datatype) && isSeveralPerRow(output));
  requireOutput(
    outputs,
    choices.scores,
    labels.length > 0
      ? { flag: "scores", what: "one score per class", fits: isSeveralPerRow }
      : { flag: "scores", what: "scores", fits: (output) => isOnePerRow(output) || isSeveralPerRow(output) },
    modelFile,
  );
  const kinds = new Set(target.cells);
  const where = `${modelFile}, ${outputs.map(described).join(", ")}`;
  if (labels.length === 0 && chosen === undefined && choices.task !== "regression") {
    const made = scoresAlone(perClass, numbers, { target, kinds, where, choices });
    if (made !== undefined) return made;
  }

  const task = choices.task ?? (labels.length > 0 ? "classification" : "regression");
  const candidates = task === "classification" ? labels : [...numbers, ...labels];
  if (candidates.length === 0)
    throw mistake(
      task === "classification"
        ? "The model has no output that gives one label or one score per class for each row."
        : "The model has no output that gives one number per row.",
      where,
      "export it with an output of shape [rows] or [rows, 1], or adopt it without --holdout, by golden requests alone",
    );
  if (task === "regression") refuseText(candidates[0]!, target, kinds, where);

  if (candidates.length > 1 && chosen === undefined && !(task === "regression" && numbers.length === 1))
    throw new OpenQuestion(
      "prediction",
      `Which output is the prediction: ${candidates.map(({ name }) => name).join(", ")}?`,
      candidates[0]!.name,
    );
  const prediction = candidates[0]!;
  const decisions: Decision[] = [
    {
      about: "task",
      choice: task,
      why:
        choices.task !== undefined
          ? "named by --task"
          : task === "classification"
            ? `the output ${JSON.stringify(prediction.name)} gives one ${prediction.datatype === "BYTES" ? "text" : "integer"} per row, a label`
            : `the output ${JSON.stringify(prediction.name)} gives one number per row, and the target holds ${count(kinds.size, "different number")}`,
    },
    {
      about: "prediction",
      choice: prediction.name,
      why:
        chosen !== undefined
          ? "named by --prediction"
          : `the only output with one ${task === "classification" ? "label" : "number"} per row`,
    },
  ];
  if (task === "regression") return { task, prediction: prediction.name, decisions };
  const scores = scoresOf(perClass, choices.scores);
  if (scores === undefined) {
    const why = "no output gives a number per class: no floor for rocAuc, and no invariances";
    return {
      task,
      prediction: prediction.name,
      decisions: [...decisions, { about: "scores", choice: "none", why }],
    };
  }
  const why = choices.scores === undefined ? `it gives ${described(scores)}` : "named by --scores";
  return {
    task,
    prediction: prediction.name,
    scores: scores.name,
    decisions: [...decisions, { about: "scores", choice: scores.name, why }],
  };
}

function scoresOf(perClass: readonly Output[], chosen: string | undefined): Output | undefined {
  if (chosen !== undefined) return perClass.find(({ name }) => name === chosen);
  if (perClass.length < 2) return perClass[0];
  throw new OpenQuestion(
    "scores",
    `Which output has one score per class: ${perClass.map(({ name }) => name).join(", ")}?`,
    (perClass.find(({ name }) => /prob/i.test(name)) ?? perClass[0])!.name,
  );
}

interface Asked {
  readonly target: Target;
  /** The different cells of the target. */
  readonly kinds: ReadonlySet<string>;
  readonly where: string;
  readonly choices: Pick<Choices, "task" | "scores">;
}

/**
 * The answer of a model that gives scores and no label.
 *
 * @returns undefined for a regression.
 * @throws Mistake if the target holds more classes than there are scores.
 */
function scoresAlone(
  perClass: readonly Output[],
  numbers: readonly Output[],
  { target, kinds, where, choices }: Asked,
): Answer | undefined {
  const isText = textIn(kinds) !== undefined;
  const isAsked = choices.task === "classification" || choices.scores !== undefined;
  const isSingle = numbers.some(({ name }) => name === choices.scores) || perClass.length === 0;
  if (isSingle) {
    // Two different numbers are more likely classes than the answers to a regression.
    if (numbers.length === 0 || kinds.size !== 2) return undefined;
  } else if (numbers.length > 0 && !isText && !isAsked) return undefined;
  const scores = scoresOf(isSingle ? numbers : perClass, choices.scores)!;
  const width = isSingle ? 2 : scores.shape[1]!;
  if (width !== -1 && kinds.size > width)
    throw mistake(
      `The model gives ${width} numbers per row (${JSON.stringify(scores.name)}), and the target ${JSON.stringify(target.name)} holds ${count(kinds.size, "different value")}: it has no score for each.`,
      `${target.file}, column ${target.name}; ${where}`,
      "name the column with the label as --target; several numbers per row can be adopted without --holdout, by golden requests alone",
    );
  const shown = described(scores);
  return {
    task: "classification",
    scores: scores.name,
    decisions: [
      {
        about: "task",
        choice: "classification",
        why:
          choices.task === undefined
            ? `the target holds ${count(kinds.size, "different value")}, and the model gives ${isSingle ? "a single score" : "scores"}; if it is a regression, say --task regression`
            : "named by --task",
      },
      {
        about: "prediction",
        choice: "made from the scores",
        why: "no output gives one label per row",
      },
      {
        about: "scores",
        choice: scores.name,
        why: choices.scores === undefined ? `it gives ${shown}` : "named by --scores",
      },
    ],
  };
}

const textIn = (kinds: ReadonlySet<string>) => [...kinds].find((cell) => !Number.isFinite(toNumber(cell)));

/** A regression's target is numbers. */
function refuseText({ name }: Output, target: Target, kinds: ReadonlySet<string>, where: string): void {
  const text = textIn(kinds);
  if (text !== undefined)
    throw mistake(
      `The model gives a number per row (${JSON.stringify(name)}), but the target ${JSON.stringify(target.name)} holds ${JSON.stringify(text)}.`,
      `${target.file}, column ${target.name}; ${where}`,
      "for a regression take rows whose target is a number; for a classification export the label or a score for each class",
    );
}

/** An output that a flag names. */
interface Wanted {
  readonly flag: "prediction" | "scores";
  /** What it must give for each row, in words. */
  readonly what: string;
  readonly fits: (output: Output) => boolean;
}

function requireOutput(
  outputs: readonly Output[],
  name: string | undefined,
  { flag, what, fits }: Wanted,
  file: string,
): void {
  if (name === undefined) return;
  const known = outputs.map((output) => output.name);
  const found = outputs.find((output) => output.name === name);
  if (found === undefined) {
    const near = closest(name, known);
    throw mistake(
      `The model has no output ${JSON.stringify(name)}; it has ${known.join(", ")}.`,
      `${file}, and --${flag}`,
      near.length > 0
        ? `did you mean ${near.map((candidate) => JSON.stringify(candidate)).join(" or ")}?`
        : `name one of them with --${flag}`,
    );
  }
  if (fits(found)) return;
  throw mistake(
    `The output ${described(found)} does not give ${what} for each row.`,
    `${file}, and --${flag}`,
    `name another of the outputs ${known.join(", ")}`,
  );
}

const described = ({ name, datatype, shape }: Output) =>
  `${JSON.stringify(name)} ${datatype} [${shape.join(", ")}]`;
const isOnePerRow = ({ shape }: Output) =>
  shape[0] === -1 && (shape.length === 1 || (shape.length === 2 && shape[1] === 1));
const isSeveralPerRow = ({ shape }: Output) => shape.length === 2 && shape[0] === -1 && shape[1] !== 1;
const isFloat = (datatype: Datatype) => datatype === "FP32" || datatype === "FP64";
const isLabel = (datatype: Datatype) => datatype === "BYTES" || /^U?INT/.test(datatype);
