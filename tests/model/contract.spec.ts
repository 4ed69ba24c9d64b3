import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  ContractError,
  type ContractProblem,
  contractSchemaText,
  parseContract,
} from "../../model/contract.ts";
import { servedContract } from "../../model/servedContract.ts";

type Json = Record<string, any>;

/** A contract without a fault, made anew for each test to break. */
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

/** Makes the input one of strings. */
function takeText(contract: Json): void {
  contract.inputs[0].datatype = "BYTES";
  delete contract.inputs[0].columns[0].min;
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
          fix: "use one of holdout, golden, metrics, or remove it",
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
            "must be at most 63 of letters, digits, '.', '_' and '-', with a letter or digit at either end, got \"1.0+x\"",
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
          fix: "for rows of 3: [-1, 3]",
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
          pointer: "/validation/metrics/accuracy",
          message: "is missing: a classification needs its floor",
          fix: 'say {"min": …}, a fraction from 0 to 1',
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
        },
      ],
    },
    {
      name: "an accuracy of a regression",
      break: (c) => ((c.task = "regression"), delete c.classes),
      says: [
        {
          pointer: "/validation/metrics/accuracy",
          message: "is set, but the task is regression: only a classification has an accuracy",
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
    const file = readFileSync(new URL("../../model/contract.schema.json", import.meta.url), "utf8");

    assert.equal(
      file,
      contractSchemaText(),
      "model/contract.schema.json is out of date. Run: npm run contract:schema",
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
