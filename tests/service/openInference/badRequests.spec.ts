import assert from "node:assert/strict";
import { deflateSync, gzipSync } from "node:zlib";
import type { ServedContract } from "../../../contract/contract.ts";
import { type ProblemType, problem } from "../../../service/src/problems/requestError.ts";
import { binaryRequest, floats, numbers, texts } from "../../support/binaryRequests.ts";
import { contract, type StartedApp, startApp } from "../../support/serviceApp.ts";

const INFER = "/v2/models/loan-approval/infer";
const MEBIBYTE = 1024 * 1024;

/** One input of every kind; each request has one row. */
const mixed: ServedContract = {
  ...contract,
  inputs: [
    ...contract.inputs,
    { name: "city", datatype: "BYTES", shape: [-1, 1] },
    { name: "count", datatype: "INT64", shape: [-1] },
    { name: "owner", datatype: "BOOL", shape: [-1] },
    { name: "rate", datatype: "FP16", shape: [-1] },
    { name: "exact", datatype: "FP64", shape: [-1] },
  ],
};

/** A binary input: its entry in the JSON, without `binary_data_size`, and its bytes. */
interface Part {
  readonly entry: Record<string, unknown>;
  readonly bytes: Uint8Array;
}

const PARTS = {
  features: { entry: { datatype: "FP32", shape: [1, 3] }, bytes: floats(50_000, 35, 720) },
  city: { entry: { datatype: "BYTES", shape: [1, 1] }, bytes: texts("Oslo") },
  count: { entry: { datatype: "INT64", shape: [1] }, bytes: numbers("setBigInt64", 8, [7n]) },
  owner: { entry: { datatype: "BOOL", shape: [1] }, bytes: Uint8Array.of(1) },
  rate: { entry: { datatype: "FP16", shape: [1] }, bytes: numbers("setUint16", 2, [0x3c00]) },
  exact: { entry: { datatype: "FP64", shape: [1] }, bytes: numbers("setFloat64", 8, [0.1]) },
} satisfies Record<string, Part>;
type Name = keyof typeof PARTS;

/** The request with some inputs changed, and with further keys. */
function changed(
  parts: Partial<Record<Name, Partial<Part>>>,
  more: Record<string, unknown> = {},
  tail: readonly Uint8Array[] = [],
): ReturnType<typeof binaryRequest> {
  const list = Object.entries(PARTS).map(([name, part]) => {
    const { entry, bytes } = { ...part, ...parts[name as Name] };
    return { entry: { name, parameters: { binary_data_size: bytes.length }, ...entry }, bytes };
  });
  return binaryRequest(
    { inputs: list.map(({ entry }) => entry), ...more },
    ...list.map(({ bytes }) => bytes),
    ...tail,
  );
}

const { features, city, count, owner, rate } = PARTS;
const GOOD = changed({});
const JSON_LENGTH = Number(GOOD.headers["Inference-Header-Content-Length"]);
const TOTAL = GOOD.body.length;
const BINARY = TOTAL - JSON_LENGTH;

const withHeaders = (more: Record<string, string>, request = GOOD) => ({
  ...request,
  headers: { ...request.headers, ...more },
});
const length = (value: unknown) => withHeaders({ "Inference-Header-Content-Length": `${value}` });
const sized = (value: unknown) =>
  changed({ city: { entry: { ...city.entry, parameters: { binary_data_size: value } } } });
const json = (body: unknown, type = "application/json") => ({
  body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
  headers: { "Content-Type": type },
});
const compressed = (body: Buffer, encoding: string) =>
  withHeaders({ "Content-Encoding": encoding }, { ...GOOD, body });

interface Case {
  readonly name: string;
  readonly request: { readonly body: Buffer; readonly headers: Record<string, string> };
  readonly status: number;
  readonly type: ProblemType;
  readonly detail: string;
  /** Pointer and detail of each; none: the one pointer with the detail. */
  readonly errors?: readonly (readonly [string, string])[];
  /** The JSON Pointer of the one fault. */
  readonly pointer?: string;
}

const headerLength = (given: string, total = TOTAL) =>
  `Inference-Header-Content-Length must be from 1 to ${total}, the bytes of the body, got ${JSON.stringify(given)}.`;
const declared = (bytes: number, follow: number) =>
  `inputs declare ${bytes} bytes of binary data in all, and ${follow} follow the JSON`;
const FEATURES = "inputs[0] binary data[0]";
const scalar = "must be a string, a number, true or false";

const CASES: readonly Case[] = [
  // The header.
  ...["0", "-1", "+5", "1.5", "1e2", "0x10", "twelve", "20, 20", `${TOTAL + 1}`, "9".repeat(30)].map(
    (given) => ({
      name: `a header length of ${given}`,
      request: length(given),
      status: 400,
      type: "bad-request" as const,
      detail: headerLength(given),
    }),
  ),
  {
    name: "a header length that cuts the JSON",
    request: length(JSON_LENGTH - 1),
    status: 400,
    type: "not-json",
    detail: `Line 1, column ${JSON_LENGTH}: expected a comma or }, found the end of the file.`,
  },
  {
    name: "a header length that takes binary data for JSON",
    request: length(TOTAL),
    status: 400,
    type: "not-json",
    detail: "The body is not UTF-8.",
  },
  {
    name: "an empty body",
    request: { body: Buffer.of(), headers: GOOD.headers },
    status: 400,
    type: "not-json",
    detail: "The body is empty.",
  },

  // Sizes.
  {
    name: "bytes that no input takes",
    request: changed({}, {}, [Buffer.alloc(3)]),
    status: 422,
    type: "invalid-input",
    pointer: "/inputs",
    detail: declared(BINARY, BINARY + 3),
  },
  {
    name: "bytes that are missing",
    request: { ...GOOD, body: GOOD.body.subarray(0, -1) },
    status: 422,
    type: "invalid-input",
    pointer: "/inputs",
    detail: declared(BINARY, BINARY - 1),
  },
  {
    name: "binary data without the header",
    request: { ...json({ inputs: [] }), body: GOOD.body.subarray(0, JSON_LENGTH) },
    status: 422,
    type: "invalid-input",
    pointer: "/inputs",
    detail: declared(BINARY, 0),
  },
  {
    name: "bytes after JSON that mentions none",
    request: binaryRequest({ inputs: 5 }, Buffer.alloc(4)),
    status: 422,
    type: "invalid-input",
    detail: "2 values do not fit the model",
    errors: [
      ["/inputs", declared(0, 4)],
      ["/inputs", "inputs must be a list, got 5"],
    ],
  },
  ...[-1, 1.5, "8", null, 2 ** 53, true].map((value) => ({
    name: `a size of ${JSON.stringify(value)}`,
    request: sized(value),
    status: 422,
    type: "invalid-input" as const,
    detail:
      value === null
        ? "2 values do not fit the model"
        : `inputs[1].parameters.binary_data_size must be an integer from 0, got ${JSON.stringify(value)}`,
    ...(value === null
      ? {
          errors: [
            [
              "/inputs/1/parameters/binary_data_size",
              "inputs[1].parameters.binary_data_size must be an integer from 0, got null",
            ],
            [
              "/inputs/1/parameters/binary_data_size",
              `inputs[1].parameters.binary_data_size ${scalar}, got null`,
            ],
          ] as const,
        }
      : { pointer: "/inputs/1/parameters/binary_data_size" }),
  })),
  {
    name: "a size far beyond the body",
    request: sized(2 ** 53 - 1),
    status: 422,
    type: "invalid-input",
    pointer: "/inputs",
    detail: declared(2 ** 53 - 1 + BINARY - city.bytes.length, BINARY),
  },
  {
    name: "a size that its shape does not have",
    request: changed({ features: { ...features, bytes: floats(50_000, 35) } }),
    status: 422,
    type: "invalid-input",
    pointer: "/inputs/0/parameters/binary_data_size",
    detail: "inputs[0].parameters.binary_data_size must be 12, as FP32 of the shape [1,3] has it, got 8",
  },
  {
    name: "sizes that reach into each other, though their sum is right",
    request: changed({
      features: { entry: { ...features.entry, parameters: { binary_data_size: 4 } } },
      count: { entry: { ...count.entry, parameters: { binary_data_size: 16 } } },
    }),
    status: 422,
    type: "invalid-input",
    detail: "3 values do not fit the model",
    errors: [
      [
        "/inputs/0/parameters/binary_data_size",
        "inputs[0].parameters.binary_data_size must be 12, as FP32 of the shape [1,3] has it, got 4",
      ],
      ["/inputs/1", "inputs[1] has 8 binary bytes, and element 0 of 1 would end at byte 1108082692"],
      [
        "/inputs/2/parameters/binary_data_size",
        "inputs[2].parameters.binary_data_size must be 8, as INT64 of the shape [1] has it, got 16",
      ],
    ],
  },
  {
    name: "data and binary data at once",
    request: changed({ owner: { entry: { ...owner.entry, data: [true] } } }),
    status: 422,
    type: "invalid-input",
    pointer: "/inputs/3/data",
    detail: "inputs[3].data must not be there, since binary_data_size says that the data is binary",
  },
  {
    name: "a shape of more elements than a number can count",
    request: changed({
      features: { ...features, entry: { datatype: "FP32", shape: [2 ** 53 - 1, 3] } },
    }),
    status: 422,
    type: "invalid-input",
    pointer: "/inputs/0/shape",
    detail: "inputs[0].shape may have 10000 rows at most, got [9007199254740991,3]",
  },

  // Elements.
  ...[NaN, Infinity, -Infinity].map((value) => ({
    name: `${value} in FP32`,
    request: changed({ features: { bytes: floats(50_000, 35, value) } }),
    status: 422,
    type: "invalid-input" as const,
    pointer: "/inputs/0",
    detail: `${FEATURES}[2] (credit_score) must be a finite number, got ${value}`,
  })),
  {
    name: "NaN in FP64",
    request: changed({ exact: { bytes: numbers("setFloat64", 8, [NaN]) } }),
    status: 422,
    type: "invalid-input",
    pointer: "/inputs/5",
    detail: "inputs[5] binary data[0] must be a finite number, got NaN",
  },
  {
    name: "an infinity in FP16",
    request: changed({ rate: { bytes: numbers("setUint16", 2, [0xfc00]) } }),
    status: 422,
    type: "invalid-input",
    pointer: "/inputs/4",
    detail: "inputs[4] binary data[0] must be a finite number, got -Infinity",
  },
  {
    name: "a value outside the contract's range",
    request: changed({ features: { bytes: floats(50_000, 17.5, 720) } }),
    status: 422,
    type: "invalid-input",
    pointer: "/inputs/0",
    detail: `${FEATURES}[1] (age) must be at least 18, got 17.5`,
  },
  {
    name: "a BOOL that is neither 0 nor 1",
    request: changed({ owner: { bytes: Uint8Array.of(2) } }),
    status: 422,
    type: "invalid-input",
    pointer: "/inputs/3",
    detail: "inputs[3] binary data[0] must be true or false, got 2",
  },
  {
    name: "more faults than are listed",
    request: changed({
      features: { entry: { datatype: "FP32", shape: [30, 3] }, bytes: floats(...Array(90).fill(NaN)) },
    }),
    status: 422,
    type: "invalid-input",
    // The other inputs have one row each.
    detail: "95 values do not fit the model; the first 20 are listed",
    errors: Array.from({ length: 20 }, (_, i) => [
      "/inputs/0",
      `inputs[0] binary data[${Math.floor(i / 3)}][${i % 3}] (${["income", "age", "credit_score"][i % 3]}) must be a finite number, got NaN`,
    ]),
  },

  // BYTES.
  ...[
    {
      name: "text longer than its bytes",
      bytes: Buffer.from([9, 0, 0, 0, 65]),
      says: "has 5 binary bytes, and element 0 of 1 would end at byte 13",
    },
    {
      name: "text of 4 GiB",
      bytes: Buffer.from([255, 255, 255, 255]),
      says: "has 4 binary bytes, and element 0 of 1 would end at byte 4294967299",
    },
    {
      name: "text without its whole length",
      bytes: Buffer.from([1, 0, 0]),
      says: "has 3 binary bytes, and element 0 of 1 would end at byte 4",
    },
    {
      name: "no text at all",
      bytes: Buffer.of(),
      says: "has 0 binary bytes, and element 0 of 1 would end at byte 4",
    },
    {
      name: "more text than the shape has",
      bytes: texts("a", "b"),
      says: "has 10 binary bytes, and its 1 elements take 5",
    },
    {
      name: "text that is not UTF-8",
      bytes: texts(Uint8Array.of(0xff)),
      says: "must hold UTF-8, and its element 0 does not",
    },
    {
      name: "text with a surrogate, which UTF-8 does not have",
      bytes: texts(Uint8Array.of(0xed, 0xa0, 0x80)),
      says: "must hold UTF-8, and its element 0 does not",
    },
    {
      name: "text that ends within a character",
      bytes: texts(Uint8Array.of(0xc3)),
      says: "must hold UTF-8, and its element 0 does not",
    },
  ].map(({ name, bytes, says }) => ({
    name,
    request: changed({ city: { bytes } }),
    status: 422,
    type: "invalid-input" as const,
    pointer: "/inputs/1",
    detail: `inputs[1] ${says}`,
  })),
  {
    name: "text that ONNX Runtime would cut",
    request: changed({ city: { bytes: texts("Os\0lo") } }),
    status: 422,
    type: "invalid-input",
    pointer: "/inputs/1",
    detail:
      'inputs[1] binary data[0][0] must be a string without U+0000 and lone surrogates, got "Os\\u0000lo"',
  },
  {
    name: "a lone surrogate in JSON",
    request: changed({
      city: { entry: { ...city.entry, parameters: {}, data: ["\ud800"] }, bytes: Buffer.of() },
    }),
    status: 422,
    type: "invalid-input",
    pointer: "/inputs/1/data/0",
    detail: 'inputs[1].data[0] must be a string without U+0000 and lone surrogates, got "\\ud800"',
  },

  // Integers in JSON.
  ...[2 ** 53, "9223372036854775808", "1.0", 0.5].map((value) => ({
    name: `the INT64 ${JSON.stringify(value)} in JSON`,
    request: changed({
      count: { entry: { ...count.entry, parameters: {}, data: [value] }, bytes: Buffer.of() },
    }),
    status: 422,
    type: "invalid-input" as const,
    pointer: "/inputs/2/data/0",
    detail: `inputs[2].data[0] must be an integer from -9223372036854775808 to 9223372036854775807 (beyond 9007199254740991 as a string), got ${JSON.stringify(value)}`,
  })),

  // Names, datatypes and shapes.
  {
    name: "an input that the model does not have, whose bytes are there",
    request: changed({ rate: { entry: { ...rate.entry, name: "rates" } } }),
    status: 422,
    type: "invalid-input",
    detail: "2 values do not fit the model",
    errors: [
      [
        "/inputs/4/name",
        'inputs[4].name is "rates", and the model\'s inputs are features, city, count, owner, rate, exact',
      ],
      ["/inputs", 'inputs lack "rate"'],
    ],
  },
  {
    name: "an input twice",
    request: changed({ exact: { entry: { ...rate.entry, name: "rate" }, bytes: rate.bytes } }),
    status: 422,
    type: "invalid-input",
    detail: "2 values do not fit the model",
    errors: [
      ["/inputs/5/name", 'inputs[5].name is "rate", as that of another is'],
      ["/inputs", 'inputs lack "exact"'],
    ],
  },
  {
    name: "another datatype of the same size",
    request: changed({ features: { entry: { ...features.entry, datatype: "INT32" } } }),
    status: 422,
    type: "invalid-input",
    pointer: "/inputs/0/datatype",
    detail: 'inputs[0].datatype must be "FP32", got "INT32"',
  },
  ...[[3], [1, 1, 3], [0, 3], [-1, 3], [1, 4], ["1", 3], "[1,3]", null].map((shape) => ({
    name: `the shape ${JSON.stringify(shape)}`,
    request: changed({ features: { entry: { ...features.entry, shape } } }),
    status: 422,
    type: "invalid-input" as const,
    pointer: "/inputs/0/shape",
    detail: `inputs[0].shape must be [-1,3] with a number from 1 in place of -1, got ${JSON.stringify(shape)}`,
  })),
  {
    name: "inputs with different numbers of rows",
    request: changed({ owner: { entry: { ...owner.entry, shape: [2] }, bytes: Uint8Array.of(0, 1) } }),
    status: 422,
    type: "invalid-input",
    pointer: "/inputs/3/shape",
    detail: "inputs[3].shape has 2 rows, and inputs[0] has 1: all inputs must have the same",
  },

  // Parameters, outputs and the id.
  ...[
    { parameters: [], says: "must be an object, got []", pointer: "/parameters" },
    { parameters: null, says: "must be an object, got null", pointer: "/parameters" },
    { parameters: { a: null }, says: `${scalar}, got null`, pointer: "/parameters/a", text: ".a" },
    { parameters: { "a/b": [1] }, says: `${scalar}, got [1]`, pointer: "/parameters/a~1b", text: ".a/b" },
    {
      parameters: { binary_data_output: 1 },
      says: "must be true or false, got 1",
      pointer: "/parameters/binary_data_output",
      text: ".binary_data_output",
    },
  ].map(({ parameters, says, pointer, text = "" }) => ({
    name: `the parameters ${JSON.stringify(parameters)}`,
    request: changed({}, { parameters }),
    status: 422,
    type: "invalid-input" as const,
    pointer,
    detail: `request.parameters${text} ${says}`,
  })),
  ...[
    { key: "binary_data", value: "true", says: 'must be true or false, got "true"' },
    { key: "classification", value: 2, says: "is of an extension that this service does not have" },
    { key: "shared_memory_region", value: "a", says: "is of an extension that this service does not have" },
  ].map(({ key, value, says }) => ({
    name: `${key} of an output`,
    request: changed({}, { outputs: [{ name: "label", parameters: { [key]: value } }] }),
    status: 422,
    type: "invalid-input" as const,
    pointer: `/outputs/0/parameters/${key}`,
    detail: `outputs[0].parameters.${key} ${says}`,
  })),
  {
    name: "an output twice",
    request: changed({}, { outputs: [{ name: "label" }, { name: "label" }] }),
    status: 422,
    type: "invalid-input",
    pointer: "/outputs/1/name",
    detail: 'outputs[1].name is "label", as that of another is',
  },
  {
    name: "an output that the model does not have",
    request: changed({}, { outputs: [{ name: "constructor" }] }),
    status: 422,
    type: "invalid-input",
    pointer: "/outputs/0/name",
    detail: 'outputs[0].name is "constructor", and the model\'s outputs are label, probabilities',
  },
  {
    name: "an id that is no string",
    request: changed({}, { id: null }),
    status: 422,
    type: "invalid-input",
    pointer: "/id",
    detail: "id must be a string, got null",
  },
  {
    name: "too deep a nesting",
    request: changed({}, { extra: JSON.parse(`${"[".repeat(40)}${"]".repeat(40)}`) }),
    status: 422,
    type: "invalid-input",
    pointer: "",
    detail: "the body is nested deeper than 32 levels",
  },

  // Types, encodings and the body's size.
  ...["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"].map((type) => ({
    name: `the Content-Type ${type}`,
    request: withHeaders({ "Content-Type": type }),
    status: 415,
    type: "unsupported-media-type" as const,
    detail: `Content-Type must be application/json in UTF-8, application/octet-stream or none, got ${JSON.stringify(type)}.`,
  })),
  ...["br", "zstd", "gzip, gzip", "x"].map((encoding) => ({
    name: `the Content-Encoding ${encoding}`,
    request: withHeaders({ "Content-Encoding": encoding }),
    status: 415,
    type: "unsupported-media-type" as const,
    detail: `The Content-Encoding must be gzip, deflate or none, got ${JSON.stringify(encoding)}.`,
  })),
  ...["gzip", "deflate"].map((encoding) => ({
    name: `${encoding} that it is not`,
    request: withHeaders({ "Content-Encoding": encoding }),
    status: 400,
    type: "bad-request" as const,
    detail: `The body is not ${encoding}, as its Content-Encoding says.`,
  })),
  {
    name: "gzip that ends early",
    request: compressed(gzipSync(GOOD.body).subarray(0, -4), "gzip"),
    status: 400,
    type: "bad-request",
    detail: "The body is not gzip, as its Content-Encoding says.",
  },
  {
    name: "a bomb of gzip",
    request: compressed(gzipSync(Buffer.alloc(64 * MEBIBYTE)), "gzip"),
    status: 413,
    type: "too-large",
    detail: "The body may have at most 1048576 bytes, decompressed.",
  },
  {
    name: "one byte too much in deflate",
    request: compressed(deflateSync(Buffer.alloc(MEBIBYTE + 1, " ")), "deflate"),
    status: 413,
    type: "too-large",
    detail: "The body may have at most 1048576 bytes, decompressed.",
  },
  {
    name: "a header length of the compressed body",
    request: compressed(gzipSync(GOOD.body.subarray(0, 40)), "gzip"),
    status: 400,
    type: "bad-request",
    detail: headerLength(`${JSON_LENGTH}`, 40),
  },
  {
    name: "more than 1 MiB of binary data",
    request: changed({ features: { bytes: Buffer.alloc(MEBIBYTE) } }),
    status: 413,
    type: "too-large",
    detail: "The body may have at most 1048576 bytes.",
  },
];

describe("A bad request for an inference", () => {
  let app: StartedApp;
  let runs = 0;
  before(async () => {
    const predictor = {
      run: async () => {
        runs += 1;
        return new Map();
      },
      admit: () => {},
      close: async () => {},
    };
    app = await startApp(predictor, mixed);
  });
  after(() => app.server.close().closeAllConnections());

  const post = ({ body, headers }: Case["request"]) =>
    fetch(app.url + INFER, { method: "POST", body, headers });

  it("is not the one that all others are made of", async () => {
    const before = runs;
    await post(GOOD);

    assert.equal(runs, before + 1);
  });

  for (const { name, request, status, type, detail, errors, pointer } of CASES) {
    it(`with ${name} is refused`, async () => {
      const before = runs;
      const response = await post(request);
      const faults = errors ?? (pointer === undefined ? [] : [[pointer, detail] as const]);

      assert.deepEqual(await response.json(), {
        ...problem(
          type,
          detail,
          faults.map(([at, says]) => ({ pointer: at, detail: says })),
        ),
        instance: `urn:slipway:request:${response.headers.get("X-Request-Id")}`,
        error: detail,
      });
      assert.equal(response.status, status);
      assert.match(response.headers.get("Content-Type") ?? "", /^application\/problem\+json/);
      assert.equal(runs, before);
    });
  }

  it("says with another Content-Encoding which ones it takes", async () => {
    const response = await post(withHeaders({ "Content-Encoding": "br" }));

    assert.equal(response.headers.get("Accept-Encoding"), "gzip, deflate, identity");
  });
});
