import assert from "node:assert/strict";
import * as fc from "fast-check";
import { bodyLength, FrameReader, fromBody, HEADER_BYTES, toFrame } from "../../../gate/measure/frames.ts";

const bytesOf = (value: unknown): Buffer => Buffer.concat(toFrame(value));

/** The value that comes out at the other end, from one piece. */
function sent(value: unknown): unknown {
  const values = new FrameReader().push(bytesOf(value));
  assert.equal(values.length, 1);
  return values[0];
}

const ARRAYS = [
  Float32Array.of(1.5, Number.NaN, -0, Number.NEGATIVE_INFINITY),
  Float64Array.of(0.1, -1e308),
  Int8Array.of(-128, 127, 1),
  Int16Array.of(-32_768),
  Int32Array.of(-2_147_483_648, 7),
  BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n),
  Uint8Array.of(0, 255, 3),
  Uint16Array.of(65_535, 1, 2),
  Uint32Array.of(4_294_967_295),
  BigUint64Array.of(2n ** 64n - 1n),
];

const ORDER = {
  do: "run",
  inputs: {
    x: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    word: { shape: [1], data: ["é\u{1f600}"] },
    id: { shape: [3], data: BigInt64Array.of(1n, 2n, 3n) },
    flag: { shape: [3], data: Uint8Array.of(1, 0, 1) },
  },
  outputs: ["label"],
  returned: [],
};

describe("A frame", () => {
  for (const array of ARRAYS)
    it(`brings ${array.constructor.name} across, bit by bit`, () => {
      assert.deepEqual(sent({ data: array }), { data: array });
    });

  for (const [what, value] of [
    ["an order", ORDER],
    ["a reply", { number: 12, result: { cpu: 0.1, wall: Number.POSITIVE_INFINITY } }],
    ["an error", { number: 3, error: "the operator fails: \0 é" }],
    ["empty arrays and lists", { a: new Float32Array(0), b: [], c: "", d: new BigInt64Array(0) }],
    ["plain values", [1, "two", true, null, undefined, 4n, Number.NaN, -0]],
    ["a list of arrays", [Float32Array.of(1), [Int8Array.of(2), "text"], { x: Float64Array.of(3) }]],
    ["nothing but a number", 7],
    ["nothing", undefined],
    ["long texts", { words: Array.from({ length: 1000 }, (_, i) => "w".repeat(i)) }],
  ] as const)
    it(`brings ${what} across`, () => {
      assert.deepEqual(sent(value), value);
    });

  it("brings a part of a larger array across, and no more of it", () => {
    const all = Float32Array.of(0, 1, 2, 3, 4);

    assert.deepEqual(sent({ data: all.subarray(1, 3) }), { data: Float32Array.of(1, 2) });
    assert(bytesOf({ data: new Float32Array(1000).subarray(0, 1) }).length < 200);
  });

  it("says how many bytes follow its header, a multiple of eight", () => {
    for (const value of [ORDER, "x", {}, { data: Uint8Array.of(1, 2, 3) }]) {
      const bytes = bytesOf(value);

      assert.equal(bodyLength(bytes), bytes.length - HEADER_BYTES);
      assert.equal(bytes.length % 8, 0);
    }
  });

  it("gives arrays that lie in the memory of the body", () => {
    const bytes = bytesOf({ data: Float64Array.of(1, 2) });
    const header = bytes.subarray(0, HEADER_BYTES);
    const body = new Uint8Array(bytes.subarray(HEADER_BYTES));

    const { data } = fromBody(header, body) as { data: Float64Array };

    assert.deepEqual(data, Float64Array.of(1, 2));
    assert.equal(data.buffer, body.buffer);
  });

  it("is read from a body that begins further on in its memory", () => {
    const bytes = bytesOf(ORDER);
    const memory = new Uint8Array(bytes.length + 64);
    const body = memory.subarray(16, 16 + bytes.length - HEADER_BYTES);
    body.set(bytes.subarray(HEADER_BYTES));

    assert.deepEqual(fromBody(bytes.subarray(0, HEADER_BYTES), body), ORDER);
  });
});

describe("FrameReader", () => {
  it("has no value before a frame is whole", () => {
    const bytes = bytesOf(ORDER);
    const reader = new FrameReader();

    assert.deepEqual(reader.push(bytes.subarray(0, -1)), []);
    assert.deepEqual(reader.push(bytes.subarray(-1)), [ORDER]);
  });

  it("has the value of a frame whatever comes behind it", () => {
    const [first, second] = [bytesOf("first"), bytesOf(ORDER)];
    const reader = new FrameReader();

    assert.deepEqual(reader.push(Buffer.concat([first, second.subarray(0, 3)])), ["first"]);
    assert.deepEqual(reader.push(second.subarray(3)), [ORDER]);
  });

  it("takes nothing for nothing", () => {
    assert.deepEqual(new FrameReader().push(new Uint8Array(0)), []);
  });

  it("puts frames together byte by byte", () => {
    const values = [ORDER, "x", { data: Uint16Array.of(7) }, undefined];
    const reader = new FrameReader();

    assert.deepEqual(
      Array.from(Buffer.concat(values.map(bytesOf))).flatMap((byte) => reader.push(Uint8Array.of(byte))),
      values,
    );
  });

  it("gives each value memory of its own", () => {
    const reader = new FrameReader();
    const [first] = reader.push(bytesOf({ data: Float32Array.of(1) })) as { data: Float32Array }[];
    reader.push(bytesOf({ data: Float32Array.of(2) }));

    assert.deepEqual(first, { data: Float32Array.of(1) });
  });

  it("puts any frames together from pieces of any length", () => {
    const array = fc.oneof(
      fc.float32Array(),
      fc.float64Array(),
      fc.int8Array(),
      fc.int16Array(),
      fc.int32Array(),
      fc.bigInt64Array(),
      fc.uint8Array(),
      fc.uint16Array(),
      fc.uint32Array(),
      fc.bigUint64Array(),
    );
    const leaf = fc.oneof(
      array,
      fc.string({ unit: "binary" }),
      fc.double(),
      fc.boolean(),
      fc.array(fc.string()),
    );
    const value = fc.oneof(leaf, fc.dictionary(fc.string(), leaf, { noNullPrototype: true }), fc.array(leaf));
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (values, lengths) => {
          const bytes = Buffer.concat(values.map(bytesOf));
          const reader = new FrameReader();
          const found: unknown[] = [];
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const length = lengths[i % lengths.length]!;
            found.push(...reader.push(bytes.subarray(at, at + length)));
            at += length;
          }
          assert.deepEqual(found, values);
        },
      ),
      { numRuns: 300 },
    );
  });
});
