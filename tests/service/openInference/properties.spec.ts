import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { Datatype } from "../../../contract/datatypes.ts";
import { fromFloat16 } from "../../../contract/float16.ts";
import { elementCount, type Tensor } from "../../../contract/tensors.ts";
import { inferReader } from "../../../service/src/openInference/inferRequest.ts";
import { inferResponse } from "../../../service/src/openInference/inferResponse.ts";
import { numbers, texts } from "../../support/binaryRequests.ts";
import { contract } from "../../support/serviceApp.ts";

interface Encoding<T> {
  readonly values: fc.Arbitrary<T>;
  /** As the text of JSON. */
  text(value: T): string;
  bytes(values: readonly T[]): Uint8Array;
}

/** JSON.stringify would make 0 of -0. */
const numberText = (value: number) => (Object.is(value, -0) ? "-0" : JSON.stringify(value));

const finite = { noNaN: true, noDefaultInfinity: true };

const integers = (
  setter: Parameters<typeof numbers>[0],
  bytes: number,
  min: number,
  max: number,
): Encoding<number> => ({
  values: fc.integer({ min, max }),
  text: String,
  bytes: (values) => numbers(setter, bytes, values),
});

const integers64 = (setter: Parameters<typeof numbers>[0], min: bigint, max: bigint): Encoding<bigint> => ({
  values: fc.bigInt({ min, max }),
  // A number only if it is exact.
  text: (value) => (Number.isSafeInteger(Number(value)) ? `${value}` : `"${value}"`),
  bytes: (values) => numbers(setter, 8, values),
});

const ENCODINGS: Readonly<Record<Datatype, Encoding<unknown>>> = {
  BOOL: {
    values: fc.boolean(),
    text: String,
    bytes: (values: readonly boolean[]) => Uint8Array.from(values, Number),
  },
  UINT8: integers("setUint8", 1, 0, 255),
  UINT16: integers("setUint16", 2, 0, 65_535),
  UINT32: integers("setUint32", 4, 0, 4_294_967_295),
  UINT64: integers64("setBigUint64", 0n, 2n ** 64n - 1n),
  INT8: integers("setInt8", 1, -128, 127),
  INT16: integers("setInt16", 2, -32_768, 32_767),
  INT32: integers("setInt32", 4, -(2 ** 31), 2 ** 31 - 1),
  INT64: integers64("setBigInt64", -(2n ** 63n), 2n ** 63n - 1n),
  // By their bits: those with an exponent of ones are no finite numbers.
  FP16: {
    values: fc.integer({ min: 0, max: 0xffff }).filter((bits) => (bits & 0x7c00) !== 0x7c00),
    text: (bits: number) => numberText(fromFloat16(bits)),
    bytes: (values: readonly number[]) => numbers("setUint16", 2, values),
  },
  FP32: {
    values: fc.float(finite),
    text: numberText,
    bytes: (values: readonly number[]) => numbers("setFloat32", 4, values),
  },
  FP64: {
    values: fc.double(finite),
    text: numberText,
    bytes: (values: readonly number[]) => numbers("setFloat64", 8, values),
  },
  BYTES: {
    values: fc.string({ unit: "binary" }).map((text) => text.replaceAll("\0", "")),
    text: (value: string) => JSON.stringify(value),
    bytes: (values: readonly string[]) => texts(...values),
  },
};

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 });

/** Like the values, in lists as the shape says. */
function nested(values: readonly string[], shape: readonly number[]): string {
  const [size, ...rest] = shape;
  if (size === undefined) return values[0]!;
  const step = elementCount(rest);
  const parts = Array.from({ length: size }, (_, i) => nested(values.slice(i * step, (i + 1) * step), rest));
  return `[${parts.join(",")}]`;
}

describe("A tensor", () => {
  for (const [datatype, { values, text, bytes }] of Object.entries(ENCODINGS) as [
    Datatype,
    Encoding<unknown>,
  ][]) {
    const cases = shapes.chain((shape) => {
      const length = elementCount(shape);
      return fc.record({
        shape: fc.constant(shape),
        data: fc.array(values, { minLength: length, maxLength: length }),
        offset: fc.nat(8),
      });
    });
    const reader = (shape: readonly number[]) =>
      inferReader({
        task: "raw",
        inputs: [{ name: "x", datatype, shape: shape.map(() => -1) }],
        outputs: [{ name: "x", datatype, shape: [...shape] }],
      });
    const read = (shape: readonly number[], data: string): Tensor =>
      reader(shape)(
        JSON.parse(`{"inputs":[{"name":"x","datatype":"${datatype}","shape":[${shape}],"data":${data}}]}`),
      ).tensors.get("x")!;
    const readBinary = (shape: readonly number[], binary: Uint8Array): Tensor =>
      reader(shape)(
        { inputs: [{ name: "x", datatype, shape, parameters: { binary_data_size: binary.length } }] },
        binary,
      ).tensors.get("x")!;

    it(`of ${datatype} is the same from flat JSON, nested JSON and bytes, wherever these lie`, () => {
      fc.assert(
        fc.property(cases, ({ shape, data, offset }) => {
          const cells = data.map(text);
          const flat = read(shape, `[${cells.join(",")}]`);
          const encoded = bytes(data);
          const moved = Buffer.concat([Buffer.alloc(offset), encoded]).subarray(offset);

          if (shape.length > 0) assert.deepEqual(read(shape, nested(cells, shape)), flat);
          assert.deepEqual(readBinary(shape, encoded), flat);
          assert.deepEqual(readBinary(shape, moved), flat);
        }),
        { numRuns: 300 },
      );
    });

    it(`of ${datatype} comes back from an answer as it was, in JSON and in bytes`, () => {
      fc.assert(
        fc.property(cases, ({ shape, data }) => {
          const encoded = bytes(data);
          const tensor = readBinary(shape, encoded);
          const answer = (binary: boolean) =>
            inferResponse({ outputs: [{ name: "x", binary }] }, new Map([["x", tensor]]), contract);
          const [output] = (answer(false).json as { outputs: { data: unknown[] }[] }).outputs;
          const cells = output!.data.map((value) =>
            typeof value === "number" ? numberText(value) : JSON.stringify(value),
          );

          assert.deepEqual(read(shape, `[${cells.join(",")}]`), tensor);
          assert.deepEqual(Buffer.concat(answer(true).binary), Buffer.from(encoded));
        }),
        { numRuns: 300 },
      );
    });
  }
});
