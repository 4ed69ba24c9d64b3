/** The metrics that the gate measures on the holdout: `min` if a higher value is better, `max` if a lower one is. */
export const METRICS = {
  accuracy: "min",
  balancedAccuracy: "min",
  precision: "min",
  recall: "min",
  f1: "min",
  rocAuc: "min",
  logLoss: "max",
  calibrationError: "max",
  mae: "max",
  rmse: "max",
  r2: "min",
} as const;

export type MetricName = keyof typeof METRICS;
