import assert from "node:assert/strict";
import type { ServedContract } from "../../../contract/contract.ts";
import { RequestError } from "../../../service/src/problems/requestError.ts";
import { invocationReader, predictReader } from "../../../service/src/scoring/scoringRequest.ts";

type Model = Pick<ServedContract, "inputs" | "task">;

/** Two inputs, of two columns and of one. */
const TABULAR: Model = {
  task: "classification",
  inputs: [
    {
      name: "numbers",
      datatype: "FP32",
      shape: [-1, 2],
      columns: [{ name: "age", min: 18 }, { name: "income" }],
    },
    { name: "plan", datatype: "BYTES", shape: [-1, 1], columns: [{ name: "plan" }] },
  ],
};
const TEXT: Model = {
  task: "classification",
  inputs: [{ name: "text", datatype: "BYTES", shape: [-1, 1], columns: [{ name: "message" }] }],
};
const IMAGE: Model = {
  task: "classification",
  inputs: [{ name: "image", datatype: "UINT8", shape: [-1, 2, 2] }],
};
const PAIR: Model = {
  task: "raw",
  inputs: [
    { name: "left", datatype: "FP32", shape: [-1, 2] },
    { name: "right", datatype: "INT64", shape: [-1] },
  ],
};
const REPORTING: Model = {
  task: "regression",
  inputs: [{ ...TABULAR.inputs[0]!, outOfRange: "report" }],
};

const ROWS = {
  numbers: { shape: [2, 2], data: [40, 30_000, 41, 1] },
  plan: { shape: [2, 1], data: ["pro", "free"] },
};
const LISTS = [
  [40, 30_000, "pro"],
  [41, 1, "free"],
];
const OBJECTS = [
  { plan: "pro", income: 30_000, age: 40 },
  { age: 41, income: 1, plan: "free" },
];

/** What a body becomes: tensors by input, without their datatypes. */
const readBy = (model: Model, body: unknown, make = invocationReader) => {
  const { form, features } = make(model)(body);
  const tensors = Object.fromEntries(
    [...features.tensors].map(([name, { shape, data }]) => [name, { shape, data: [...data] }]),
  );
  return { form, rows: features.rows, tensors, reported: features.reported?.listed };
};

/** The faults of a body: pointers and words. */
const faultsOf = (model: Model, body: unknown, make = invocationReader) => {
  try {
    make(model)(body);
  } catch (error) {
    assert(error instanceof RequestError, String(error));
    assert.equal(error.problem.status, 422);
    return error.problem.errors.map(({ pointer, detail }) => `${pointer}: ${detail}`);
  }
  return [];
};

describe("A scoring request", () => {
  for (const { name, body } of [
    { name: "instances that are lists", body: { instances: LISTS } },
    { name: "instances that are objects", body: { instances: OBJECTS } },
    { name: "instances of both kinds", body: { instances: [LISTS[0], OBJECTS[1]] } },
    { name: "inputs that are rows", body: { inputs: LISTS } },
    {
      name: "inputs by column",
      body: { inputs: { plan: ["pro", "free"], age: [40, 41], income: [30_000, 1] } },
    },
    {
      name: "inputs by column, each value in a list of its own",
      body: { inputs: { age: [[40], [41]], income: [[30_000], 1], plan: [["pro"], ["free"]] } },
    },
    {
      name: "inputs by input",
      body: {
        inputs: {
          plan: ["pro", "free"],
          numbers: [
            [40, 30_000],
            [41, 1],
          ],
        },
      },
    },
    {
      name: "a dataframe split, with its columns in another order",
      body: {
        dataframe_split: {
          index: [7, 8],
          columns: ["plan", "income", "age"],
          data: [
            ["pro", 30_000, 40],
            ["free", 1, 41],
          ],
        },
      },
    },
    { name: "the records of a dataframe", body: { dataframe_records: OBJECTS } },
  ]) {
    it(`can have ${name}`, () => {
      const [form] = Object.keys(body);

      assert.deepEqual(readBy(TABULAR, body), { form, rows: 2, tensors: ROWS, reported: undefined });
    });
  }

  it("can have the bare values of a single column", () => {
    const tensors = { text: { shape: [3, 1], data: ["a", "b", "c"] } };

    assert.deepEqual(readBy(TEXT, { instances: ["a", ["b"], { message: "c" }] }).tensors, tensors);
    assert.deepEqual(readBy(TEXT, { inputs: ["a", "b", "c"] }).tensors, tensors);
    assert.deepEqual(readBy(TEXT, { inputs: { text: ["a", "b", "c"] } }).tensors, tensors);
    assert.deepEqual(readBy(TEXT, { inputs: { message: ["a", "b", "c"] } }).tensors, tensors);
  });

  for (const { name, model, body, tensors, rows = 2 } of [
    {
      name: "instances of the only input",
      model: IMAGE,
      body: {
        instances: [
          [
            [1, 2],
            [3, 4],
          ],
          [
            [5, 6],
            [7, 8],
          ],
        ],
      },
      tensors: { image: { shape: [2, 2, 2], data: [1, 2, 3, 4, 5, 6, 7, 8] } },
    },
    {
      name: "the only input by its name",
      model: IMAGE,
      body: {
        inputs: {
          image: [
            [
              [1, 2],
              [3, 4],
            ],
          ],
        },
      },
      tensors: { image: { shape: [1, 2, 2], data: [1, 2, 3, 4] } },
      rows: 1,
    },
    {
      name: "instances of several inputs",
      model: PAIR,
      body: {
        instances: [
          { left: [1, 2], right: 3 },
          { right: "4", left: [5, 6] },
        ],
      },
      tensors: { left: { shape: [2, 2], data: [1, 2, 5, 6] }, right: { shape: [2], data: [3n, 4n] } },
    },
    {
      name: "several inputs, of as many rows as each likes if they are not rows of a request",
      model: PAIR,
      body: { inputs: { left: [[1, 2]], right: [3, 4] } },
      tensors: { left: { shape: [1, 2], data: [1, 2] }, right: { shape: [2], data: [3n, 4n] } },
      rows: 1,
    },
  ]) {
    it(`can have, for a model without columns, ${name}`, () => {
      const read = readBy(model, body);

      assert.deepEqual([read.rows, read.tensors], [rows, tensors]);
    });
  }

  it("takes values to be reported as such", () => {
    assert.deepEqual(readBy(REPORTING, { inputs: { age: [17], income: [0] } }).reported, [
      { pointer: "/inputs/age/0", detail: "inputs.age[0] should be at least 18, got 17" },
    ]);
  });

  it("takes 10000 rows and no more", () => {
    const texts: string[] = Array(10_001).fill("");
    const images = Array.from(texts, () => [
      [0, 0],
      [0, 0],
    ]);

    assert.equal(readBy(TEXT, { inputs: { message: texts.slice(1) } }).rows, 10_000);
    assert.deepEqual(faultsOf(TEXT, { inputs: { message: texts } }), [
      "/inputs: inputs has 10001 rows, at most 10000 are taken",
    ]);
    assert.match(
      faultsOf(IMAGE, { instances: images })[0]!,
      /has a shape that may have 10000 rows at most, got \[10001,2,2\]/,
    );
  });

  it("may name TensorFlow's own signature, in that protocol", () => {
    const rows = { instances: ["a"] };
    const usual = { signature_name: "serving_default", ...rows };
    const other = { signature_name: "classify", ...rows };

    assert.equal(readBy(TEXT, usual, predictReader).rows, 1);
    assert.deepEqual(faultsOf(TEXT, other, predictReader), [
      '/signature_name: signature_name must be "serving_default", got "classify"',
    ]);
    assert.equal(faultsOf(TEXT, usual).length, 1);
  });

  const FORMS = '"dataframe_split" or "dataframe_records" or "instances" or "inputs"';
  for (const { name, model = TABULAR, body, says } of [
    {
      name: "no object",
      body: [1],
      says: [`: the body must be an object with ${FORMS}, got [1]`],
    },
    { name: "no rows", body: {}, says: [`: the body lacks ${FORMS}`] },
    {
      name: "rows in two forms",
      body: { instances: LISTS, inputs: LISTS },
      says: [": the body has instances and inputs, and must have one of them"],
    },
    {
      name: "parameters of a model that has none",
      body: { instances: LISTS, params: {} },
      says: [`/params: params is unknown, a request has ${FORMS}`],
    },
    {
      name: "no list",
      body: { instances: { age: 1 } },
      says: ['/instances: instances must be a list of one row or more, got {"age":1}'],
    },
    {
      name: "an empty list",
      body: { dataframe_records: [] },
      says: ["/dataframe_records: dataframe_records must be a list of one row or more, got []"],
    },
    {
      name: "values that do not fit",
      body: { instances: [LISTS[0], [17, 1, null], 3] },
      says: [
        "/instances/1/0: instances[1][0] (age) must be at least 18, got 17",
        "/instances/1/2: instances[1][2] (plan) must be a string, got null",
        "/instances/2: instances[2] must be a list of 3 values or an object of named features, got 3",
      ],
    },
    {
      name: "a bare value that does not fit",
      model: TEXT,
      body: { instances: ["a", 1, [2]] },
      says: [
        "/instances/1: instances[1] must be a string, got 1",
        "/instances/2/0: instances[2][0] (message) must be a string, got 2",
      ],
    },
    {
      name: "columns that are unknown, missing or there twice",
      body: { dataframe_split: { columns: ["age", "plan", "age", "a/b", 7], data: [[]] } },
      says: [
        '/dataframe_split/columns/2: dataframe_split.columns[2] ("age") is there twice',
        '/dataframe_split/columns/3: dataframe_split.columns[3] ("a/b") is unknown, the model takes age, income, plan',
        "/dataframe_split/columns/4: dataframe_split.columns[4] (7) is unknown, the model takes age, income, plan",
        '/dataframe_split/columns: dataframe_split.columns lacks "income"',
      ],
    },
    {
      name: "a value of a dataframe that does not fit, and a row that is too short",
      body: { dataframe_split: { columns: ["plan", "age", "income"], data: [["pro", 17, 1], ["pro"]] } },
      says: [
        "/dataframe_split/data/0/1: dataframe_split.data[0][1] (age) must be at least 18, got 17",
        "/dataframe_split/data/1: dataframe_split.data[1] has 1 value, the model takes 3: plan, age, income",
      ],
    },
    {
      name: "a dataframe that is none",
      body: { dataframe_split: LISTS },
      says: [
        '/dataframe_split: dataframe_split must be an object of "columns" and "data", got [[40,30000,"pro"],[41,1,"free"]]',
      ],
    },
    {
      name: "a dataframe without columns",
      body: { dataframe_split: { data: LISTS, name: 1 } },
      says: [
        '/dataframe_split/name: dataframe_split.name is unknown, there can be "columns", "data" and "index"',
        "/dataframe_split/columns: dataframe_split.columns must be a list of names, got nothing",
      ],
    },
    {
      name: "a dataframe without data",
      body: { dataframe_split: { columns: ["age"] } },
      says: ["/dataframe_split/data: dataframe_split.data must be a list of one row or more, got nothing"],
    },
    {
      name: "records that lack a column or have one more",
      body: { dataframe_records: [{ age: 40, plan: "pro", id: 7 }] },
      says: [
        "/dataframe_records/0/income: dataframe_records[0].income is missing",
        "/dataframe_records/0/id: dataframe_records[0].id is unknown, the model takes age, income, plan",
      ],
    },
    {
      name: "columns of unequal length",
      body: { inputs: { age: [40, 41], income: [1], plan: "pro" } },
      says: [
        "/inputs/income: inputs.income has 1 rows, and inputs.age has 2: all must have the same",
        '/inputs/plan: inputs.plan must be a list with an entry for each row, got "pro"',
      ],
    },
    {
      name: "columns by names that the model does not have",
      body: { inputs: { age: [40], income: [1], "a~b": [[1, 2]], __proto__x: [1] } },
      says: [
        "/inputs/a~0b: inputs.a~b is unknown, the model takes age, income, plan",
        "/inputs/__proto__x: inputs.__proto__x is unknown, the model takes age, income, plan",
        '/inputs: inputs lacks "plan"',
      ],
    },
    {
      name: "values by column or by input that do not fit",
      body: { inputs: { numbers: [[17, 1]], plan: [false] } },
      says: [
        "/inputs/numbers/0/0: inputs.numbers[0][0] (age) must be at least 18, got 17",
        "/inputs/plan/0: inputs.plan[0] must be a string, got false",
      ],
    },
    {
      name: "entries of another width",
      body: { inputs: { numbers: [[40, 1, 2], 40], plan: [["pro", 1], "free"] } },
      says: [
        "/inputs/numbers/0: inputs.numbers[0] must be a list of 2 values, got [40,1,2]",
        "/inputs/numbers/1: inputs.numbers[1] must be a list of 2 values, got 40",
        '/inputs/plan/0: inputs.plan[0] must be a value, got ["pro",1]',
      ],
    },
    {
      name: "a dataframe for a model without columns",
      model: IMAGE,
      body: { dataframe_split: { columns: [], data: [] } },
      says: [
        '/dataframe_split: dataframe_split needs columns, and the contract names none for some input: send "instances" or "inputs"',
      ],
    },
    {
      name: "a tensor of another shape",
      model: IMAGE,
      body: { instances: [[1, 2]] },
      says: [
        "/instances: instances has a shape that must be [-1,2,2] with a number from 1 in place of -1, got [1,2]",
      ],
    },
    {
      name: "lists of unequal length",
      model: IMAGE,
      body: { inputs: [[[1, 2], [3]]] },
      says: ["/inputs: inputs must hold lists of the shape [1,2,2], as the first of them are"],
    },
    {
      name: "a value in a tensor that does not fit",
      model: IMAGE,
      body: {
        instances: [
          [
            [1, 2],
            [3, 256],
          ],
        ],
      },
      says: ["/instances/0/1/1: instances[0][1][1] must be an integer from 0 to 255, got 256"],
    },
    {
      name: "a value of a named input that does not fit",
      model: PAIR,
      body: { instances: [{ left: [1, "b"], right: 0.5 }] },
      says: [
        '/instances/0/left/1: instances[0].left[1] must be a finite number, got "b"',
        "/instances/0/right: instances[0].right must be an integer from -9223372036854775808 to 9223372036854775807 (beyond 9007199254740991 as a string), got 0.5",
      ],
    },
    {
      name: "inputs that are missing, unknown or not named",
      model: PAIR,
      body: { instances: [{ left: [1, 2] }, { left: [1, 2], right: 3, other: 4 }, [1, 2]] },
      says: [
        '/instances/0: instances[0] lacks "right"',
        "/instances/1/other: instances[1].other is unknown, the model's inputs are left, right",
        "/instances/2: instances[2] must be an object of left, right, got [1,2]",
      ],
    },
    {
      name: "one tensor for two inputs",
      model: PAIR,
      body: { inputs: [[1, 2]] },
      says: ["/inputs: inputs must be an object of left, right, got [[1,2]]"],
    },
    {
      name: "inputs of unequal rows",
      model: { ...PAIR, task: "regression" as const },
      body: { inputs: { left: [[1, 2]], right: [3, 4] } },
      says: ["/inputs/right: inputs.right has 2 rows, and inputs.left has 1: all inputs must have the same"],
    },
    {
      name: "what is nested too deep",
      body: { instances: JSON.parse("[".repeat(40) + "]".repeat(40)) },
      says: [": the body is nested deeper than 32 levels"],
    },
  ]) {
    it(`is refused for ${name}`, () => {
      assert.deepEqual(faultsOf(model, body), says);
    });
  }
});
