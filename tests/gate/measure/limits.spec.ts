import assert from "node:assert/strict";
import type { Contract } from "../../../contract/contract.ts";
import type { Datatype } from "../../../contract/datatypes.ts";
import type { Validation } from "../../../contract/validationSchema.ts";
import { batchRows, LIMITS, limitsFor, loadSeconds, stepSeconds } from "../../../gate/measure/limits.ts";
import { contractOf } from "../../support/evidence.ts";

const contract = (validation: Partial<Validation> = {}): Contract =>
  contractOf({ columns: { a: [1], b: [2] }, validation });
const input = (datatype: Datatype, shape: readonly number[]) => ({
  inputs: [{ name: "x", datatype, shape: [...shape] }],
});

describe("stepSeconds", () => {
  for (const { fact, validation, rows, seconds } of [
    { fact: "is 120 s for a few rows", rows: 1, seconds: 120 },
    { fact: "is 120 s for as many rows as 0.1 s each make of it", rows: 1200, seconds: 120 },
    { fact: "is 0.1 s a row for more", rows: 60_000, seconds: 6000 },
    {
      fact: "is four times the budget for the slowest row",
      validation: { budgets: { p99Milliseconds: 250, p50Milliseconds: 50 } },
      rows: 1000,
      seconds: 1000,
    },
    {
      // 60,000 rows of 42 ms are 42 minutes.
      fact: "is four times the budget for the median, where there is no other",
      validation: { budgets: { p50Milliseconds: 42 } },
      rows: 60_000,
      seconds: 10_080,
    },
    {
      fact: "is not less than 120 s, however small the budget",
      validation: { budgets: { p99Milliseconds: 20 } },
      rows: 1000,
      seconds: 120,
    },
    {
      fact: "is what the contract says, if it says so: more",
      validation: { limits: { stepSeconds: 900 }, budgets: { p99Milliseconds: 20 } },
      rows: 10,
      seconds: 900,
    },
    {
      fact: "is what the contract says, if it says so: less",
      validation: { limits: { stepSeconds: 0.5 }, budgets: { p99Milliseconds: 250 } },
      rows: 60_000,
      seconds: 0.5,
    },
  ] satisfies { fact: string; validation?: Partial<Validation>; rows: number; seconds: number }[])
    it(fact, () => {
      assert.equal(stepSeconds(contract(validation), rows, LIMITS), seconds);
    });

  it("is no less than it is told", () => {
    assert.equal(stepSeconds(contract(), 1, { ...LIMITS, stepSeconds: 7 }), 7);
  });
});

describe("loadSeconds", () => {
  for (const { fact, validation, seconds } of [
    { fact: "is 120 s", seconds: 120 },
    { fact: "is 120 s with a small budget", validation: { budgets: { loadSeconds: 5 } }, seconds: 120 },
    { fact: "is four times a large budget", validation: { budgets: { loadSeconds: 60 } }, seconds: 240 },
    {
      fact: "is what the contract says of any step",
      validation: { limits: { stepSeconds: 3 }, budgets: { loadSeconds: 60 } },
      seconds: 3,
    },
  ] satisfies { fact: string; validation?: Partial<Validation>; seconds: number }[])
    it(fact, () => {
      assert.equal(loadSeconds(contract(validation), LIMITS), seconds);
    });
});

describe("limitsFor", () => {
  const sizes = { modelBytes: 0, holdoutBytes: 0 };

  it("gives an hour beyond four steps, 4 GiB, and a minute without a sign of life", () => {
    assert.deepEqual(limitsFor(contract(), sizes), {
      stepSeconds: 120,
      cpuSeconds: 3600 + 4 * 120,
      mebibytes: 4096,
      idleSeconds: 60,
    });
  });

  it("gives a large model the memory that loading takes", () => {
    assert.equal(limitsFor(contract(), { ...sizes, modelBytes: 2 ** 30 + 1 }).mebibytes, 4096 + 4096 + 1);
  });

  it("gives what the contract's budget allows, besides", () => {
    const { mebibytes } = limitsFor(contract({ budgets: { memoryMebibytes: 2000 } }), sizes);

    assert.equal(mebibytes, 6096);
  });

  it("gives the time for as many rows as the holdout's bytes may make", () => {
    // Two columns: a row has at least four bytes, and may take 0.1 s.
    const { cpuSeconds } = limitsFor(contract(), { ...sizes, holdoutBytes: 400_000 });

    assert.equal(cpuSeconds, 3600 + 4 * 10_000);
  });

  it("gives the time for a file of images without columns", () => {
    const { cpuSeconds } = limitsFor(
      { ...contract(), ...input("FP32", [-1, 3, 8, 8]) },
      { ...sizes, holdoutBytes: 4000 },
    );

    assert.equal(cpuSeconds, 3600 + 4 * 200);
  });
});

describe("batchRows", () => {
  for (const { fact, datatype, shape, rows } of [
    { fact: "is 1,024 for rows of a table", datatype: "FP32", shape: [-1, 30], rows: 1024 },
    { fact: "is 1,024 for a single number", datatype: "UINT8", shape: [-1], rows: 1024 },
    { fact: "is as many as fit 16 MiB", datatype: "FP32", shape: [-1, 3, 224, 224], rows: 27 },
    { fact: "counts the bytes of a number", datatype: "FP64", shape: [-1, 3, 224, 224], rows: 13 },
    { fact: "counts 64 bytes for a text", datatype: "BYTES", shape: [-1, 1024], rows: 256 },
    { fact: "is one at least", datatype: "FP32", shape: [-1, 5_000_000], rows: 1 },
    { fact: "takes a free dimension for one", datatype: "FP32", shape: [-1, -1, 4096], rows: 1024 },
  ] as const)
    it(fact, () => {
      assert.equal(batchRows(input(datatype, shape)), rows);
    });

  it("counts all inputs", () => {
    const [image] = input("FP32", [-1, 2_097_152]).inputs;

    assert.equal(batchRows({ inputs: [image!] }), 2);
    assert.equal(batchRows({ inputs: [image!, { ...image!, name: "y" }] }), 1);
  });
});
