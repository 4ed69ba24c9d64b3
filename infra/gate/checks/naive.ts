/** The model is better than one that always gives the same answer. Pure. */
import type { CheckFunction, Classified, Estimated } from "../evidence.ts";
import { failed } from "../measurements.ts";
import { type Estimate, interval } from "../metrics/estimate.ts";
import { estimate } from "../metrics/estimates.ts";
import { figure } from "../metrics/figure.ts";
import { notJudged } from "../notJudged.ts";
import { count, dispose, type Finding } from "../report.ts";

export const checkNaive: CheckFunction = ({ contract, holdout, answers }) => {
  if (holdout === undefined || contract.task === "raw") return undefined;
  if (answers === undefined) return notJudged("naive", "the model did not answer the holdout");
  const { found, what } = answers.task === "classification" ? majority(answers) : mean(answers);
  const findings: readonly Finding[] =
    what === undefined
      ? []
      : [
          {
            what,
            where: holdout.file,
            fix: "train on features that bear on the answer, look for labels or columns that were mixed up, or bring more rows",
          },
        ];
  return {
    name: "naive",
    found,
    ...dispose(contract.validation?.findings?.naive ?? "refuse", findings),
  };
};

/** What was found, and what is wrong with it, if anything. */
interface Comparison {
  readonly found: string;
  readonly what?: string;
}

function majority(answers: Classified): Comparison {
  const { classes, labels } = answers;
  const sizes = classes.map((_, k) => labels.reduce((size, label) => size + Number(label === k), 0));
  const occurring = sizes.filter((size) => size > 0).length;
  const largest = Math.max(...sizes);
  const answer = `always answering ${classes[sizes.indexOf(largest)]}`;
  const balanced = estimate(answers, "balancedAccuracy");
  const accuracy = estimate(answers, "accuracy");
  if (failed(balanced) || failed(accuracy)) return { found: `no better than ${answer}` }; // neither can fail
  const naive = 1 / occurring;
  const found = `balanced accuracy ${figure(balanced.value)}, and ${figure(naive)} by ${answer}`;
  if (occurring === 1)
    return {
      found,
      what: `The holdout's ${count(labels.length, "row")} are all of one class: no model is better than ${answer}.`,
    };
  if (interval(balanced)[0] > naive) return { found };
  return {
    found,
    what: `The model is ${judged(balanced, naive, labels.length)} ${answer}: its balanced accuracy is ${withInterval(balanced)}, and ${figure(naive)} comes for nothing; its accuracy is ${figure(accuracy.value)}, and ${figure(largest / labels.length)} comes for nothing.`,
  };
}

function mean(answers: Estimated): Comparison {
  const r2 = estimate(answers, "r2");
  if (failed(r2))
    return {
      found: `no R²: ${r2.error}`,
      what: `No model is better than always answering the mean: ${r2.error}.`,
    };
  const found = `R² ${figure(r2.value)}, and 0 by always answering the mean`;
  if (interval(r2)[0] > 0) return { found };
  return {
    found,
    what: `The model is ${judged(r2, 0, answers.targets.length)} always answering the mean: its R² is ${withInterval(r2)}, and 0 comes for nothing.`,
  };
}

const judged = ({ value }: Estimate, naive: number, rows: number) =>
  value > naive ? `not surely better, on ${count(rows, "row")}, than` : "no better than";

function withInterval(estimate: Estimate): string {
  const [low, high] = interval(estimate);
  return `${figure(estimate.value)} (${figure(low)} to ${figure(high)})`;
}
