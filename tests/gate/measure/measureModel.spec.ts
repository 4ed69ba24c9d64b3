import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Contract } from "../../../contract/contract.ts";
import { parseContract } from "../../../contract/parseContract.ts";
import type { TensorValues } from "../../../contract/tensors.ts";
import { pickRows } from "../../../gate/data/pickRows.ts";
import type { Table } from "../../../gate/data/rowsToRun.ts";
import { between } from "../../../gate/data/tensorsOf.ts";
import { type Limits, limitsFor } from "../../../gate/measure/limits.ts";
import { type MeasureOptions, Measuring } from "../../../gate/measure/measureModel.ts";
import { failed, type Measurements, notRun, ran } from "../../../gate/measure/measurements.ts";
import type { Arrivals } from "../../../gate/measure/runTable.ts";
import { spawnModel } from "../../../gate/measure/spawnModel.ts";
import { broken } from "../../support/brokenWire.ts";
import { ModelFolder } from "../../support/modelFolder.ts";
import * as models from "../../support/onnxModels.ts";

const contract = parseContract(readFileSync("model/contract.json", "utf8"), "model/contract.json");
const file = "model/model.onnx";
const rows = { features: { shape: [2, 3], data: Float32Array.of(50000, 35, 720, 1, 18, 300) } };

interface Given extends Partial<Contract> {
  readonly limits?: Partial<Limits>;
  readonly spawn?: MeasureOptions["spawn"];
}

/** Measures what `act` asks for. */
async function measured(
  act: (measuring: Measuring) => Promise<void>,
  { limits, spawn, ...changes }: Given = {},
): Promise<Measurements> {
  const like = { ...contract, ...changes };
  const all = { ...limitsFor(like, { modelBytes: 0, holdoutBytes: 0 }), ...limits };
  const measuring = new Measuring(like, { limits: all, ...(spawn && { spawn }) });
  try {
    await act(measuring);
    await measuring.end();
    return measuring.measurements;
  } finally {
    measuring.stop("the test is over");
  }
}

/** The two rows in turn. */
function table(length: number, more: Partial<Table> = {}): Table {
  const all = pickRows(
    rows,
    Int32Array.from({ length }, (_, i) => i % 2),
  );
  return {
    rows: length,
    inputs: (from, to) => pickRows(all, between(from, to)),
    outputs: ["label", "probabilities", "extra"].slice(0, 2),
    returned: ["label"],
    batch: 1024,
    ...more,
  };
}

/** Answers for only the ages 0 and 1. */
const lookupModel = () => models.lookupModel(2);

/** A table whose row 700 has the age 7. All others have 1. */
const ofAges = (from: number, to: number): TensorValues => ({
  features: {
    shape: [to - from, 3],
    data: Float32Array.from({ length: 3 * (to - from) }, (_, i) =>
      i % 3 === 1 ? (from + Math.floor(i / 3) === 700 ? 7 : 1) : 500,
    ),
  },
});

/** Each kind of step. */
const everything = async (measuring: Measuring) => {
  await measuring.load(file);
  await measuring.golden([rows]);
  await measuring.table("holdout", table(50, { batch: 10 }));
  await measuring.memory();
};

/** With a model in a file of its own. */
async function ofModel<T>(bytes: Uint8Array, use: (file: string) => Promise<T>): Promise<T> {
  using folder = new ModelFolder();
  folder.write("model.onnx", bytes);
  return await use(folder.file("model.onnx"));
}

const answered = (values: readonly bigint[]) => ({
  outputs: { label: { shape: [values.length], data: BigInt64Array.from(values) } },
  notFinite: [],
  failures: [],
});

describe("Measuring", function () {
  this.timeout(60_000);

  it("gives what the model has and answers, its time and its memory", async () => {
    const all = await measured(async (measuring) => {
      await measuring.load(file);
      await measuring.golden([rows]);
      await measuring.table("holdout", table(2));
      await measuring.memory();
      await measuring.latency([pickRows(rows, Int32Array.of(0)), pickRows(rows, Int32Array.of(1))]);
    });

    assert(ran(all.load));
    const { cpu, wall, ...ports } = all.load;
    assert(cpu > 0 && cpu < 20 && wall > 0, `${cpu} ${wall}`);
    assert.deepEqual(ports, {
      inputs: [{ name: "features", datatype: "FP32", shape: [-1, 3] }],
      outputs: [
        { name: "label", datatype: "INT64", shape: [-1] },
        { name: "probabilities", datatype: "FP32", shape: [-1, 2] },
      ],
    });
    const [golden] = all.golden;
    assert(golden && ran(golden));
    assert.deepEqual(golden.outputs["label"], { shape: [2], data: BigInt64Array.of(1n, 0n) });
    assert.deepEqual(golden.again, golden.outputs);
    assert.deepEqual(all.tables, { holdout: answered([1n, 0n]) });
    assert(ran(all.latency));
    const { p50, p99, rows: timed } = all.latency;
    assert(p50 > 0 && p99 >= p50 && timed === 2, `${p50} ${p99} ${timed}`);
    assert(ran(all.memory) && all.memory.mebibytes > 1 && all.memory.mebibytes < 1000);
  });

  it("runs a table in batches, the last of which may be smaller", async () => {
    const { tables } = await measured(async (measuring) => {
      await measuring.load(file);
      await measuring.table("a", table(7, { batch: 3 }));
      await measuring.table("b", table(7, { batch: 1 }));
    });

    const all = answered([1n, 0n, 1n, 0n, 1n, 0n, 1n]);
    assert.deepEqual(tables, { a: all, b: all });
  });

  it("runs rows as they arrive, and ends with the last", async () => {
    const waiting: number[] = [];
    const { tables } = await measured(async (measuring) => {
      await measuring.load(file);
      const arriving: Arrivals = {
        async rows(wanted) {
          waiting.push(wanted);
          return 5;
        },
        total: 5,
      };
      await measuring.table("holdout", table(100, { batch: 2 }), { arriving });
    });

    assert.deepEqual(tables, { holdout: answered([1n, 0n, 1n, 0n, 1n]) });
    assert.deepEqual(waiting, [2, 4, 6, 7]);
  });

  for (const { rows, batch, most } of [
    { rows: 200_000, batch: 10_000, most: 4 },
    { rows: 400_000, batch: 10_000, most: 4 },
    { rows: 2000, batch: 1, most: 65 },
    { rows: 4000, batch: 1, most: 65 },
  ])
    it(`has a few runs under way at once, however many rows there are: ${most} of ${rows} rows, ${batch} in each`, async () => {
      let [underWay, seen] = [0, 0];
      const spawn: MeasureOptions["spawn"] = (limits) => {
        const wire = spawnModel(limits);
        return {
          ...wire,
          send(order) {
            seen = Math.max(seen, ++underWay);
            wire.send(order);
          },
          onReply: (hear) =>
            wire.onReply((reply) => {
              underWay--;
              hear(reply);
            }),
        };
      };
      await measured(
        async (measuring) => {
          await measuring.load(file);
          await measuring.table("holdout", table(rows, { batch }));
        },
        { spawn },
      );

      assert.equal(seen, most);
    });

  it("runs nothing more on a model that has other inputs than declared", async () => {
    const [input, ...others] = contract.inputs;
    const all = await measured(
      async (measuring) => {
        await measuring.load(file);
        await measuring.golden([rows]);
        await measuring.table("holdout", table(2));
        await measuring.memory();
        await measuring.latency([rows]);
      },
      { inputs: [{ ...input!, name: "other" }, ...others] },
    );

    const never = { notRun: "the model has other inputs or outputs", fault: "model" };
    assert(ran(all.load));
    assert.deepEqual(
      { ...all, load: 0 },
      { load: 0, golden: [never], tables: { holdout: never }, latency: never, memory: never },
    );
  });

  it("says so if the model is none", async () => {
    const { load, golden } = await measured(async (measuring) => {
      await measuring.load("model/contract.json");
      await measuring.golden([rows]);
    });

    assert(failed(load));
    assert.match(load.error, /protobuf/i);
    assert.deepEqual(golden, [{ notRun: "the model does not load", fault: "model" }]);
  });

  it("takes a step that nobody asked for as not run, by the machine's fault", async () => {
    const { load, latency, memory } = await measured(async () => {});

    for (const step of [load, latency, memory])
      assert.deepEqual(step, { notRun: "the model was not run", fault: "machine" });
  });

  describe("with a limit", () => {
    const FIX =
      "give it more time as limits.stepSeconds in model/contract.json, /validation, where a reviewer sees it; use fewer rows; or make the model faster";

    it("ends a step that takes too long of the processor, says how far it came, and runs nothing more", async () => {
      await ofModel(models.slowModel(200), async (slow) => {
        const { tables, memory } = await measured(
          async (measuring) => {
            await measuring.load(slow);
            await measuring.table("holdout", table(1000, { batch: 1 }));
            await measuring.memory();
          },
          { validation: { ...contract.validation!, limits: { stepSeconds: 2 } } },
        );

        const { holdout } = tables;
        assert(holdout && failed(holdout));
        assert.match(
          holdout.error,
          /^it was not done after 2 s of processor time: \d+ of 1,000 rows were answered$/,
        );
        assert.equal(holdout.fix, FIX);
        assert.deepEqual(memory, { notRun: "the model's process ended before that", fault: "model" });
      });
    });

    it("ends a loop without end within a golden request", async () => {
      await ofModel(models.endlessLoopModel(), async (endless) => {
        const { golden } = await measured(
          async (measuring) => {
            await measuring.load(endless);
            await measuring.golden([rows, rows]);
          },
          { limits: { stepSeconds: 1 } },
        );

        assert.deepEqual(golden, [
          { error: "it was not done after 1 s of processor time", fix: FIX },
          { notRun: "the model's process ended before that", fault: "model" },
        ]);
      });
    });

    it("takes the kernel's own limit on time for the model's fault", async () => {
      await ofModel(models.endlessLoopModel(), async (endless) => {
        const { golden } = await measured(
          async (measuring) => {
            await measuring.load(endless);
            await measuring.golden([rows]);
          },
          { limits: { cpuSeconds: 2, stepSeconds: 100 } },
        );

        assert.deepEqual(golden, [{ error: "its process used up its 2 s of processor time", fix: FIX }]);
      });
    });

    it("gives the process no more memory than allowed", async function () {
      if (process.platform !== "linux") this.skip(); // elsewhere the kernel does not enforce the limit

      const { load } = await measured((measuring) => measuring.load(file), { limits: { mebibytes: 100 } });

      assert(failed(load));
      assert.equal(load.error, "it needs more than the 100 MiB of memory that it may take");
    });
  });

  describe("of a model that ends its own process", () => {
    it("says for which row of a table", async () => {
      await ofModel(models.crashingOnModel(18), async (crashing) => {
        const { tables } = await measured(async (measuring) => {
          await measuring.load(crashing);
          await measuring.table("holdout", table(100), { lines: () => between(2, 102) });
        });

        assert.deepEqual(tables, {
          holdout: {
            error: "its process ended with SIGFPE (the row in line 3)",
            fix: "export the model again; run it in Python on the same input to see where it ends",
          },
        });
      });
    });

    it("goes on with the next step if it is the table that looks for such rows", async () => {
      await ofModel(models.crashingOnModel(18), async (crashing) => {
        const { tables, memory } = await measured(async (measuring) => {
          await measuring.load(crashing);
          await measuring.table("declared values", table(100, { failuresWanted: true }));
          await measuring.memory();
        });

        assert.deepEqual(tables, {
          "declared values": {
            outputs: {},
            notFinite: [],
            failures: [{ row: 1, error: "its process ended with SIGFPE" }],
          },
        });
        assert(ran(memory));
      });
    });
  });

  describe("of a model that fails on a row", () => {
    it("says which", async () => {
      await ofModel(lookupModel(), async (failing) => {
        const { tables } = await measured(async (measuring) => {
          await measuring.load(failing);
          await measuring.table("holdout", table(1000, { inputs: ofAges }), {
            lines: () => between(2, 1002),
          });
        });

        const { holdout } = tables;
        assert(holdout && failed(holdout));
        assert.match(
          holdout.error,
          /^the operator Gather \(.*\) fails: .*out of data bounds.* \(the row in line 702\)$|^the operator Gather fails: .*out of data bounds.* \(the row in line 702\)$/,
        );
      });
    });

    it("names all of them if they are wanted, and keeps the answers to the others", async () => {
      await ofModel(lookupModel(), async (failing) => {
        const bad = new Set([3, 64, 65]);
        const inputs = (from: number, to: number): TensorValues => ({
          features: {
            shape: [to - from, 3],
            data: Float32Array.from({ length: 3 * (to - from) }, (_, i) =>
              i % 3 === 1 ? (bad.has(from + Math.floor(i / 3)) ? 7 : 1) : 500,
            ),
          },
        });
        const { tables } = await measured(async (measuring) => {
          await measuring.load(failing);
          await measuring.table(
            "values",
            table(100, { inputs, batch: 32, failuresWanted: true, returned: [] }),
          );
        });

        const { values } = tables;
        assert(values && ran(values));
        assert.deepEqual(
          values.failures.map(({ row }) => row),
          [3, 64, 65],
        );
      });
    });
  });

  describe("when something goes wrong on the way", () => {
    for (const { accident, after, why } of [
      {
        accident: "lostMessage",
        after: 3,
        why: /^Answer 4 of the process that runs the model did not arrive\.$/,
      },
      {
        accident: "killedChild",
        after: 1, // what it has answered ahead of the kill is an answer
        why: /^The process that runs the model was ended by SIGKILL, as the system does when memory runs out\.$/,
      },
      {
        accident: "fullPipe",
        after: 5,
        why: /^The process that runs the model has done nothing for 1 s, and did not answer\.$/,
      },
    ] as const) {
      it(`says that the machine is at fault, and gives nothing of that step: ${accident}`, async () => {
        const { load, tables, memory } = await measured(everything, {
          spawn: broken(accident, after),
          limits: { idleSeconds: 1 },
        });

        assert(ran(load));
        for (const step of [tables["holdout"]!, memory]) {
          assert(notRun(step), JSON.stringify(step));
          assert.equal(step.fault, "machine");
          assert.match(step.notRun, why);
        }
      });
    }

    it("believes nothing if the last count is wrong", async () => {
      const all = await measured(everything, { spawn: broken("miscount", 0) });

      const why = "It has sent 12 answers, and 9 were asked for.";
      for (const step of [all.load, ...all.golden, all.tables["holdout"]!, all.memory])
        assert.deepEqual(step, {
          notRun: why,
          fault: "machine",
          fix: "judge it again, on a machine that has the memory and the time for it",
        });
    });
  });

  it("gives the process no login of the environment", async () => {
    process.env["SLIPWAY_TEST_TOKEN"] = "a secret";
    try {
      let environment = "";
      await measured(async (measuring) => {
        await measuring.load(file);
        const [child] = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8")
          .split(" ")
          .filter((pid) => pid !== "" && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("runModel"));
        environment = readFileSync(`/proc/${child}/environ`, "utf8");
      });

      const names = environment.split("\0").map((entry) => entry.split("=")[0]);
      assert(names.includes("PATH"), environment);
      assert.deepEqual(
        names.filter(
          (name) =>
            !/^(PATH|TMPDIR|TZ|LANG|LC_[A-Z]+|LD_LIBRARY_PATH|PWD|_|ORT_DISABLE_TELEMETRY|)$/.test(name!),
        ),
        [],
      );
    } finally {
      delete process.env["SLIPWAY_TEST_TOKEN"];
    }
  });
});
