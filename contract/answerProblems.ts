/** What prediction, scores and classes demand of the outputs and of one another. Pure. */

import type { Output, SoundParts } from "./contract.ts";
import { type ContractProblem, unsafeInteger } from "./problems.ts";

const INTEGERS = new Set(["UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64"]);

export function answerProblems(contract: SoundParts): ContractProblem[] {
  return [
    ...predictionProblems(contract),
    ...scoresProblems(contract),
    ...classesProblems(contract),
    ...decisionProblems(contract),
  ];
}

/** The output of that name. A problem if there is none; nothing if a name of the outputs is faulty. */
function named(
  outputs: SoundParts["outputs"],
  name: string | undefined,
  pointer: string,
): { output?: Output; problems: ContractProblem[] } {
  if (name === undefined || !outputs) return { problems: [] };
  const output = outputs.find((candidate) => candidate?.name === name);
  if (output) return { output, problems: [] };
  const names = outputs.map((candidate) => candidate?.name);
  if (names.includes(undefined)) return { problems: [] };
  const known = names.join(", ");
  return {
    problems: [
      { pointer, message: `is ${JSON.stringify(name)}, which is no output`, fix: `name one of ${known}` },
    ],
  };
}

function predictionProblems(contract: SoundParts): ContractProblem[] {
  const { task, outputs, prediction, classes } = contract;
  if (!("prediction" in contract)) return withoutPrediction(contract);
  const { output, problems } = named(outputs, prediction, "/prediction");
  if (!output) return problems;
  problems.push(...halfPrecision(output, "/prediction"));
  if (task !== "classification") return problems;
  const { shape, datatype } = output;
  if (shape && !shape.includes(undefined) && !/^\[-1(,1)?\]$/.test(JSON.stringify(shape))) {
    const message = `is ${JSON.stringify(prediction)} of shape ${JSON.stringify(shape)}, but a classification gives one label per row`;
    problems.push({
      pointer: "/prediction",
      message,
      fix: "name the output of shape [-1] that holds the label, and under scores the one with a score per class",
    });
  }
  if (datatype !== undefined && datatype !== "BYTES" && !INTEGERS.has(datatype) && classes === undefined) {
    problems.push({
      pointer: "/classes",
      message: `is missing, and the prediction ${JSON.stringify(prediction)} is ${datatype}: nothing says which classes there are`,
      fix: "list the class labels, or name an output of integers or strings as the prediction",
    });
  }
  return problems;
}

/** A classification without a prediction takes its label from the scores. */
function withoutPrediction(contract: SoundParts): ContractProblem[] {
  if (contract.task === undefined) return []; // it decides whether one is needed
  const pointer = "/prediction";
  if (contract.task !== "classification")
    return [{ pointer, message: "is missing", fix: "name the output that holds the answer" }];
  const lacking = (["scores", "classes"] as const).filter((key) => !(key in contract));
  if (lacking.length === 0) return [];
  return [
    {
      pointer,
      message: `is missing, and so ${lacking.length === 1 ? "is" : "are"} ${lacking.join(" and ")}`,
      fix: 'name the output that holds the label; if the model gives none, name its scores as "scores" and list the "classes" in their order',
    },
  ];
}

function scoresProblems(contract: SoundParts): ContractProblem[] {
  const { outputs, prediction, scores, scoresAre, classes } = contract;
  const { output, problems } = named(outputs, scores, "/scores");
  if (!output) return problems;
  problems.push(...halfPrecision(output, "/scores"));
  if (scores === prediction)
    problems.push({ pointer: "/scores", message: `is ${JSON.stringify(scores)}, which is the prediction` });
  if (output.datatype !== undefined && !output.datatype.startsWith("FP")) {
    problems.push({
      pointer: "/scores",
      message: `is ${JSON.stringify(scores)} of datatype ${output.datatype}, but scores are FP32 or FP64`,
    });
  }
  const perRow = output.shape?.length === 1 ? 1 : output.shape?.at(-1);
  if (classes && perRow === 1 && classes.length === 2) {
    if (scoresAre === "numbers")
      problems.push({
        pointer: "/scoresAre",
        message: `is numbers, but ${JSON.stringify(scores)} gives a single one per row, and nothing says what the other class has`,
        fix: 'say "probabilities" or "logits", whichever they are, or give both scores inside the model',
      });
  } else if (classes && perRow !== undefined && perRow > 0 && perRow !== classes.length) {
    problems.push({
      pointer: "/classes",
      message: `has ${classes.length}, but ${JSON.stringify(scores)} gives ${perRow === 1 ? "a single score" : `${perRow} scores`} per row`,
    });
  }
  return problems;
}

function halfPrecision({ name, datatype }: Output, pointer: string): ContractProblem[] {
  if (datatype !== "FP16") return [];
  return [
    {
      pointer,
      message: `is ${JSON.stringify(name)} of datatype FP16, which an answer cannot give`,
      fix: "cast it to FP32 inside the model",
    },
  ];
}

/** Labels that the prediction can never equal would make every accuracy 0. */
function classesProblems({ task, outputs, prediction, classes }: SoundParts): ContractProblem[] {
  if (classes && task !== undefined && task !== "classification") {
    return [{ pointer: "/classes", message: `has ${classes.length} labels, but the task is ${task}` }];
  }
  if (!classes) return [];
  if (prediction === undefined) return mixedLabels(classes);
  const { output } = named(outputs, prediction, "/prediction");
  if (!output?.datatype) return [];
  const text = output.datatype === "BYTES";
  return classes.flatMap((label, i) => {
    if (typeof label === "number" && !Number.isSafeInteger(label)) return [unsafeInteger(`/classes/${i}`)];
    if (label === undefined || (typeof label === "string") === text) return [];
    const message = `must be ${text ? "a string" : "an integer"}, since the prediction ${JSON.stringify(prediction)} is ${output.datatype}, got ${JSON.stringify(label)}`;
    return [{ pointer: `/classes/${i}`, message }];
  });
}

/** Labels that no output gives are of one kind, too. */
function mixedLabels(classes: NonNullable<SoundParts["classes"]>): ContractProblem[] {
  const kind = typeof classes[0];
  return classes.flatMap((label, i) => {
    const pointer = `/classes/${i}`;
    if (typeof label === "number" && !Number.isSafeInteger(label)) return [unsafeInteger(pointer)];
    if (label === undefined || kind === "undefined" || typeof label === kind) return [];
    return [
      { pointer, message: `is ${JSON.stringify(label)}, and the first is a ${kind}: labels are of one kind` },
    ];
  });
}

/** Keys about scores need scores, and a threshold needs two classes. */
function decisionProblems(contract: SoundParts): ContractProblem[] {
  const { scoresAre, decision, threshold, classes } = contract;
  const problems: ContractProblem[] = [];
  if (!("scores" in contract))
    for (const key of ["scoresAre", "decision", "threshold"] as const)
      if (key in contract)
        problems.push({
          pointer: `/${key}`,
          message: "is set, and the contract names no scores",
          fix: 'name the output with a score per class as "scores", or remove it',
        });
  if (decision === "independent" && !("prediction" in contract))
    problems.push({
      pointer: "/decision",
      message: "is independent, and the contract names no prediction",
      fix: "name the output that holds the label, or let the label follow from the scores",
    });
  if (decision === "threshold" && threshold === undefined && !("threshold" in contract))
    problems.push({
      pointer: "/threshold",
      message: "is missing, and the decision is threshold",
      fix: "say the lowest score of the second class with which a row is of it",
    });
  if (
    "threshold" in contract &&
    decision !== "threshold" &&
    !("decision" in contract && decision === undefined)
  )
    problems.push({
      pointer: "/threshold",
      message: `is set, but the decision is ${decision ?? "argmax"}`,
      fix: 'say "decision": "threshold", or remove it',
    });
  if (decision === "threshold" && classes && classes.length !== 2)
    problems.push({
      pointer: "/decision",
      message: `is threshold, which decides between two classes, and there are ${classes.length}`,
    });
  if (threshold !== undefined && scoresAre !== "numbers" && (threshold < 0 || threshold > 1))
    problems.push({
      pointer: "/threshold",
      message: `is ${threshold}, and probabilities run from 0 to 1`,
      fix: 'if the scores are no probabilities, say "scoresAre": "numbers"',
    });
  return problems;
}
