import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { judge } from "../../gate/judge.ts";
import { objections, warnings } from "../../gate/report/report.ts";

const FOLDER = "tests/models";
const bytes = (...file: string[]) => statSync(path.join(FOLDER, ...file)).size;

/** Metrics by their rows. */
type Metrics = Readonly<Record<string, readonly string[]>>;

function classification(...classes: readonly (number | string)[]): Metrics {
  return {
    "all rows": [
      "accuracy",
      "balancedAccuracy",
      "precision",
      "recall",
      "f1",
      "rocAuc",
      "logLoss",
      "calibrationError",
    ],
    ...Object.fromEntries(classes.map((label) => [`class ${label}`, ["precision", "recall", "f1"]])),
  };
}

const DIGITS = classification(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
/** The images' corners are dark. */
const DARK_PIXELS =
  "model/holdout.csv: 3 columns hold the same value in every row: pixel_0_0 is 0, pixel_4_0 is 0, pixel_4_7 is 0.";

/** The report about each model, besides its verdict. */
const expected: Readonly<
  Record<string, { readonly metrics: Metrics; readonly warnings: readonly string[] }>
> = {
  "breast-cancer": {
    metrics: { ...classification(0, 1), "mean radius >= 12": ["accuracy"] },
    warnings: [],
  },
  diabetes: {
    metrics: { "all rows": ["mae", "rmse", "r2"], "sex is 1": ["rmse"], "40 <= age < 60": ["rmse", "mae"] },
    warnings: [
      "model/holdout.csv, column bmi: the mean absolute error is 60.5723 on the 55 rows with bmi from 25.5 to below 29, and 38.7949 on the rest.",
    ],
  },
  "digits-cnn": { metrics: DIGITS, warnings: [DARK_PIXELS] },
  "digits-mlp": { metrics: DIGITS, warnings: [DARK_PIXELS] },
  messages: { metrics: classification("billing", "delivery", "returns"), warnings: [] },
  purchases: {
    metrics: {
      ...classification("bought", "left"),
      'country is "us" or "nl"': ["accuracy"],
      'channel is "web" and visits < 5': ["accuracy"],
    },
    warnings: [
      "model/holdout.csv, columns visits and days_since_visit: accuracy is 0.7771 on the 157 rows with visits from 3 to below 4 and days_since_visit below 6, and 0.8983 on the rest.",
    ],
  },
  wine: { metrics: classification(0, 1, 2), warnings: [] },
};

describe("good models of other kinds", () => {
  it("are those of the folder", () => {
    const folders = readdirSync(FOLDER).filter((name) => !name.startsWith("_") && !name.includes("."));

    assert.deepEqual(folders.toSorted(), Object.keys(expected));
  });

  for (const [name, { metrics, warnings: warned }] of Object.entries(expected)) {
    it(`${name} passes`, async function () {
      this.timeout(60_000);

      const { report } = await judge(path.join(FOLDER, name));

      assert.deepEqual(objections(report), []);
      assert.equal(report.verdict, "passed");
      assert.deepEqual(
        warnings(report).map(({ what, where }) => `${where}: ${what}`),
        warned,
      );
      const byPart: Record<string, string[]> = {};
      for (const { metric, of } of report.metrics) (byPart[of] ??= []).push(metric);
      assert.deepEqual(byPart, metrics);
    });

    it(`${name} is small enough for a checkout`, () => {
      assert(bytes(name, "model.onnx") < 1_000_000);
      assert(bytes(name, "holdout.csv") < 300_000);
    });
  }
});
