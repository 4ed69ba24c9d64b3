/** Every metric by its name. Pure. */
import type { MetricName } from "../../contract/index.ts";
import type { Answers, Classified, Estimated } from "../evidence/evidence.ts";
import type { Outcome } from "../measure/measurements.ts";
import { accuracy, balancedAccuracy, ratio } from "./classification.ts";
import type { Estimate } from "./estimate.ts";
import { calibrationError, logLoss } from "./probabilities.ts";
import { mae, r2, rmse } from "./regression.ts";
import { rocAuc } from "./rocAuc.ts";

type Of<A> = (answers: A) => Outcome<Estimate>;

const ofClasses = (metric: Of<Classified>) => (answers: Answers) =>
  answers.task === "classification" ? metric(answers) : { error: "the task is regression" };
const ofNumbers = (metric: Of<Estimated>) => (answers: Answers) =>
  answers.task === "regression" ? metric(answers) : { error: "the task is classification" };

const METRIC_FUNCTIONS: Record<MetricName, Of<Answers>> = {
  accuracy: ofClasses(accuracy),
  balancedAccuracy: ofClasses(balancedAccuracy),
  precision: ofClasses((answers) => ratio(answers, "precision")),
  recall: ofClasses((answers) => ratio(answers, "recall")),
  f1: ofClasses((answers) => ratio(answers, "f1")),
  rocAuc: ofClasses(rocAuc),
  logLoss: ofClasses(logLoss),
  calibrationError: ofClasses(calibrationError),
  mae: ofNumbers(mae),
  rmse: ofNumbers(rmse),
  r2: ofNumbers(r2),
};

/** Kept, since several checks need the same metrics of the same answers, which do not change. */
const known = new WeakMap<Answers, Map<MetricName, Outcome<Estimate>>>();

/** @returns The metric on these rows (at least one), or why there is no value. */
export function estimate(answers: Answers, metric: MetricName): Outcome<Estimate> {
  const ofAnswers = known.get(answers) ?? new Map<MetricName, Outcome<Estimate>>();
  known.set(answers, ofAnswers);
  const found = ofAnswers.get(metric) ?? METRIC_FUNCTIONS[metric](answers);
  ofAnswers.set(metric, found);
  return found;
}

/** The metric that says most if the contract names none. */
export const mainMetric = ({ task }: Answers): MetricName => (task === "regression" ? "rmse" : "accuracy");
