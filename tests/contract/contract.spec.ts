import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { contractSchemaText } from "../../contract/contract.ts";
import { parseContract } from "../../contract/parseContract.ts";
import { ContractError, type ContractProblem } from "../../contract/problems.ts";
import { servedContract } from "../../contract/servedContract.ts";

type Json = Record<string, any>;

const ACCURACY = { accuracy: { min: 0.8 } };

/** A sound contract, made anew for each test to break. */
function sound(): Json {
  return {
    $schema: "./contract.schema.json",
    name: "loan-approval",
    version: "1.0.0",
    task: "classification",
    inputs: [
      {
        name: "features",
        datatype: "FP32",
        shape: [-1, 3],
        columns: [{ name: "income", min: 0 }, { name: "age", unit: "years" }, { name: "credit_score" }],
      },
    ],
    outputs: [
      { name: "label", datatype: "INT64", shape: [-1] },
      { name: "probabilities", datatype: "FP32", shape: [-1, 2] },
    ],
    prediction: "label",
    scores: "probabilities",
    classes: [0, 1],
    validation: {
      holdout: { file: "data/holdout.csv", target: "approved" },
      golden: { file: "golden.json", tolerance: 1e-5 },
      metrics: { accuracy: { min: 0.85 } },
    },
    provenance: { commit: "abc", anything: { nested: [1, null] } },
  };
}

const WITHOUT_LABEL =
  'name the output that holds the label; if the model gives none, name its scores as "scores" and list the "classes" in their order';

/** Makes the input hold strings. */
function takeText(contract: Json): void {
  contract.inputs[0].datatype = "BYTES";
  delete contract.inputs[0].columns[0].min;
}

/** Makes the model a regression of the probability. */
function estimate(contract: Json): void {
  contract.task = "regression";
  contract.prediction = "probabilities";
  delete contract.scores;
  delete contract.classes;
  contract.validation.metrics = { rmse: { max: 0.4 } };
}

function problemsOf(contract: unknown): readonly ContractProblem[] {
  try {
    parseContract(JSON.stringify(contract), "contract.json");
    return [];
  } catch (error) {
    assert(error instanceof ContractError, String(error));
    return error.problems;
  }
}

/** The problems of a contract without a prediction. */
function problemsOfScoresAlone(change: (contract: Json) => unknown): readonly ContractProblem[] {
  const contract = sound();
  delete contract.prediction;
  change(contract);
  return problemsOf(contract);
}

describe("parseContract", () => {
  it("returns what the file says", () => {
    assert.deepEqual(parseContract(JSON.stringify(sound()), "contract.json"), sound());
  });

  it("takes a contract as the image has it, without validation", () => {
    const served = servedContract(parseContract(JSON.stringify(sound()), "contract.json"));

    const { $schema: _1, validation: _2, ...rest } = sound();
    assert.deepEqual(served, rest);
    assert.deepEqual(problemsOf(served), []);
  });

  const broken: { name: string; break: (contract: Json) => unknown; says: ContractProblem[] }[] = [
    {
      name: "a missing key",
      break: (c) => delete c.version,
      says: [{ pointer: "/version", message: "is missing" }],
    },
    {
      name: "a misspelt key",
      break: (c) => (c.inputs[0].columns[1] = { name: "age", unti: "years" }),
      says: [
        {
          pointer: "/inputs/0/columns/1/unti",
          message: "is not a key that a contract has here",
          fix: 'did you mean "unit"?',
        },
      ],
    },
    {
      name: "an unknown key with a slash and a tilde",
      break: (c) => (c.validation["p99/ms~"] = 5),
      says: [
        {
          pointer: "/validation/p99~1ms~0",
          message: "is not a key that a contract has here",
          fix: "use one of holdout, golden, metrics, classes, slices, champion, budgets, limits, invariances, findings, or remove it",
        },
      ],
    },
    {
      name: "a name that is no DNS label",
      break: (c) => (c.name = "Loan_Approval"),
      says: [
        {
          pointer: "/name",
          message:
            'must be a DNS label: at most 63 of a-z, 0-9 and -, a letter first, no - at the end, got "Loan_Approval"',
        },
      ],
    },
    {
      name: "a version that no label takes",
      break: (c) => (c.version = "1.0+x"),
      says: [
        {
          pointer: "/version",
          message:
            "must have at most 63 letters, digits, '.', '_' and '-', with a letter or digit at either end, got \"1.0+x\"",
        },
      ],
    },
    {
      name: "a datatype of another vocabulary",
      break: (c) => (c.outputs[0].datatype = "int64"),
      says: [
        {
          pointer: "/outputs/0/datatype",
          message:
            'must be one of BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, FP32, FP64, BYTES, got "int64"',
          fix: 'did you mean "INT64"?',
        },
      ],
    },
    {
      name: "a dimension of -2",
      break: (c) => (c.outputs[1].shape = [-2, 2]),
      says: [{ pointer: "/outputs/1/shape/0", message: "must be at least -1, got -2" }],
    },
    {
      name: "a dimension of 0",
      break: (c) => (c.outputs[1].shape = [0, 2]),
      says: [{ pointer: "/outputs/1/shape/0", message: "is 0: a dimension is -1 (any size) or at least 1" }],
    },
    {
      name: "a floor above 1",
      break: (c) => (c.validation.metrics.accuracy.min = 85),
      says: [{ pointer: "/validation/metrics/accuracy/min", message: "must be at most 1, got 85" }],
    },
    {
      name: "a file outside the model's folder",
      break: (c) => (c.validation.golden.file = "data/../../golden.json"),
      says: [
        {
          pointer: "/validation/golden/file",
          message:
            'must be a path relative to the contract, with / between folders and without .., got "data/../../golden.json"',
        },
      ],
    },
    {
      name: "an absolute file",
      break: (c) => (c.validation.golden.file = "/etc/passwd"),
      says: [
        {
          pointer: "/validation/golden/file",
          message:
            'must be a path relative to the contract, with / between folders and without .., got "/etc/passwd"',
        },
      ],
    },
    {
      name: "a prediction that is no output",
      break: (c) => (c.prediction = "labels"),
      says: [
        {
          pointer: "/prediction",
          message: 'is "labels", which is no output',
          fix: "name one of label, probabilities",
        },
      ],
    },
    {
      name: "scores that are no output",
      break: (c) => (c.scores = "scores"),
      says: [
        {
          pointer: "/scores",
          message: 'is "scores", which is no output',
          fix: "name one of label, probabilities",
        },
      ],
    },
    {
      name: "a missing value among whole numbers",
      break: (c) => {
        c.inputs[0].datatype = "INT64";
        c.inputs[0].columns[1].missing = true;
      },
      says: [
        {
          pointer: "/inputs/0/columns/1/missing",
          message: "is true, but a INT64 column holds whole numbers, and none of them is a missing one",
          fix: "take FP32, whose NaN is a missing value, and cast inside the model",
        },
      ],
    },
    {
      name: "columns that do not fill the shape",
      break: (c) => c.inputs[0].columns.pop(),
      says: [{ pointer: "/inputs/0/columns", message: "has 2, but shape [-1,3] takes 3 per row" }],
    },
    {
      name: "columns of rows of any length",
      break: (c) => (c.inputs[0].shape = [-1, -1]),
      says: [
        {
          pointer: "/inputs/0/shape",
          message:
            "is [-1,-1], but with columns the first dimension is the rows (-1) and the others are fixed",
          fix: "for rows of 3: [-1, 3]; a model that takes a fixed number of rows is to be exported with its first dimension free",
        },
      ],
    },
    {
      name: "one name for two columns, across inputs",
      break: (c) =>
        c.inputs.push({ name: "more", datatype: "INT64", shape: [-1, 1], columns: [{ name: "age" }] }),
      says: [
        {
          pointer: "/inputs/1/columns/0/name",
          message: 'is "age", as /inputs/0/columns/1/name is: names must differ',
        },
      ],
    },
    {
      name: "one name for two inputs",
      break: (c) =>
        c.inputs.push({
          name: "features",
          datatype: "INT64",
          shape: [-1, 1],
          columns: [{ name: "children" }],
        }),
      says: [
        { pointer: "/inputs/1/name", message: 'is "features", as /inputs/0/name is: names must differ' },
      ],
    },
    {
      name: "one name for two outputs",
      break: (c) => c.outputs.push({ name: "label", datatype: "INT64", shape: [-1] }),
      says: [{ pointer: "/outputs/2/name", message: 'is "label", as /outputs/0/name is: names must differ' }],
    },
    {
      name: "min above max",
      break: (c) => (c.inputs[0].columns[0].max = -1),
      says: [{ pointer: "/inputs/0/columns/0/min", message: "is 0, above max -1" }],
    },
    {
      name: "min in a text column",
      break: (c) => (c.inputs[0].datatype = "BYTES"),
      says: [
        {
          pointer: "/inputs/0/columns/0/min",
          message: "is 0, but a BYTES column holds text, which has no min",
        },
      ],
    },
    {
      name: "number categories in a text column",
      break: (c) => (takeText(c), (c.inputs[0].columns[1].categories = ["a", 1])),
      says: [
        { pointer: "/inputs/0/columns/1/categories/1", message: "must be a string in a BYTES column, got 1" },
      ],
    },
    {
      name: "columns of half precision",
      break: (c) => (c.inputs[0].datatype = "FP16"),
      says: [
        {
          pointer: "/inputs/0/datatype",
          message: "is FP16, which an input with columns cannot have",
          fix: "cast inside the model and take FP32",
        },
      ],
    },
    ...(["INT8", "INT64", "UINT8", "UINT64"] as const).map((datatype) => ({
      name: `fractions as categories in a column of ${datatype}`,
      break: (c: Json) => {
        c.inputs[0].datatype = datatype;
        c.inputs[0].columns[1].categories = [1, 1.5, 2, -0.5];
      },
      says: [
        {
          pointer: "/inputs/0/columns/1/categories/1",
          message: `is 1.5, and a ${datatype} column holds whole numbers`,
        },
        {
          pointer: "/inputs/0/columns/1/categories/3",
          message: `is -0.5, and a ${datatype} column holds whole numbers`,
        },
      ],
    })),
    ...(["INT64", "UINT64"] as const).map((datatype) => ({
      name: `limits and categories in a column of ${datatype} of which JSON loses the last digits`,
      break: (c: Json) => {
        c.inputs[0].datatype = datatype;
        c.inputs[0].columns[0] = { name: "income", min: -(2 ** 53), max: 2 ** 53 };
        c.inputs[0].columns[1].categories = [2 ** 53 - 1, 2 ** 60, 5];
      },
      says: ["0/min", "0/max", "1/categories/1"].map((at) => ({
        pointer: `/inputs/0/columns/${at}`,
        message: "is beyond 9007199254740991, where JSON's numbers lose their last digits",
        fix: "use smaller numbers; a model over such ids needs no list or range of them",
      })),
    })),
    {
      name: "classes of which JSON loses the last digits",
      break: (c) => (c.classes = [2 ** 53, 2 ** 53 - 1]),
      says: [
        {
          pointer: "/classes/0",
          message: "is beyond 9007199254740991, where JSON's numbers lose their last digits",
          fix: "use smaller numbers; a model over such ids needs no list or range of them",
        },
      ],
    },
    {
      name: "what is said of scores, where there are none",
      break: (c) => {
        delete c.scores;
        Object.assign(c, { scoresAre: "numbers", decision: "threshold", threshold: 0.3 });
      },
      says: ["scoresAre", "decision", "threshold"].map((key) => ({
        pointer: `/${key}`,
        message: "is set, and the contract names no scores",
        fix: 'name the output with a score per class as "scores", or remove it',
      })),
    },
    {
      name: "a decision by a threshold without one",
      break: (c) => (c.decision = "threshold"),
      says: [
        {
          pointer: "/threshold",
          message: "is missing, and the decision is threshold",
          fix: "say the lowest score of the second class with which a row is of it",
        },
      ],
    },
    ...([undefined, "argmax", "independent"] as const).map((decision) => ({
      name: `a threshold by which nothing is decided: ${decision}`,
      break: (c: Json) => Object.assign(c, { threshold: 0.3, ...(decision && { decision }) }),
      says: [
        {
          pointer: "/threshold",
          message: `is set, but the decision is ${decision ?? "argmax"}`,
          fix: 'say "decision": "threshold", or remove it',
        },
      ],
    })),
    {
      name: "a threshold between three classes",
      break: (c) => {
        Object.assign(c, { decision: "threshold", threshold: 0.3, classes: [0, 1, 2] });
        c.outputs[1].shape = [-1, 3];
      },
      says: [
        {
          pointer: "/decision",
          message: "is threshold, which decides between two classes, and there are 3",
        },
      ],
    },
    ...[-0.1, 1.5].map((threshold) => ({
      name: `a threshold of ${threshold} for probabilities`,
      break: (c: Json) => Object.assign(c, { decision: "threshold", threshold }),
      says: [
        {
          pointer: "/threshold",
          message: `is ${threshold}, and probabilities run from 0 to 1`,
          fix: 'if the scores are no probabilities, say "scoresAre": "numbers"',
        },
      ],
    })),
    {
      name: "a threshold of 2 for what is said to be probabilities, and by which nothing is decided",
      break: (c) => Object.assign(c, { scoresAre: "probabilities", threshold: 2 }),
      says: [
        {
          pointer: "/threshold",
          message: "is set, but the decision is argmax",
          fix: 'say "decision": "threshold", or remove it',
        },
        {
          pointer: "/threshold",
          message: "is 2, and probabilities run from 0 to 1",
          fix: 'if the scores are no probabilities, say "scoresAre": "numbers"',
        },
      ],
    },
    {
      name: "scores, decisions and thresholds of which nobody has heard",
      break: (c) => Object.assign(c, { scoresAre: "logit", decision: "treshold", threshold: "0.3" }),
      says: [
        {
          pointer: "/scoresAre",
          message: 'must be one of probabilities, logits, numbers, got "logit"',
          fix: 'did you mean "logits"?',
        },
        {
          pointer: "/decision",
          message: 'must be one of argmax, threshold, independent, got "treshold"',
          fix: 'did you mean "threshold"?',
        },
        { pointer: "/threshold", message: 'must be a number, got "0.3"' },
      ],
    },
    {
      name: "metrics of probabilities where the scores are numbers, wherever they stand",
      break: (c) => {
        c.scoresAre = "numbers";
        c.validation.metrics = {
          rocAuc: { min: 0.9 },
          logLoss: { max: 0.5 },
          calibrationError: { max: 0.1 },
        };
        c.validation.slices = [
          { where: { region: { in: ["north"] } }, metrics: { logLoss: { max: 0.5 }, rocAuc: { min: 0.9 } } },
        ];
        c.validation.champion = { maxDrop: { calibrationError: 0.1, rocAuc: 0.1 } };
      },
      says: [
        "metrics/logLoss",
        "metrics/calibrationError",
        "slices/0/metrics/logLoss",
        "champion/maxDrop/calibrationError",
      ].map((at) => ({
        pointer: `/validation/${at}`,
        message: "is set, and takes scores for probabilities, but scoresAre is numbers",
        fix: "end the model with a softmax or a sigmoid, or demand rocAuc",
      })),
    },
    {
      name: "a label as text where the model gives integers",
      break: (c) => (c.classes = [0, "yes"]),
      says: [
        {
          pointer: "/classes/1",
          message: 'must be an integer, since the prediction "label" is INT64, got "yes"',
        },
      ],
    },
    {
      name: "a classification without a prediction that has neither scores nor classes",
      break: (c) => (delete c.prediction, delete c.scores, delete c.classes),
      says: [
        {
          pointer: "/prediction",
          message: "is missing, and so are scores and classes",
          fix: WITHOUT_LABEL,
        },
      ],
    },
    {
      name: "a classification without a prediction that lists no classes",
      break: (c) => (delete c.prediction, delete c.classes),
      says: [{ pointer: "/prediction", message: "is missing, and so is classes", fix: WITHOUT_LABEL }],
    },
    {
      name: "a regression without a prediction",
      break: (c) => (estimate(c), delete c.prediction),
      says: [
        {
          pointer: "/prediction",
          message: "is missing",
          fix: "name the output that holds the answer",
        },
      ],
    },
    {
      name: "labels of two kinds that no output gives",
      break: (c) => (delete c.prediction, (c.classes = ["no", 1])),
      says: [
        {
          pointer: "/classes/1",
          message: "is 1, and the first is a string: labels are of one kind",
        },
      ],
    },
    {
      name: "an independent label that no output gives",
      break: (c) => (delete c.prediction, (c.decision = "independent")),
      says: [
        {
          pointer: "/decision",
          message: "is independent, and the contract names no prediction",
          fix: "name the output that holds the label, or let the label follow from the scores",
        },
      ],
    },
    {
      name: "a single score that is any number",
      break: (c) => ((c.outputs[1].shape = [-1, 1]), (c.scoresAre = "numbers")),
      says: [
        {
          pointer: "/scoresAre",
          message:
            'is numbers, but "probabilities" gives a single one per row, and nothing says what the other class has',
          fix: 'say "probabilities" or "logits", whichever they are, or give both scores inside the model',
        },
      ],
    },
    {
      name: "a single score for three classes",
      break: (c) => ((c.outputs[1].shape = [-1]), (c.classes = [0, 1, 2])),
      says: [{ pointer: "/classes", message: 'has 3, but "probabilities" gives a single score per row' }],
    },
    {
      name: "more classes than scores",
      break: (c) => (c.classes = [0, 1, 2]),
      says: [{ pointer: "/classes", message: 'has 3, but "probabilities" gives 2 scores per row' }],
    },
    {
      name: "float labels without classes",
      break: (c) => ((c.outputs[0].datatype = "FP32"), delete c.classes),
      says: [
        {
          pointer: "/classes",
          message: 'is missing, and the prediction "label" is FP32: nothing says which classes there are',
          fix: "list the class labels, or name an output of integers or strings as the prediction",
        },
      ],
    },
    {
      name: "a prediction with several values per row",
      break: (c) => ((c.prediction = "probabilities"), delete c.scores),
      says: [
        {
          pointer: "/prediction",
          message: 'is "probabilities" of shape [-1,2], but a classification gives one label per row',
          fix: "name the output of shape [-1] that holds the label, and under scores the one with a score per class",
        },
      ],
    },
    {
      name: "a target that is a feature",
      break: (c) => (c.validation.holdout.target = "age"),
      says: [
        {
          pointer: "/validation/holdout/target",
          message: 'is "age", which is a feature (/inputs/0/columns/1): the model would be shown the answer',
        },
      ],
    },
    {
      name: "a classification without a floor",
      break: (c) => delete c.validation.metrics,
      says: [
        {
          pointer: "/validation/metrics",
          message: "is missing: a classification is judged by at least one",
          fix: 'say {"accuracy": {"min": …}}, a fraction from 0 to 1',
        },
      ],
    },
    {
      name: "a classification without labelled rows",
      break: (c) => delete c.validation.holdout,
      says: [
        {
          pointer: "/validation/holdout",
          message: "is missing: a classification is judged on labelled rows",
          fix: 'name a CSV and its target column: {"file": "holdout.csv", "target": …}',
        },
      ],
    },
    {
      name: "a regression without rows and bounds",
      break: (c) => (estimate(c), delete c.validation.holdout, delete c.validation.metrics),
      says: [
        {
          pointer: "/validation/holdout",
          message: "is missing: a regression is judged on labelled rows",
          fix: 'name a CSV and its target column: {"file": "holdout.csv", "target": …}',
        },
        {
          pointer: "/validation/metrics",
          message: "is missing: a regression is judged by at least one",
          fix: 'say {"mae": {"max": …}}, in the target\'s unit',
        },
      ],
    },
    {
      name: "metrics that hold none",
      break: (c) => ((c.validation.metrics = {}), (c.validation.slices = [{ where: {}, metrics: ACCURACY }])),
      says: [
        {
          pointer: "/validation/metrics",
          message: "must have at least 1 key, got {}",
          fix: "use one of accuracy, balancedAccuracy, precision, recall, f1, rocAuc, logLoss, calibrationError, mae, rmse, r2",
        },
        { pointer: "/validation/slices/0/where", message: "must have at least 1 key, got {}" },
      ],
    },
    {
      name: "a budget of nothing",
      break: (c) => (c.validation.budgets = { loadSeconds: 0 }),
      says: [{ pointer: "/validation/budgets/loadSeconds", message: "must be above 0, got 0" }],
    },
    ...[0, -1].map((stepSeconds) => ({
      name: `a limit of ${stepSeconds} s`,
      break: (c: Json) => (c.validation.limits = { stepSeconds }),
      says: [{ pointer: "/validation/limits/stepSeconds", message: `must be above 0, got ${stepSeconds}` }],
    })),
    {
      name: "a limit that is no number",
      break: (c) => (c.validation.limits = { stepSeconds: "60" }),
      says: [{ pointer: "/validation/limits/stepSeconds", message: 'must be a number, got "60"' }],
    },
    {
      name: "limits that hold none",
      break: (c) => (c.validation.limits = {}),
      says: [
        {
          pointer: "/validation/limits",
          message: "must have at least 1 key, got {}",
          fix: "use one of stepSeconds",
        },
      ],
    },
    {
      name: "a limit by another name",
      break: (c) => (c.validation.limits = { stepSeconds: 60, stepMinutes: 1 }),
      says: [
        {
          pointer: "/validation/limits/stepMinutes",
          message: "is not a key that a contract has here",
          fix: "use one of stepSeconds, or remove it",
        },
      ],
    },
    {
      name: "an action upon declared values that there is not",
      break: (c) => (c.validation.findings = { declaredValues: "refused" }),
      says: [
        {
          pointer: "/validation/findings/declaredValues",
          message: 'must be one of refuse, warn, ignore, got "refused"',
          fix: 'did you mean "refuse"?',
        },
      ],
    },
    {
      name: "a ceiling where there is a floor",
      break: (c) => (c.validation.metrics.accuracy = { max: 0.9 }),
      says: [
        { pointer: "/validation/metrics/accuracy/min", message: "is missing" },
        {
          pointer: "/validation/metrics/accuracy/max",
          message: "is not a key that a contract has here",
          fix: 'did you mean "min"?',
        },
      ],
    },
    {
      name: "metrics of a regression for a classification, wherever they stand",
      break: (c) => {
        c.validation.metrics.mae = { max: 1 };
        c.validation.slices = [{ where: { region: { in: ["north"] } }, metrics: { r2: { min: 0.5 } } }];
        c.validation.champion = { maxDrop: { rmse: 0.1, accuracy: 0 } };
      },
      says: ["metrics/mae", "slices/0/metrics/r2", "champion/maxDrop/rmse"].map((at) => ({
        pointer: `/validation/${at}`,
        message: "is set, but the task is classification: it measures a regression",
        fix: "use one of accuracy, balancedAccuracy, precision, recall, f1, rocAuc, logLoss, calibrationError, or remove it",
      })),
    },
    {
      name: "what only a classification has for a regression",
      break: (c) => {
        estimate(c);
        c.validation.metrics = { accuracy: { min: 0.9 }, rocAuc: { min: 0.9 } };
        c.validation.classes = [{ class: 1, metrics: { recall: { min: 0.5 } } }];
        c.validation.invariances = [
          { feature: "age", score: "increases" },
          { feature: "age", score: "increases", class: 1 },
        ];
      },
      says: [
        ...["accuracy", "rocAuc"].map((metric) => ({
          pointer: `/validation/metrics/${metric}`,
          message: "is set, but the task is regression: it measures a classification",
          fix: "use one of mae, rmse, r2, or remove it",
        })),
        {
          pointer: "/validation/classes",
          message: "is set, but the task is regression, which has no classes",
          fix: "remove it",
        },
        {
          pointer: "/validation/invariances/1/class",
          message: "is set, but the task is regression, which has no classes",
          fix: "remove it: the prediction itself is meant",
        },
      ],
    },
    {
      name: "a raw model that is judged by right answers",
      break: (c) => {
        c.task = "raw";
        delete c.classes;
        c.validation.slices = [{ where: { region: { in: ["north"] } }, metrics: ACCURACY }];
        c.validation.classes = [{ class: 1, metrics: { recall: { min: 0.5 } } }];
        c.validation.champion = { maxDrop: { accuracy: 0 } };
        c.validation.invariances = [{ feature: "age", score: "stays" }];
      },
      says: ["metrics", "classes", "slices", "champion", "invariances"].map((key) => ({
        pointer: `/validation/${key}`,
        message: "is set, but the task is raw: only a classification or a regression is judged by it",
        fix: "remove it, or set the task",
      })),
    },
    {
      name: "what is computed from scores, where there are none",
      break: (c) => {
        delete c.scores;
        delete c.classes;
        Object.assign(c.validation, {
          metrics: { rocAuc: { min: 0.9 }, f1: { min: 0.9 } },
          slices: [{ where: { region: { in: ["north"] } }, metrics: { logLoss: { max: 1 } } }],
          champion: { maxDrop: { calibrationError: 0.1 } },
          invariances: [{ feature: "age", score: "stays" }],
        });
      },
      says: [
        ...[
          "metrics/rocAuc",
          "slices/0/metrics/logLoss",
          "champion/maxDrop/calibrationError",
          "invariances/0",
        ].map((at) => ({
          pointer: `/validation/${at}`,
          message: "is computed from the scores, and the contract names none",
          fix: 'name the output that holds one score per class, as "scores", or remove this',
        })),
        {
          pointer: "/classes",
          message:
            "is missing, and /validation/metrics/rocAuc is computed from the scores: nothing says which class each score is of",
          fix: "list the class labels, in the order of the scores",
        },
      ],
    },
    {
      name: "floors for no class and for one twice",
      break: (c) => {
        const metrics = { recall: { min: 0.5 } };
        c.validation.classes = [
          { class: 1, metrics },
          { class: "0", metrics },
          { class: 1, metrics },
        ];
      },
      says: [
        {
          pointer: "/validation/classes/1/class",
          message: 'is "0", which is no class',
          fix: "name one of 0, 1",
        },
        {
          pointer: "/validation/classes/2/class",
          message: "is 1, as /validation/classes/0/class is",
          fix: "put the floors of a class into one entry",
        },
      ],
    },
    {
      name: "slices that take nothing, ask twice or ask for the answer",
      break: (c) => {
        const wheres = [
          { age: { from: 30, below: 30 } },
          { "a/b": { in: ["north"], from: 1, below: 2 } },
          { approved: { in: [1] } },
        ];
        c.validation.slices = wheres.map((where) => ({ where, metrics: ACCURACY }));
      },
      says: [
        {
          pointer: "/validation/slices/0/where/age",
          message: "takes no value: from 30 is not less than below 30",
          fix: "from is the lowest value that it takes, below the first that it does not",
        },
        {
          pointer: "/validation/slices/1/where/a~1b",
          message: "has in and from and below: it takes either single values or a range",
          fix: "remove one of them",
        },
        {
          pointer: "/validation/slices/2/where/approved",
          message: "is the target: a slice is chosen by what is known before the answer",
          fix: "name another column; floors for single classes stand under /validation/classes",
        },
      ],
    },
    {
      name: "a slice of a regression by its target",
      break: (c) => {
        estimate(c);
        c.validation.slices = [{ where: { approved: { below: 1 } }, metrics: { mae: { max: 1 } } }];
      },
      says: [
        {
          pointer: "/validation/slices/0/where/approved",
          message: "is the target: a slice is chosen by what is known before the answer",
          fix: "name another column",
        },
      ],
    },
    {
      name: "a range and a growth of text",
      break: (c) => {
        takeText(c);
        c.validation.slices = [
          { where: { age: { below: 25 } }, metrics: ACCURACY },
          { where: { age: { in: ["25"] } }, metrics: ACCURACY },
        ];
        c.validation.invariances = [
          { feature: "age", score: "increases" },
          { feature: "age", score: "stays" },
        ];
      },
      says: [
        {
          pointer: "/validation/slices/0/where/age",
          message: "has below, but the column is BYTES, and text has no range",
          fix: 'list the values that it takes: {"in": […]}',
        },
        {
          pointer: "/validation/invariances/0/score",
          message: 'is "increases", but "age" is BYTES, and text does not grow',
          fix: 'say "stays", or remove the entry',
        },
      ],
    },
    {
      name: "an invariance of no column and no class",
      break: (c) => (c.validation.invariances = [{ feature: "agee", score: "stays", class: 2 }]),
      says: [
        {
          pointer: "/validation/invariances/0/feature",
          message: 'is "agee", which is no column of an input',
          fix: "name one of income, age, credit_score",
        },
        {
          pointer: "/validation/invariances/0/class",
          message: "is 2, which is no class",
          fix: "name one of 0, 1",
        },
      ],
    },
    {
      name: "a holdout for inputs without columns",
      break: (c) => delete c.inputs[0].columns,
      says: [
        { pointer: "/inputs/0/columns", message: "is missing: the holdout's columns are matched with it" },
      ],
    },
  ];
  for (const { name, break: breakIt, says } of broken) {
    it(`refuses ${name}`, () => {
      const contract = sound();
      breakIt(contract);

      assert.deepEqual(problemsOf(contract), says);
    });
  }

  it("takes all that validation can hold", () => {
    const contract = sound();
    Object.assign(contract.validation, {
      metrics: { accuracy: { min: 0.85 }, rocAuc: { min: 0.9 }, logLoss: { max: 0.5 } },
      classes: [{ class: 0, metrics: { recall: { min: 0.5 } } }],
      slices: [{ where: { age: { from: 18, below: 25 }, region: { in: ["north", 3] } }, metrics: ACCURACY }],
      champion: { maxDrop: { accuracy: 0.01, calibrationError: 0.02 } },
      budgets: {
        sizeMebibytes: 10,
        loadSeconds: 2,
        memoryMebibytes: 200,
        p50Milliseconds: 1,
        p99Milliseconds: 5,
      },
      limits: { stepSeconds: 0.5 },
      invariances: [{ feature: "income", score: "increases", class: 1, tolerance: 0.01 }],
      findings: { leakage: "warn", naive: "ignore", declaredValues: "refuse" },
    });

    assert.deepEqual(problemsOf(contract), []);
  });

  for (const { fact, scores } of [
    {
      fact: "probabilities, and the class of the highest",
      scores: { scoresAre: "probabilities", decision: "argmax" },
    },
    { fact: "a threshold of probabilities", scores: { decision: "threshold", threshold: 0.3 } },
    { fact: "the lowest threshold of probabilities", scores: { decision: "threshold", threshold: 0 } },
    { fact: "the highest threshold of probabilities", scores: { decision: "threshold", threshold: 1 } },
    {
      fact: "any threshold of other numbers",
      scores: { scoresAre: "numbers", decision: "threshold", threshold: -2.5 },
    },
    { fact: "labels that do not follow from the scores", scores: { decision: "independent" } },
    { fact: "scores that are numbers", scores: { scoresAre: "numbers" } },
  ])
    it(`takes ${fact}`, () => {
      const contract: Json = { ...sound(), ...scores };
      contract["validation"].metrics = { rocAuc: { min: 0.9 } };

      assert.deepEqual(problemsOf(contract), []);
      assert.deepEqual(parseContract(JSON.stringify(contract), "contract.json"), contract);
    });

  it("takes a classification whose label is made from scores, logits or a single score", () => {
    assert.deepEqual(
      problemsOfScoresAlone(() => {}),
      [],
    );
    assert.deepEqual(
      problemsOfScoresAlone((c) => (c.scoresAre = "logits")),
      [],
    );
    assert.deepEqual(
      problemsOfScoresAlone((c) => (c.outputs[1].shape = [-1])),
      [],
    );
    assert.deepEqual(
      problemsOfScoresAlone((c) => {
        c.outputs[1].shape = [-1, 1];
        Object.assign(c, {
          scoresAre: "logits",
          decision: "threshold",
          threshold: 0.3,
          classes: ["no", "yes"],
        });
      }),
      [],
    );
  });

  it("takes a threshold of classes that are not listed", () => {
    const contract = sound();
    delete contract.classes;
    Object.assign(contract, { decision: "threshold", threshold: 0.3 });

    assert.deepEqual(problemsOf(contract), []);
  });

  it("checks no threshold against a decision that the schema refuses", () => {
    const contract = { ...sound(), decision: "treshold", threshold: 0.3 };

    assert.deepEqual(
      problemsOf(contract).map(({ pointer }) => pointer),
      ["/decision"],
    );
  });

  for (const action of ["refuse", "warn", "ignore"])
    it(`takes ${action} for declared values`, () => {
      const contract = sound();
      contract.validation.findings = { declaredValues: action };

      assert.deepEqual(problemsOf(contract), []);
    });

  it("takes numbers beyond 2^53 where no digits are lost: of floats, and as a limit without end", () => {
    const contract = sound();
    contract.inputs[0].columns[1] = { name: "age", categories: [2 ** 60, 0.5], min: -(2 ** 60) };
    assert.deepEqual(problemsOf(contract), []);

    const integers = sound();
    integers.inputs[0].datatype = "INT64";
    integers.inputs[0].columns[1] = { name: "age", min: -1e300, max: 1e300 };
    integers.inputs[0].columns[2] = { name: "credit_score", categories: [2 ** 53 - 1, -(2 ** 53) + 1] };
    assert.deepEqual(problemsOf(integers), []);
  });

  it("takes a text with a byte order mark in front, and places its errors as if there were none", () => {
    const text = JSON.stringify(sound());

    assert.deepEqual(parseContract(`\ufeff${text}`, "contract.json"), sound());
    assert.throws(() => parseContract('\ufeff{"name": }', "contract.json"), {
      message: 'contract.json:1:10 has a problem:\n  the file: is not JSON: expected a value, found "}"',
    });
  });

  it("does not walk down thousands of lists within each other", () => {
    assert.throws(() => parseContract(`{"name": ${"[".repeat(9999)}${"]".repeat(9999)}}`, "contract.json"), {
      message:
        "contract.json has a problem:\n  the file: has more than 64 arrays and objects within each other",
    });
    assert.throws(() => parseContract("[".repeat(99_999), "contract.json"), {
      message: /^contract\.json:1:100000 has a problem:\n {2}the file: is not JSON: expected /,
    });
  });

  it("takes a regression, its bounds and an invariance of its prediction", () => {
    const contract = sound();
    estimate(contract);
    contract.validation.invariances = [{ feature: "income", score: "increases" }];

    assert.deepEqual(problemsOf(contract), []);
  });

  it("takes a raw model with nothing but golden requests", () => {
    const contract = sound();
    contract.task = "raw";
    delete contract.classes;
    contract.validation = { golden: contract.validation.golden };

    assert.deepEqual(problemsOf(contract), []);
  });

  it("takes floors for classes that the contract does not list", () => {
    const contract = sound();
    delete contract.classes;
    contract.validation.classes = [{ class: 7, metrics: { recall: { min: 0.5 } } }];

    assert.deepEqual(problemsOf(contract), []);
  });

  it("checks no class against a list that the schema refuses in part", () => {
    const contract = sound();
    contract.classes = [0, 1.5];
    contract.validation.classes = [{ class: 1, metrics: { recall: { min: 0.5 } } }];

    assert.deepEqual(problemsOf(contract), [
      { pointer: "/classes/1", message: "must be an integer or a string, got 1.5" },
    ]);
  });

  it("says nothing more of what the schema refuses", () => {
    const contract = sound();
    Object.assign(contract, {
      scores: 5,
      scoresAre: true,
      decision: 7,
      threshold: null,
      classes: "0 and 1",
    });
    contract.inputs[0].columns[1] = { name: 3 };
    Object.assign(contract.validation, {
      holdout: "holdout.csv",
      metrics: { rocAuc: 0.9 },
      classes: [{ class: 1.5, metrics: 0.5 }, null],
      slices: [
        null,
        { where: 5, metrics: [] },
        { where: { age: { from: "low", below: 3 } }, metrics: ACCURACY },
      ],
      champion: { maxDrop: { rocAuc: -1 } },
      limits: 60,
      invariances: [null, { feature: "agee", score: "stays", class: 1 }],
    });

    assert.deepEqual(problemsOf(contract), [
      { pointer: "/inputs/0/columns/1/name", message: "must be a string, got 3" },
      { pointer: "/scores", message: "must be a string, got 5" },
      { pointer: "/scoresAre", message: "must be one of probabilities, logits, numbers, got true" },
      { pointer: "/decision", message: "must be one of argmax, threshold, independent, got 7" },
      { pointer: "/threshold", message: "must be a number, got null" },
      { pointer: "/classes", message: 'must be an array, got "0 and 1"' },
      { pointer: "/validation/holdout", message: 'must be an object, got "holdout.csv"' },
      { pointer: "/validation/metrics/rocAuc", message: "must be an object, got 0.9" },
      { pointer: "/validation/classes/0/class", message: "must be an integer or a string, got 1.5" },
      { pointer: "/validation/classes/0/metrics", message: "must be an object, got 0.5" },
      { pointer: "/validation/classes/1", message: "must be an object, got null" },
      { pointer: "/validation/slices/0", message: "must be an object, got null" },
      { pointer: "/validation/slices/1/where", message: "must be an object, got 5" },
      { pointer: "/validation/slices/1/metrics", message: "must be an object, got []" },
      { pointer: "/validation/slices/2/where/age/from", message: 'must be a number, got "low"' },
      { pointer: "/validation/champion/maxDrop/rocAuc", message: "must be at least 0, got -1" },
      { pointer: "/validation/limits", message: "must be an object, got 60" },
      { pointer: "/validation/invariances/0", message: "must be an object, got null" },
    ]);
  });

  it("names the file and every problem at once, more than typebox's eight, those between fields too", () => {
    const contract = sound();
    contract.name = "";
    contract.inputs[0].columns = Array.from({ length: 12 }, (_, i) => ({ name: `c${i}`, min: "low" }));
    contract.prediction = "nothing";

    assert.throws(() => parseContract(JSON.stringify(contract), "model/contract.json"), {
      name: "ContractError",
      message: [
        "model/contract.json has 15 problems:",
        '  /name: must be a DNS label: at most 63 of a-z, 0-9 and -, a letter first, no - at the end, got ""',
        ...Array.from({ length: 12 }, (_, i) => `  /inputs/0/columns/${i}/min: must be a number, got "low"`),
        "  /inputs/0/columns: has 12, but shape [-1,3] takes 3 per row",
        '  /prediction: is "nothing", which is no output',
        "    fix: name one of label, probabilities",
      ].join("\n"),
    });
  });

  for (const value of [null, 5, "text", []]) {
    it(`refuses ${JSON.stringify(value)}`, () => {
      assert.deepEqual(problemsOf(value), [
        { pointer: "", message: `must be an object, got ${JSON.stringify(value)}` },
      ]);
    });
  }

  it("places a syntax error by line and column", () => {
    assert.throws(() => parseContract('{\n  "name": "x",\n}', "model/contract.json"), {
      message:
        'model/contract.json:3:1 has a problem:\n  the file: is not JSON: expected a key in "quotes" (no comma after the last one), found "}"',
    });
  });
});

describe("contract.schema.json", () => {
  it("is what contract.ts says", () => {
    const file = readFileSync(new URL("../../contract/contract.schema.json", import.meta.url), "utf8");

    assert.equal(
      file,
      contractSchemaText(),
      "contract/contract.schema.json is out of date. Run: npm run contract:schema",
    );
  });
});

describe("the example's contract.json", () => {
  it("has no problem", () => {
    parseContract(
      readFileSync(new URL("../../model/contract.json", import.meta.url), "utf8"),
      "model/contract.json",
    );
  });
});
