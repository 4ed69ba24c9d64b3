/** What a contract's `validation` demands of the task and of the other fields. Pure. */

import type { SoundParts } from "./contract.ts";
import { METRICS } from "./metricNames.ts";
import type { ContractProblem } from "./problems.ts";
import { sliceAndInvarianceProblems } from "./sliceAndInvarianceProblems.ts";

type SoundValidation = NonNullable<SoundParts["validation"]>;

const OF_REGRESSION: readonly string[] = ["mae", "rmse", "r2"];
const ALL: readonly string[] = Object.keys(METRICS);
const OF_CLASSIFICATION = ALL.filter((metric) => !OF_REGRESSION.includes(metric));
const OF_SCORES: readonly string[] = ["rocAuc", "logLoss", "calibrationError"];
const OF_PROBABILITIES: readonly string[] = ["logLoss", "calibrationError"];

export function validationProblems(contract: SoundParts): ContractProblem[] {
  const { task, validation } = contract;
  if (!validation) return [];
  const problems = holdoutProblems(contract, validation);
  if (task === "raw") return [...problems, ...rawProblems(validation)];
  if (task) problems.push(...judgedProblems(contract, validation, task));
  return [...problems, ...sliceAndInvarianceProblems(contract, validation)];
}

function holdoutProblems({ inputs }: SoundParts, { holdout }: SoundValidation): ContractProblem[] {
  if (!holdout) return [];
  const problems: ContractProblem[] = [];
  inputs?.forEach((input, i) => {
    if (input && !("columns" in input)) {
      problems.push({
        pointer: `/inputs/${i}/columns`,
        message: "is missing: the holdout's columns are matched with it",
      });
    }
    input?.columns?.forEach((column, j) => {
      if (column?.name === undefined || column.name !== holdout.target) return;
      const message = `is ${JSON.stringify(holdout.target)}, which is a feature (/inputs/${i}/columns/${j}): the model would be shown the answer`;
      problems.push({ pointer: "/validation/holdout/target", message });
    });
  });
  return problems;
}

/** The answer of a raw model has no known meaning, so only golden requests can be demanded. */
function rawProblems(validation: SoundValidation): ContractProblem[] {
  const keys = ["metrics", "classes", "slices", "champion", "invariances"] as const;
  return keys
    .filter((key) => key in validation)
    .map((key) => ({
      pointer: `/validation/${key}`,
      message: "is set, but the task is raw: only a classification or a regression is judged by it",
      fix: "remove it, or set the task",
    }));
}

function judgedProblems(
  contract: SoundParts,
  validation: SoundValidation,
  task: "classification" | "regression",
): ContractProblem[] {
  const problems: ContractProblem[] = [];
  if (!("holdout" in validation)) {
    problems.push({
      pointer: "/validation/holdout",
      message: `is missing: a ${task} is judged on labelled rows`,
      fix: 'name a CSV and its target column: {"file": "holdout.csv", "target": …}',
    });
  }
  if (!("metrics" in validation)) {
    const example =
      task === "classification"
        ? '{"accuracy": {"min": …}}, a fraction from 0 to 1'
        : '{"mae": {"max": …}}, in the target\'s unit';
    problems.push({
      pointer: "/validation/metrics",
      message: `is missing: a ${task} is judged by at least one`,
      fix: `say ${example}`,
    });
  }
  const used = usedMetrics(validation);
  const own: readonly string[] = task === "classification" ? OF_CLASSIFICATION : OF_REGRESSION;
  const other = task === "classification" ? "regression" : "classification";
  for (const { metric, pointer } of used) {
    if (own.includes(metric)) continue;
    problems.push({
      pointer,
      message: `is set, but the task is ${task}: it measures a ${other}`,
      fix: `use one of ${own.join(", ")}, or remove it`,
    });
  }
  if (task === "regression") return problems;
  const ofScores = [
    ...used.filter(({ metric }) => OF_SCORES.includes(metric)).map(({ pointer }) => pointer),
    ...(validation.invariances ?? []).map((_, i) => `/validation/invariances/${i}`),
  ];
  return [...problems, ...scoresProblems(contract, ofScores), ...probabilityProblems(contract, used)];
}

/** @param used Every metric with a demand. */
function probabilityProblems(
  { scoresAre }: SoundParts,
  used: ReturnType<typeof usedMetrics>,
): ContractProblem[] {
  if (scoresAre !== "numbers") return [];
  return used
    .filter(({ metric }) => OF_PROBABILITIES.includes(metric))
    .map(({ pointer }) => ({
      pointer,
      message: "is set, and takes scores for probabilities, but scoresAre is numbers",
      fix: "end the model with a softmax or a sigmoid, or demand rocAuc",
    }));
}

/** Every metric with a demand, and its place. */
function usedMetrics({ metrics, slices, champion }: SoundValidation) {
  const places: readonly (readonly [pointer: string, metrics: object | undefined])[] = [
    ["/validation/metrics", metrics],
    ...(slices ?? []).map((slice, i) => [`/validation/slices/${i}/metrics`, slice?.metrics] as const),
    ["/validation/champion/maxDrop", champion?.maxDrop],
  ];
  return places.flatMap(([pointer, of]) =>
    ALL.filter((metric) => of && metric in of).map((metric) => ({
      metric,
      pointer: `${pointer}/${metric}`,
    })),
  );
}

/** @param users Pointers to everything that is computed from the scores. */
function scoresProblems(contract: SoundParts, users: readonly string[]): ContractProblem[] {
  const [first] = users;
  if (first === undefined) return [];
  const problems: ContractProblem[] = [];
  if (!("scores" in contract)) {
    for (const pointer of users) {
      problems.push({
        pointer,
        message: "is computed from the scores, and the contract names none",
        fix: 'name the output that holds one score per class, as "scores", or remove this',
      });
    }
  }
  if (!("classes" in contract)) {
    problems.push({
      pointer: "/classes",
      message: `is missing, and ${first} is computed from the scores: nothing says which class each score is of`,
      fix: "list the class labels, in the order of the scores",
    });
  }
  return problems;
}
