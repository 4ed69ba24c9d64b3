import assert from "node:assert/strict";
import { checkLatency } from "../../../../infra/gate/checks/latency.ts";
import { checkLoads } from "../../../../infra/gate/checks/loads.ts";
import { checkMemory } from "../../../../infra/gate/checks/memory.ts";
import type { Evidence } from "../../../../infra/gate/evidence.ts";
import type { Measurements } from "../../../../infra/gate/measurements.ts";

const measured: Measurements = {
  load: { seconds: 1.5, inputs: [], outputs: [] },
  golden: [],
  tables: {},
  latency: { p50: 0.25, p99: 1.5, runs: 900 },
  memory: { mebibytes: 99.5 },
};
const evidence = (budgets?: object, found: Partial<Measurements> | undefined = measured) =>
  ({
    contract: { validation: { budgets } },
    model: { facts: {} },
    measured: found,
  }) as unknown as Evidence;
const accepted = (name: string, found: string) => ({ name, found, objections: [], warnings: [] });
const fix = "make the model smaller, or raise the budget where a reviewer sees it";

describe("checkLoads", () => {
  it("tells the time, and accepts one within its budget", () => {
    assert.deepEqual(checkLoads(evidence()), accepted("loads", "in 1.50 s"));
    assert.deepEqual(
      checkLoads(evidence({ loadSeconds: 1.5 })),
      accepted("loads", "in 1.50 s, at most 1.5 s"),
    );
  });

  it("objects to a model that takes longer", () => {
    assert.deepEqual(checkLoads(evidence({ loadSeconds: 1.4 })).objections, [
      {
        what: "The model took 1.50 s to load, and at most 1.4 s are allowed.",
        where: "model/contract.json, /validation/budgets/loadSeconds",
        fix,
      },
    ]);
  });

  it("judges nothing that is no model", () => {
    const { measured: _, ...rest } = evidence();
    assert.equal(checkLoads(rest).notJudged, "it is no model that could be loaded");
  });
});

describe("checkLatency", () => {
  it("tells what was measured, and accepts what is within its budgets", () => {
    const told = accepted("latency", "p50 0.250 ms, p99 1.50 ms, 900 runs with one row");

    assert.deepEqual(checkLatency(evidence()), told);
    assert.deepEqual(checkLatency(evidence({ p50Milliseconds: 0.25, p99Milliseconds: 1.5 })), told);
  });

  it("objects to each quantile over its budget", () => {
    assert.deepEqual(checkLatency(evidence({ p50Milliseconds: 0.2, p99Milliseconds: 1 }))?.objections, [
      {
        what: "The p50 of a run with one row is 0.250 ms, and at most 0.2 ms are allowed.",
        where: "model/contract.json, /validation/budgets/p50Milliseconds",
        fix,
      },
      {
        what: "The p99 of a run with one row is 1.50 ms, and at most 1 ms are allowed.",
        where: "model/contract.json, /validation/budgets/p99Milliseconds",
        fix,
      },
    ]);
  });

  it("objects to a model that fails when it is run again and again", () => {
    const failing = { ...measured, latency: { error: "it is broken" } };
    assert.deepEqual(checkLatency(evidence({}, failing))?.objections, [
      {
        what: "The model fails when it is run again and again: it is broken",
        where: "model/model.onnx",
        fix: "export the model again",
      },
    ]);
  });

  it("judges nothing of a model that was not run, and says so where there is a budget", () => {
    const { latency: _, ...unrun } = measured;
    assert.equal(checkLatency(evidence({}, unrun)), undefined);
    assert.equal(checkLatency(evidence({ p99Milliseconds: 1 }, unrun))?.notJudged, "the model was not run");
  });
});

describe("checkMemory", () => {
  it("tells what was measured, and accepts what is within its budget", () => {
    const told = accepted("memory", "100 MiB to load and run it");

    assert.deepEqual(checkMemory(evidence()), told);
    assert.deepEqual(checkMemory(evidence({ memoryMebibytes: 99.5 })), told);
  });

  it("objects to a model that takes more", () => {
    assert.deepEqual(checkMemory(evidence({ memoryMebibytes: 99 }))?.objections, [
      {
        what: "Loading and running the model takes 100 MiB, and at most 99 MiB are allowed.",
        where: "model/contract.json, /validation/budgets/memoryMebibytes",
        fix,
      },
    ]);
  });

  it("judges nothing of a model that was not run, and says so where there is a budget", () => {
    const { memory: _, ...unrun } = measured;
    assert.equal(checkMemory(evidence({}, unrun)), undefined);
    assert.equal(
      checkMemory(evidence({ memoryMebibytes: 1 }, unrun))?.notJudged,
      "the model was not run to the end",
    );
  });
});
