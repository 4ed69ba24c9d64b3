import assert from "node:assert/strict";
import type { Validation } from "../../../contract/validationSchema.ts";
import type { CheckDefinition } from "../../../gate/checks/check.ts";
import { checkLatency } from "../../../gate/checks/latency.ts";
import { checkLoads } from "../../../gate/checks/loads.ts";
import { checkMemory } from "../../../gate/checks/memory.ts";
import type { Evidence } from "../../../gate/evidence/evidence.ts";
import type { Measurements } from "../../../gate/measure/measurements.ts";
import { ENDED, evidenceOf, KILLED, measurements } from "../../support/evidence.ts";

/** Times by the clock on a busy machine: everything takes longer than the processor needs. */
const measured: Measurements = measurements({
  load: { cpu: 1.5, wall: 2.5, inputs: [], outputs: [] },
  latency: { p50: 0.25, p99: 1.5, clock: { p50: 0.5, p99: 3 }, rows: 900 },
  memory: { mebibytes: 99.5 },
});
const evidence = (
  budgets?: Validation["budgets"],
  found: Partial<Measurements> = {},
  facts: Evidence["model"]["facts"] = { error: "not looked at" },
): Evidence => ({
  ...evidenceOf({
    columns: { x: [1] },
    validation: { ...(budgets && { budgets }) },
    measured: { ...measured, ...found },
  }),
  model: { size: 1, facts },
});
const accepted = (found: string) => ({ outcome: "judged", found, objections: [], warnings: [] });
const fix = "make the model smaller, or raise the budget where a reviewer sees it";
const at = (budget: string) => `model/contract.json, /validation/budgets/${budget}`;
const BUSY =
  "check whether the machine was busy with something else; if the service's machines are as slow, raise the budget or their number";

/** The step has no result, through a fault of the model or of the machine. */
function judgesNothing(check: CheckDefinition, step: "load" | "latency" | "memory"): void {
  for (const budgets of [undefined, { loadSeconds: 1, p99Milliseconds: 1, memoryMebibytes: 1 }]) {
    const given = budgets ? "with a budget" : "without one";

    it(`judges nothing of a model that was not run, ${given}`, () => {
      assert.deepEqual(check.judge(evidence(budgets, { [step]: ENDED })), {
        outcome: "notJudged",
        why: "the model's process ended before that",
        fault: "model",
      });
    });

    it(`blames the machine for what it has kept from being run, ${given}`, () => {
      assert.deepEqual(check.judge(evidence(budgets, { [step]: KILLED })), {
        outcome: "notJudged",
        why: "The process was ended by SIGKILL.",
        fault: "machine",
        fix: "judge it again",
      });
    });
  }

  it("is asked for in any case", () => {
    assert.equal(check.notAsked, undefined);
  });
}

describe("checkLoads", () => {
  it("tells the processor's time, and accepts one within its budget", () => {
    assert.deepEqual(checkLoads.judge(evidence()), accepted("in 1.50 s"));
    assert.deepEqual(checkLoads.judge(evidence({ loadSeconds: 2.5 })), accepted("in 1.50 s, at most 2.5 s"));
  });

  it("objects to a model that takes longer", () => {
    assert.deepEqual(checkLoads.judge(evidence({ loadSeconds: 1.4 })), {
      ...accepted("in 1.50 s"),
      objections: [
        {
          what: "The model took 1.50 s of processor time to load, and at most 1.4 s are allowed.",
          where: at("loadSeconds"),
          fix,
        },
      ],
    });
  });

  it("accepts exactly the budget in processor time, and only warns by the clock", () => {
    assert.deepEqual(checkLoads.judge(evidence({ loadSeconds: 1.5 })), {
      ...accepted("in 1.50 s, at most 1.5 s"),
      warnings: [
        {
          what: "By the clock, loading took 2.50 s, over the 1.5 s that are allowed; by processor time, which counts, it is not.",
          where: at("loadSeconds"),
          fix: BUSY,
        },
      ],
    });
  });

  it("objects to a model that does not load, in the runtime's own words if it has no others", () => {
    assert.deepEqual(checkLoads.judge(evidence({}, { load: { error: "it is broken" } })), {
      ...accepted(""),
      objections: [
        {
          what: "it is broken",
          where: "model/model.onnx",
          fix: 'see what the same version says in Python: onnxruntime.InferenceSession("model.onnx")',
        },
      ],
    });
  });

  it("passes on the fix, if there is one", () => {
    const load = { error: "it was not done after 120 s of processor time", fix: "give it more time" };

    assert.deepEqual(checkLoads.judge(evidence({}, { load })), {
      ...accepted(""),
      objections: [
        {
          what: "The model does not load: it was not done after 120 s of processor time.",
          where: "model/model.onnx",
          fix: "give it more time",
        },
      ],
    });
  });

  judgesNothing(checkLoads, "load");
});

describe("checkLatency", () => {
  const told = accepted("p50 0.250 ms, p99 1.50 ms, 900 rows one by one");

  it("tells what was measured, and accepts what is within its budgets", () => {
    assert.deepEqual(checkLatency.judge(evidence()), told);
    assert.deepEqual(checkLatency.judge(evidence({ p50Milliseconds: 0.5, p99Milliseconds: 3 })), told);
  });

  it("objects to each quantile over its budget", () => {
    assert.deepEqual(checkLatency.judge(evidence({ p50Milliseconds: 0.2, p99Milliseconds: 1 })), {
      ...told,
      objections: [
        {
          what: "The p50 of a run with one row is 0.250 ms of processor time, and at most 0.2 ms are allowed.",
          where: at("p50Milliseconds"),
          fix,
        },
        {
          what: "The p99 of a run with one row is 1.50 ms of processor time, and at most 1 ms are allowed.",
          where: at("p99Milliseconds"),
          fix,
        },
      ],
    });
  });

  it("accepts exactly the budget in processor time, and only warns by the clock", () => {
    assert.deepEqual(checkLatency.judge(evidence({ p50Milliseconds: 0.25, p99Milliseconds: 1.5 })), {
      ...told,
      warnings: [
        {
          what: "By the clock, the p50 of a run with one row is 0.500 ms, over the 0.25 ms that are allowed; by processor time, which counts, it is not.",
          where: at("p50Milliseconds"),
          fix: BUSY,
        },
        {
          what: "By the clock, the p99 of a run with one row is 3.00 ms, over the 1.5 ms that are allowed; by processor time, which counts, it is not.",
          where: at("p99Milliseconds"),
          fix: BUSY,
        },
      ],
    });
  });

  it("objects to a model that fails when it is run again and again", () => {
    assert.deepEqual(checkLatency.judge(evidence({}, { latency: { error: "it is broken" } })), {
      ...accepted(""),
      objections: [
        {
          what: "The model fails when it is run again and again: it is broken.",
          where: "model/model.onnx",
          fix: "export the model again",
        },
      ],
    });
  });

  it("passes on the fix, if there is one", () => {
    const latency = { error: "it was not done after 120 s of processor time", fix: "give it more time" };
    const check = checkLatency.judge(evidence({}, { latency }));

    assert(check.outcome === "judged");
    assert.deepEqual(
      check.objections.map(({ fix }) => fix),
      ["give it more time"],
    );
  });

  const answer = { outputs: {}, again: {} };
  for (const { fact, found } of [
    { fact: "a golden request", found: { golden: [answer, { error: "it is broken" }] } },
    { fact: "rows of the holdout", found: { tables: { holdout: { error: "it is broken" } } } },
  ])
    it(`leaves a model that fails on ${fact} to the check of that`, () => {
      assert.deepEqual(checkLatency.judge(evidence({ p99Milliseconds: 1 }, found)), {
        outcome: "notJudged",
        why: "the model fails on rows or requests that it would be timed with",
        fault: "model",
      });
    });

  it("is judged where the machine has kept others from being run", () => {
    const found = { golden: [answer, KILLED], tables: { holdout: KILLED, "rows alone": ENDED } };

    assert.deepEqual(checkLatency.judge(evidence({}, found)), told);
  });

  judgesNothing(checkLatency, "latency");
});

describe("checkMemory", () => {
  it("tells what was measured, and accepts what is within its budget", () => {
    const told = accepted("100 MiB to load and run it");

    assert.deepEqual(checkMemory.judge(evidence()), told);
    assert.deepEqual(checkMemory.judge(evidence({ memoryMebibytes: 99.5 })), told);
  });

  it("objects to a model that takes more", () => {
    assert.deepEqual(checkMemory.judge(evidence({ memoryMebibytes: 99 })), {
      ...accepted("100 MiB to load and run it"),
      objections: [
        {
          what: "Loading and running the model takes 100 MiB, and at most 99 MiB are allowed.",
          where: at("memoryMebibytes"),
          fix,
        },
      ],
    });
  });

  it("judges nothing of a model that ends its process", () => {
    assert.deepEqual(checkMemory.judge(evidence({}, { memory: { error: "Its process ended." } })), {
      outcome: "notJudged",
      why: "Its process ended.",
      fault: "model",
    });
  });

  it("passes on the fix, if there is one", () => {
    const memory = { error: "it was not done after 120 s of processor time", fix: "give it more time" };

    assert.deepEqual(checkMemory.judge(evidence({}, { memory })), {
      outcome: "notJudged",
      why: "it was not done after 120 s of processor time",
      fault: "model",
      fix: "give it more time",
    });
  });

  judgesNothing(checkMemory, "memory");
});
