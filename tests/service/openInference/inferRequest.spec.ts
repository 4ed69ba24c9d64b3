import assert from "node:assert/strict";
import type { ServedContract } from "../../../contract/contract.ts";
import type { Datatype } from "../../../contract/datatypes.ts";
import type { Tensor } from "../../../contract/tensors.ts";
import { inferReader } from "../../../service/src/openInference/inferRequest.ts";
import { RequestError } from "../../../service/src/problems/requestError.ts";
import { floats, numbers } from "../../support/binaryRequests.ts";
import { contract } from "../../support/serviceApp.ts";

type Model = Pick<ServedContract, "inputs" | "outputs" | "task">;

const read = inferReader(contract);
const features = { name: "features", datatype: "FP32", shape: [2, 3], data: [1, 20, 3, 4, 50, 6] };

function refusal(
  model: Model,
  body: unknown,
  binary?: Uint8Array,
): { detail: string; errors: readonly unknown[] } {
  const reader = inferReader(model);
  try {
    reader(body, binary);
  } catch (error) {
    assert(error instanceof RequestError, String(error));
    assert.equal(error.problem.status, 422);
    return { detail: error.problem.detail, errors: error.problem.errors };
  }
  assert.fail("was read");
}

/** A model that takes one tensor `x` and gives `y` and `z`. */
const taking = (datatype: Datatype, shape: number[] = [-1]): Model => ({
  task: "raw",
  inputs: [{ name: "x", datatype, shape }],
  outputs: [
    { name: "y", datatype: "FP32", shape: [-1] },
    { name: "z", datatype: "FP32", shape: [-1] },
  ],
});

/** The tensor that a model takes from values of the shape. */
function tensor(datatype: Datatype, data: unknown, shape: number[], declared = shape): Tensor {
  const { tensors } = inferReader(taking(datatype, declared))({
    inputs: [{ name: "x", datatype, shape, data }],
  });
  return tensors.get("x")!;
}

const named = (change: object) => ({ inputs: [{ ...features, ...change }] });
const two = (task: Model["task"]): Model => ({
  ...taking("FP32"),
  task,
  inputs: [
    { name: "a", datatype: "FP32", shape: [-1] },
    { name: "b", datatype: "FP32", shape: [-1, 1] },
  ],
});

describe("inferReader", () => {
  it("reads tensors, and asks for all outputs where none are named", () => {
    assert.deepEqual(read({ id: "7", parameters: { trace: true }, inputs: [features] }), {
      id: "7",
      tensors: new Map([
        ["features", { datatype: "FP32", shape: [2, 3], data: Float32Array.of(1, 20, 3, 4, 50, 6) }],
      ]),
      outputs: [
        { name: "label", binary: false },
        { name: "probabilities", binary: false },
      ],
    });
  });

  for (const { outputs, parameters, wanted } of [
    { outputs: [], wanted: { label: false, probabilities: false } },
    {
      outputs: [{ name: "probabilities", parameters: { binary_data: false } }],
      wanted: { probabilities: false },
    },
    {
      outputs: [{ name: "probabilities" }, { name: "label" }],
      wanted: { probabilities: false, label: false },
    },
    {
      outputs: [{ name: "probabilities", parameters: { binary_data: true } }, { name: "label" }],
      wanted: { probabilities: true, label: false },
    },
    { parameters: { binary_data_output: true }, wanted: { label: true, probabilities: true } },
    {
      parameters: { binary_data_output: true },
      outputs: [{ name: "probabilities", parameters: { binary_data: false } }, { name: "label" }],
      wanted: { probabilities: false, label: true },
    },
  ]) {
    it(`asks for ${JSON.stringify(wanted)} where outputs is ${JSON.stringify(outputs)} and parameters ${JSON.stringify(parameters)}`, () => {
      const request = read({
        inputs: [features],
        ...(outputs && { outputs }),
        ...(parameters && { parameters }),
      });

      assert.deepEqual(
        request.outputs,
        Object.entries(wanted).map(([name, binary]) => ({ name, binary })),
      );
    });
  }

  it("takes inputs in any order", () => {
    const both: Model = {
      ...taking("FP32"),
      inputs: [
        { name: "a", datatype: "INT8", shape: [1] },
        { name: "b", datatype: "BYTES", shape: [-1] },
      ],
    };

    const { tensors } = inferReader(both)({
      inputs: [
        { name: "b", datatype: "BYTES", shape: [2], data: ["x", "y"] },
        { name: "a", datatype: "INT8", shape: [1], data: [-5] },
      ],
    });

    assert.deepEqual(
      tensors,
      new Map<string, Tensor>([
        ["a", { datatype: "INT8", shape: [1], data: Int8Array.of(-5) }],
        ["b", { datatype: "BYTES", shape: [2], data: ["x", "y"] }],
      ]),
    );
  });

  for (const { datatype, values, data } of [
    { datatype: "BOOL", values: [true, false, 1, 0], data: Uint8Array.of(1, 0, 1, 0) },
    { datatype: "UINT8", values: [0, 255], data: Uint8Array.of(0, 255) },
    { datatype: "UINT16", values: [65_535], data: Uint16Array.of(65_535) },
    { datatype: "UINT32", values: [4_294_967_295], data: Uint32Array.of(4_294_967_295) },
    {
      datatype: "UINT64",
      values: [7, "18446744073709551615"],
      data: BigUint64Array.of(7n, 18446744073709551615n),
    },
    { datatype: "INT8", values: [-128, 127], data: Int8Array.of(-128, 127) },
    { datatype: "INT16", values: [-32_768], data: Int16Array.of(-32_768) },
    { datatype: "INT32", values: [-2_147_483_648], data: Int32Array.of(-2_147_483_648) },
    {
      datatype: "INT64",
      values: [-7, "9223372036854775807"],
      data: BigInt64Array.of(-7n, 9223372036854775807n),
    },
    { datatype: "FP16", values: [1, -0.5, 65_504], data: Uint16Array.of(0x3c00, 0xb800, 0x7bff) },
    { datatype: "FP32", values: [0.1, -1e38], data: Float32Array.of(0.1, -1e38) },
    { datatype: "FP64", values: [0.1, 1e308], data: Float64Array.of(0.1, 1e308) },
    { datatype: "BYTES", values: ["", "é"], data: ["", "é"] },
  ] satisfies { datatype: Datatype; values: unknown[]; data: Tensor["data"] }[]) {
    it(`reads ${datatype} from ${JSON.stringify(values)}`, () => {
      assert.deepEqual(tensor(datatype, values, [values.length], [-1]), {
        datatype,
        shape: [values.length],
        data,
      });
    });
  }

  for (const { shape, data } of [
    { shape: [2, 1, 3], data: [1, 2, 3, 4, 5, 6] },
    { shape: [2, 1, 3], data: [[[1, 2, 3]], [[4, 5, 6]]] },
    { shape: [6], data: [1, 2, 3, 4, 5, 6] },
    { shape: [1, 1], data: [[1]] },
    { shape: [], data: [1] },
  ]) {
    it(`reads ${JSON.stringify(data)} as the shape [${shape}]`, () => {
      assert.deepEqual([...tensor("INT8", data, shape).data], data.flat(3));
    });
  }

  for (const { datatype, refuses, says } of [
    { datatype: "BOOL", refuses: [2, "true", null], says: "must be true or false" },
    { datatype: "UINT8", refuses: [-1, 256, 0.5, true], says: "must be an integer from 0 to 255" },
    {
      datatype: "INT64",
      refuses: [2 ** 53, "9223372036854775808", "x"],
      says: "must be an integer from -9223372036854775808 to 9223372036854775807 (beyond 9007199254740991 as a string)",
    },
    { datatype: "FP16", refuses: [65_520, -1e5], says: "must be within the range of float16" },
    { datatype: "FP16", refuses: ["1", 1 / 0], says: "must be a finite number" },
    { datatype: "FP32", refuses: [1e39], says: "must be within the range of float32" },
    { datatype: "FP64", refuses: [Infinity, "1", null], says: "must be a finite number" },
    { datatype: "BYTES", refuses: [1, null], says: "must be a string" },
    {
      datatype: "BYTES",
      refuses: ["\ud800", "a\udfff", "a\0b"],
      says: "must be a string without U+0000 and lone surrogates",
    },
  ] satisfies { datatype: Datatype; refuses: unknown[]; says: string }[]) {
    it(`refuses for ${datatype} what is not so: ${says}`, () => {
      for (const value of refuses) {
        const got = typeof value === "number" ? String(value) : JSON.stringify(value);
        const detail = `inputs[0].data[0] ${says}, got ${got}`;
        assert.deepEqual(
          refusal(taking(datatype), { inputs: [{ name: "x", datatype, shape: [1], data: [value] }] }),
          { detail, errors: [{ pointer: "/inputs/0/data/0", detail }] },
        );
      }
    });
  }

  const fits = "[-1,3] with a number from 1 in place of -1";
  const six = "must hold the 6 values of the shape [2,3], flat or nested as it says";
  for (const { body, pointer, detail } of [
    { body: [], pointer: "", detail: 'the body must be an object with "inputs", got []' },
    { body: {}, pointer: "/inputs", detail: "inputs is missing" },
    {
      body: { inputs: { features } },
      pointer: "/inputs",
      detail: /^inputs must be a list, got \{"features":/,
    },
    { body: { inputs: [] }, pointer: "/inputs", detail: 'inputs lack "features"' },
    {
      body: { inputs: [features, 5] },
      pointer: "/inputs/1",
      detail: "inputs[1] must be an object with a name, got 5",
    },
    {
      body: { inputs: [features, { name: "age" }] },
      pointer: "/inputs/1/name",
      detail: 'inputs[1].name is "age", and the model\'s inputs are features',
    },
    {
      body: { inputs: [features, features] },
      pointer: "/inputs/1/name",
      detail: 'inputs[1].name is "features", as that of another is',
    },
    { body: { id: 7, inputs: [features] }, pointer: "/id", detail: "id must be a string, got 7" },
    {
      body: { inputs: [features], outputs: "label" },
      pointer: "/outputs",
      detail: 'outputs must be a list, got "label"',
    },
    {
      body: { inputs: [features], outputs: [{ name: "labels" }] },
      pointer: "/outputs/0/name",
      detail: 'outputs[0].name is "labels", and the model\'s outputs are label, probabilities',
    },
    {
      body: named({ datatype: "FP64" }),
      pointer: "/inputs/0/datatype",
      detail: 'inputs[0].datatype must be "FP32", got "FP64"',
    },
    {
      body: named({ shape: undefined }),
      pointer: "/inputs/0/shape",
      detail: `inputs[0].shape must be ${fits}, got nothing`,
    },
    {
      body: named({ shape: [2, 4] }),
      pointer: "/inputs/0/shape",
      detail: `inputs[0].shape must be ${fits}, got [2,4]`,
    },
    {
      body: named({ shape: [3] }),
      pointer: "/inputs/0/shape",
      detail: `inputs[0].shape must be ${fits}, got [3]`,
    },
    {
      body: named({ shape: [2, 3, 1] }),
      pointer: "/inputs/0/shape",
      detail: `inputs[0].shape must be ${fits}, got [2,3,1]`,
    },
    {
      body: named({ shape: [-1, 3] }),
      pointer: "/inputs/0/shape",
      detail: `inputs[0].shape must be ${fits}, got [-1,3]`,
    },
    {
      body: named({ shape: [0, 3], data: [] }),
      pointer: "/inputs/0/shape",
      detail: `inputs[0].shape must be ${fits}, got [0,3]`,
    },
    {
      body: named({ shape: [1.5, 3] }),
      pointer: "/inputs/0/shape",
      detail: `inputs[0].shape must be ${fits}, got [1.5,3]`,
    },
    {
      body: named({ shape: [10_001, 3] }),
      pointer: "/inputs/0/shape",
      detail: "inputs[0].shape may have 10000 rows at most, got [10001,3]",
    },
    {
      body: named({ data: undefined }),
      pointer: "/inputs/0/data",
      detail: "inputs[0].data must be a list, got nothing",
    },
    { body: named({ data: [1, 20, 3] }), pointer: "/inputs/0/data", detail: `inputs[0].data ${six}` },
    {
      body: named({
        data: [
          [1, 20, 3],
          [4, 50],
        ],
      }),
      pointer: "/inputs/0/data",
      detail: `inputs[0].data ${six}`,
    },
    {
      body: named({ data: [[1, 20, 3], 4] }),
      pointer: "/inputs/0/data",
      detail: `inputs[0].data ${six}`,
    },
    {
      body: named({ shape: [1, 3], data: [[[1], [20], [3]]] }),
      pointer: "/inputs/0/data/0/0",
      detail: "3 values do not fit the model",
    },
    {
      body: named({ data: [1, 20, 3, 4, 17, 6] }),
      pointer: "/inputs/0/data/4",
      detail: "inputs[0].data[4] (age) must be at least 18, got 17",
    },
    {
      body: named({
        data: [
          [1, 20, 3],
          [4, 17, 6],
        ],
      }),
      pointer: "/inputs/0/data/1/1",
      detail: "inputs[0].data[1][1] (age) must be at least 18, got 17",
    },
  ]) {
    it(`refuses ${JSON.stringify(body)}: ${detail}`, () => {
      const { detail: said, errors } = refusal(contract, body);

      if (typeof detail === "string") assert.equal(said, detail);
      else assert.match(said, detail);
      assert.equal((errors[0] as { pointer: string }).pointer, pointer);
    });
  }

  it("names all that is at fault", () => {
    const { detail, errors } = refusal(contract, {
      id: 1,
      inputs: [{ ...features, datatype: "INT64", shape: [1], data: 5 }],
      outputs: [null],
    });

    assert.equal(detail, "5 values do not fit the model");
    assert.deepEqual(errors, [
      { pointer: "/id", detail: "id must be a string, got 1" },
      { pointer: "/inputs/0/datatype", detail: 'inputs[0].datatype must be "FP32", got "INT64"' },
      { pointer: "/inputs/0/shape", detail: `inputs[0].shape must be ${fits}, got [1]` },
      { pointer: "/inputs/0/data", detail: "inputs[0].data must be a list, got 5" },
      { pointer: "/outputs/0", detail: "outputs[0] must be an object with a name, got null" },
    ]);
  });

  const uneven = {
    inputs: [
      { name: "a", datatype: "FP32", shape: [2], data: [1, 2] },
      { name: "b", datatype: "FP32", shape: [3, 1], data: [1, 2, 3] },
    ],
  };

  it("holds binary integers of 64 bits against the contract's limits, exactly", () => {
    const limited: Model = {
      ...taking("INT64"),
      inputs: [
        {
          name: "x",
          datatype: "INT64",
          shape: [-1, 2],
          columns: [
            { name: "a", min: 0, max: 2 ** 53 },
            { name: "b", categories: [1, 2] },
          ],
        },
      ],
    };
    const body = {
      inputs: [{ name: "x", datatype: "INT64", shape: [2, 2], parameters: { binary_data_size: 32 } }],
    };
    const good = numbers("setBigInt64", 8, [2n ** 53n, 2n, 0n, 1n]);
    const outside = numbers("setBigInt64", 8, [2n ** 53n + 1n, 3n, -1n, -(2n ** 63n)]);

    assert.deepEqual(
      inferReader(limited)(body, good).tensors.get("x")?.data,
      BigInt64Array.of(2n ** 53n, 2n, 0n, 1n),
    );
    assert.deepEqual(refusal(limited, body, outside), {
      detail: "4 values do not fit the model",
      errors: [
        "inputs[0] binary data[0][0] (a) must be at most 9007199254740992, got 9007199254740993",
        "inputs[0] binary data[0][1] (b) must be one of 1, 2, got 3",
        "inputs[0] binary data[1][0] (a) must be at least 0, got -1",
        "inputs[0] binary data[1][1] (b) must be one of 1, 2, got -9223372036854775808",
      ].map((detail) => ({ pointer: "/inputs/0", detail })),
    });
  });

  describe("holds numbers against the contract's limits as FP32 has them", () => {
    const limited: Model = {
      ...taking("FP32"),
      inputs: [
        {
          name: "x",
          datatype: "FP32",
          shape: [-1, 3],
          columns: [
            { name: "a", min: 0.3602 },
            { name: "b", max: 0.1 },
            { name: "c", categories: [0.1, 2] },
          ],
        },
      ],
    };
    const given = { name: "x", datatype: "FP32", shape: [1, 3] };
    const held = [0.3601999878883362, 0.10000000149011612, 0.10000000149011612];
    /** The next numbers, on the other side of each limit. */
    const beyond = [0.3601999580860138, 0.10000000894069672, 0.10000000894069672];
    const says = (place: (i: number) => string, pointer: (i: number) => string) => ({
      detail: "3 values do not fit the model",
      errors: ["(a) must be at least 0.3602", "(b) must be at most 0.1", "(c) must be one of 0.1, 2"].map(
        (must, i) => ({ pointer: pointer(i), detail: `${place(i)} ${must}, got ${beyond[i]}` }),
      ),
    });

    it("from JSON", () => {
      for (const data of [held, [0.3602, 0.1, 0.1]])
        assert.deepEqual(
          inferReader(limited)({ inputs: [{ ...given, data }] }).tensors.get("x")?.data,
          Float32Array.from(held),
        );
      assert.deepEqual(
        refusal(limited, { inputs: [{ ...given, data: beyond }] }),
        says(
          (i) => `inputs[0].data[${i}]`,
          (i) => `/inputs/0/data/${i}`,
        ),
      );
    });

    it("from bytes", () => {
      const body = { inputs: [{ ...given, parameters: { binary_data_size: 12 } }] };

      assert.deepEqual(
        inferReader(limited)(body, floats(...held)).tensors.get("x")?.data,
        Float32Array.from(held),
      );
      assert.deepEqual(
        refusal(limited, body, floats(...beyond)),
        says(
          (i) => `inputs[0] binary data[0][${i}]`,
          () => "/inputs/0",
        ),
      );
    });

    it("from bytes that are no numbers, as none of them", () => {
      const body = { inputs: [{ ...given, parameters: { binary_data_size: 12 } }] };

      assert.deepEqual(refusal(limited, body, floats(Number.NaN, -Infinity, Infinity)), {
        detail: "3 values do not fit the model",
        errors: [
          "inputs[0] binary data[0][0] (a) must be a finite number, got NaN",
          "inputs[0] binary data[0][1] (b) must be a finite number, got -Infinity",
          "inputs[0] binary data[0][2] (c) must be a finite number, got Infinity",
        ].map((detail) => ({ pointer: "/inputs/0", detail })),
      });
    });
  });

  it("takes null, and NaN of bytes, in a column that may be missing", () => {
    const columns = [{ name: "a", missing: true, min: 0 }, { name: "b" }];
    const model = {
      ...contract,
      inputs: [{ name: "x", datatype: "FP32" as const, shape: [-1, 2], columns }],
    };
    const given = { name: "x", datatype: "FP32", shape: [1, 2] };
    const inBytes = { inputs: [{ ...given, parameters: { binary_data_size: 8 } }] };

    for (const [body, binary] of [
      [{ inputs: [{ ...given, data: [null, 1] }] }, undefined],
      [inBytes, floats(NaN, 1)],
    ] as const)
      assert.deepEqual(inferReader(model)(body, binary).tensors.get("x")?.data, Float32Array.of(NaN, 1));
    assert.deepEqual(refusal(model, inBytes, floats(NaN, NaN)).errors, [
      {
        pointer: "/inputs/0",
        detail: "inputs[0] binary data[0][1] (b) must be a finite number, got NaN",
      },
    ]);
  });

  it("takes values that the contract only wants reported, from JSON and from bytes", () => {
    const [input] = contract.inputs;
    const reporting = inferReader({ ...contract, inputs: [{ ...input!, outOfRange: "report" }] });
    const data = [1, 17, 3, 4, 17.5, 6];
    const given = { name: "features", datatype: "FP32", shape: [2, 3] };
    const fromJson = reporting({ inputs: [{ ...given, data }] });
    const fromBytes = reporting(
      { inputs: [{ ...given, parameters: { binary_data_size: 24 } }] },
      new Uint8Array(Float32Array.from(data).buffer),
    );

    assert.deepEqual(fromJson.tensors.get("features")?.data, Float32Array.from(data));
    assert.deepEqual(fromBytes.tensors, fromJson.tensors);
    assert.deepEqual(
      { ...fromJson.reported },
      {
        count: 2,
        listed: [
          { pointer: "/inputs/0/data/1", detail: "inputs[0].data[1] (age) should be at least 18, got 17" },
          { pointer: "/inputs/0/data/4", detail: "inputs[0].data[4] (age) should be at least 18, got 17.5" },
        ],
      },
    );
    assert.deepEqual(
      { ...fromBytes.reported },
      {
        count: 2,
        listed: [
          { pointer: "/inputs/0", detail: "inputs[0] binary data[0][1] (age) should be at least 18, got 17" },
          {
            pointer: "/inputs/0",
            detail: "inputs[0] binary data[1][1] (age) should be at least 18, got 17.5",
          },
        ],
      },
    );
  });

  it("refuses inputs with different numbers of rows", () => {
    const detail = "inputs[1].shape has 3 rows, and inputs[0] has 2: all inputs must have the same";

    assert.deepEqual(refusal(two("regression"), uneven), {
      detail,
      errors: [{ pointer: "/inputs/1/shape", detail }],
    });
  });

  it("takes what a raw model may mean by dimensions of any size", () => {
    const { tensors } = inferReader(two("raw"))(uneven);

    assert.deepEqual(
      [...tensors.values()].map(({ shape }) => shape),
      [[2], [3, 1]],
    );
    assert.equal(tensor("INT8", Array(10_001).fill(1), [10_001], [-1]).data.length, 10_001);
  });

  it("refuses a body that is nested too deep, whatever it is", () => {
    const body = JSON.parse(`{"inputs":${"[".repeat(100_000)}${"]".repeat(100_000)}}`);

    assert.equal(refusal(contract, body).detail, "the body is nested deeper than 32 levels");
  });

  it("refuses a shape whose product is far more than its data before it makes room for it", () => {
    const { detail } = refusal(taking("FP64", [-1, -1]), {
      inputs: [{ name: "x", datatype: "FP64", shape: [2 ** 26, 2 ** 26], data: [1] }],
    });

    assert.equal(
      detail,
      "inputs[0].data must hold the 4503599627370496 values of the shape [67108864,67108864], flat or nested as it says",
    );
  });
});
