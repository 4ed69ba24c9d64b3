/** Reports to render, made without running the gate. */
import type { CheckName, Finding, Judged, Metric, NotJudged, Report } from "../../gate/report/report.ts";

const SHA256 = "0123456789abcdef".repeat(4);

export const finding = (what: string, where = "model/holdout.csv:17, column age"): Finding => ({
  what,
  where,
  fix: "mend that row",
});

export const check = (name: CheckName, found: string, more: Partial<Judged> = {}): Judged => ({
  name,
  outcome: "judged",
  found,
  objections: [],
  warnings: [],
  ...more,
});

export const unjudged = (name: CheckName, why: string, more: Partial<NotJudged> = {}): NotJudged => ({
  name,
  outcome: "notJudged",
  why,
  fault: "model",
  ...more,
});

export const metric = (more: Partial<Metric> = {}): Metric => ({
  metric: "accuracy",
  of: "all rows",
  value: 0.90733,
  interval: [0.89641, 0.91719],
  rows: 3000,
  ...more,
});

export const report = (more: Partial<Report> = {}): Report => ({
  version: 2,
  remembered: false,
  verdict: "passed",
  model: { name: "loan-approval", version: "1.0.0", sha256: SHA256 },
  checks: [check("contract", "loan-approval 1.0.0, classification"), check("loads", "in 0.02 s")],
  metrics: [],
  champion: { how: "not compared", why: "no release serves yet" },
  ...more,
});

/** A model that passes, as most do. */
export const passedReport = report({
  checks: [
    check("contract", "loan-approval 1.0.0, classification"),
    check("onnx", "33,626 bytes, opset 15, 2 operators"),
    check("loads", "in 0.02 s"),
    check("schema", "1 input, 2 outputs"),
    check("golden", "8 requests answered within 0.00001"),
    check("holdout", "3,000 rows answered"),
    check("skew", "3,000 rows within the contract's ranges"),
    check("metrics", "3 of 3 demands kept on 3,000 rows"),
    check("memory", "41 MiB, at most 256 MiB"),
  ],
  metrics: [
    metric({ demand: { kind: "min", bound: 0.85, from: "contract" } }),
    metric({ metric: "rocAuc", value: 0.96712, interval: [0.96111, 0.97313] }),
    metric({
      metric: "logLoss",
      value: 0.22874,
      interval: [0.21012, 0.24736],
      demand: { kind: "max", bound: 0.3, from: "stack" },
    }),
    metric({
      of: "age < 25",
      value: 0.87912,
      interval: [0.84102, 0.90931],
      rows: 364,
      demand: { kind: "min", bound: 0.8, from: "contract" },
    }),
  ],
  holdout: { file: "model/holdout.csv", rows: 3000, sha256: SHA256 },
});

/** A model that is refused, with a champion and warnings. */
export const refusedReport = report({
  verdict: "refused",
  checks: [
    check("contract", "loan-approval 1.0.0, classification"),
    check("golden", "8 requests, 1 difference beyond 0.00001", {
      objections: [
        {
          what: "label[0] is 1, and 0 was expected, within 0.00001.",
          where: "model/golden.json, /requests/0 (a young applicant)",
          fix: "train or export the model again; if the new answer is right, write it there",
        },
      ],
    }),
    check("metrics", "1 of 2 demands missed on 3,000 rows", {
      objections: [
        {
          what: "accuracy is 0.84996 on 3,000 rows, and at least 0.85 is demanded.",
          where: "model/contract.json, /validation/metrics/accuracy/min",
          fix: "train a better model, or change what is demanded where a reviewer sees it",
        },
      ],
      warnings: [
        {
          what: "f1 on age < 25 is 0.7912 (0.6988–0.8836 at 95 % confidence): 64 rows are too few to tell whether 0.75 is kept.",
          where: "model/contract.json, /validation/slices/0",
          fix: "put more such rows into the holdout, or lower the floor below the interval",
        },
      ],
    }),
    unjudged("invariances", "the model was not run"),
    check("weakSegments", "1 found in 96 looked at", {
      warnings: [finding("accuracy is 0.71 where age ≥ 70, and 0.85 on all rows.", "model/holdout.csv")],
    }),
  ],
  metrics: [
    metric({
      value: 0.84996,
      interval: [0.83671, 0.86229],
      demand: { kind: "min", bound: 0.85, from: "contract" },
      champion: { value: 0.90733, difference: -0.05737, interval: [-0.0701, -0.04464] },
    }),
    metric({
      metric: "calibrationError",
      value: 0.02101,
      interval: [0.01518, 0.02812],
      champion: { value: 0.03012, difference: -0.00911, interval: [-0.01713, -0.00109] },
    }),
    metric({
      metric: "f1",
      of: "age < 25",
      value: 0.79121,
      interval: [0.69881, 0.88361],
      rows: 64,
      demand: { kind: "min", bound: 0.75, from: "contract" },
    }),
  ],
  champion: { how: "judged", name: "loan-approval 0.9.0 (3f2a9c0d11e87b64)" },
  holdout: { file: "model/holdout.csv", rows: 3000, sha256: SHA256 },
});
