/** The model is better than one that always gives the same answer. Pure. */

import { figure, whole } from "../../common/shown.ts";
import type { Classified, Estimated } from "../evidence/evidence.ts";
import { failed, ran } from "../measure/measurements.ts";
import { type Estimate, interval } from "../metrics/estimate.ts";
import { estimate } from "../metrics/estimates.ts";
import { count, dispose, type Finding } from "../report/report.ts";
import { type CheckDefinition, judged, noAnswers, withoutTargets } from "./check.ts";

export const checkNaive: CheckDefinition = {
  name: "naive",
  notAsked: withoutTargets,
  judge({ contract, holdout, answers }) {
    if (!ran(answers)) return noAnswers(answers);
    const { found, what, fix = FIX } = answers.task === "classification" ? majority(answers) : mean(answers);
    const findings: readonly Finding[] =
      what === undefined
        ? []
        : [
            {
              what,
              where: holdout!.file,
              fix,
            },
          ];
    return judged(found, dispose(contract.validation?.findings?.naive ?? "refuse", findings));
  },
};

const FIX =
  "train on features that bear on the answer, look for labels or columns that were mixed up, or bring more rows";

interface Comparison {
  readonly found: string;
  readonly what?: string;
  readonly fix?: string;
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
      what: `All rows of the holdout, ${whole(labels.length)} in all, are of one class: no model is better than ${answer}.`,
      fix: "bring labelled rows of other classes",
    };
  if (interval(balanced)[0] > naive) return { found };
  return {
    found,
    what: `The model is ${better(balanced, naive, labels.length)} ${answer}: its balanced accuracy is ${withInterval(balanced)}, and ${figure(naive)} comes for free; its accuracy is ${figure(accuracy.value)}, and ${figure(largest / labels.length)} comes for free.`,
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
    what: `The model is ${better(r2, 0, answers.targets.length)} always answering the mean: its R² is ${withInterval(r2)}, and 0 comes for free.`,
  };
}

const better = ({ value }: Estimate, naive: number, rows: number) =>
  value > naive ? `not clearly better, on ${count(rows, "row")}, than` : "no better than";

function withInterval(estimate: Estimate): string {
  const [low, high] = interval(estimate);
  return `${figure(estimate.value)} (${figure(low)} to ${figure(high)})`;
}
