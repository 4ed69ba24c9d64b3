import assert from "node:assert/strict";
import * as fc from "fast-check";
import { toInteger, toNumber } from "../../common/toNumber.ts";

/** What programs write, and what only `Number` takes for a number. */
const NO_NUMBERS = [
  "",
  " ",
  "0x10",
  "0X1F",
  "0b11",
  "0o17",
  "1_000",
  "1,000",
  "1 000",
  "１",
  "٣",
  "Infinity",
  "-Infinity",
  "inf",
  "NaN",
  "nan",
  "true",
  "null",
  "12n",
  ".",
  "-",
  "+",
  "e5",
  ".e5",
  "1e",
  "1e+",
  "1e1.5",
  "--1",
  "+-1",
  "1-",
  "1.2.3",
  "5x",
  "$5",
  "5%",
  "constructor",
];

describe("toNumber", () => {
  for (const [cell, number] of [
    ["0", 0],
    ["-0", -0],
    ["00012", 12],
    ["+5", 5],
    ["5.", 5],
    [".5", 0.5],
    ["-.5e1", -5],
    ["1E5", 1e5],
    ["1e+5", 1e5],
    ["12.50e-1", 1.25],
    [" 7\t", 7],
    ["\u00a07\u00a0", 7],
    ["\ufeff7", 7],
    ["1e400", Number.POSITIVE_INFINITY],
    ["-1e400", Number.NEGATIVE_INFINITY],
    ["1e-400", 0],
    ["9007199254740993", 9007199254740992],
  ] as const)
    it(`reads ${JSON.stringify(cell)} as ${Object.is(number, -0) ? "-0" : number}`, () => {
      assert(Object.is(toNumber(cell), number), String(toNumber(cell)));
    });

  for (const cell of NO_NUMBERS)
    it(`reads no number from ${JSON.stringify(cell)}`, () => {
      assert(Number.isNaN(toNumber(cell)));
    });

  it("reads back every number that JavaScript writes", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        assert.equal(toNumber(String(number)), number + 0); // JavaScript writes -0 as 0
      }),
    );
  });

  it("reads as Number does, or no number", () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from("0123456789.+-eExob _,")), maxLength: 8 });
    fc.assert(
      fc.property(text, (cell) => {
        const number = toNumber(cell);
        assert(Number.isNaN(number) || Object.is(number, Number(cell)));
      }),
    );
  });
});

describe("toInteger", () => {
  for (const [cell, integer] of [
    ["0", 0n],
    ["-0", 0n],
    ["0.000", 0n],
    ["007", 7n],
    ["+5", 5n],
    [" 5 ", 5n],
    ["5.", 5n],
    ["5.0", 5n],
    ["1200", 1200n],
    ["1.2e3", 1200n],
    ["12e2", 1200n],
    ["1200e-2", 12n],
    ["120.0e-1", 12n],
    ["-9223372036854775808", -(2n ** 63n)],
    ["18446744073709551615", 2n ** 64n - 1n],
    ["9007199254740993", 2n ** 53n + 1n],
    ["9007199254740993.00", 2n ** 53n + 1n],
    ["9.007199254740993e15", 2n ** 53n + 1n],
  ] as const)
    it(`reads ${JSON.stringify(cell)} as ${integer}`, () => {
      assert.equal(toInteger(cell), integer);
    });

  for (const cell of [...NO_NUMBERS, "0.5", "1.25e1", "5e-1", "9007199254740993.5"])
    it(`reads no integer from ${JSON.stringify(cell)}`, () => {
      assert.equal(toInteger(cell), undefined);
    });

  it("reads a number too large for 64 bits as one, however many zeros it has", () => {
    for (const cell of ["1e30", "1e300000", "18446744073709551616"]) assert(toInteger(cell)! >= 2n ** 64n);
    assert(toInteger("-1e300000")! < -(2n ** 63n));
  });

  it("reads a cell of a million characters in no time", () => {
    const [zeros, ones] = ["0".repeat(1_000_000), "1".repeat(1_000_000)];

    assert.equal(toInteger(`${zeros}9007199254740993`), 9007199254740993n);
    assert(Number.isNaN(toNumber(`${ones}x`)));
  });

  it("reads back every integer of 64 bits, also with a point and an exponent", () => {
    const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(integer, fc.nat({ max: 25 }), (value, shift) => {
        const [, sign, digits] = /^(-?)(\d+)$/.exec(String(value))!;
        const padded = digits!.padStart(shift + 1, "0");
        const point = padded.length - shift;

        assert.equal(toInteger(String(value)), value);
        assert.equal(toInteger(`${sign}${padded.slice(0, point)}.${padded.slice(point)}e${shift}`), value);
      }),
    );
  });

  it("agrees with toNumber", () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from("0123456789.+-e ")), maxLength: 8 });
    fc.assert(
      fc.property(text, (cell) => {
        const number = toNumber(cell);
        const integer = toInteger(cell);
        if (integer !== undefined && Math.abs(number) < 1e20)
          assert.equal(number === 0 ? 0 : number, Number(integer));
        if (Number.isSafeInteger(number) && !/e-|\.\d*[1-9]/.test(cell))
          assert.equal(integer, BigInt(number));
        if (Number.isNaN(number)) assert.equal(integer, undefined);
      }),
      { numRuns: 1000 },
    );
  });
});
