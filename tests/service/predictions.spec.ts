import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Tensor, Tensors } from "../../contract/tensors.ts";
import { createEngine, type Engine, type EngineOptions } from "../../service/src/engine/engine.ts";
import type { Prediction, PredictionObserver } from "../../service/src/engine/prediction.ts";
import type { Runner } from "../../service/src/engine/predictor.ts";
import { binaryRequest, floats } from "../support/binaryRequests.ts";
import { contract, type StartedApp, startApp } from "../support/serviceApp.ts";

/** Labels each row with its income, and doubts it if its credit score is 666. It answers when the test says so. */
class Model implements Runner {
  /** Rows of each run so far. */
  readonly runs: number[] = [];
  #waiting: (() => void)[] = [];
  held = false;

  async run(inputs: Tensors, outputs: readonly string[]): Promise<Tensors> {
    const { data, shape } = inputs.get("features")!;
    const [rows] = shape as [number];
    this.runs.push(rows);
    if (this.held) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const value = (row: number, column: number) => data[row * 3 + column] as number;
    const given = (row: number) => (value(row, 2) === 666 ? Number.NaN : 0.5);
    const all = {
      label: {
        datatype: "INT64",
        shape: [rows],
        data: BigInt64Array.from({ length: rows }, (_, row) => BigInt(value(row, 0))),
      },
      probabilities: {
        datatype: "FP32",
        shape: [rows, 2],
        data: Float32Array.from({ length: 2 * rows }, (_, i) => given(Math.floor(i / 2))),
      },
    } as const satisfies Record<string, Tensor>;
    return new Map(outputs.map((name) => [name, all[name as keyof typeof all]]));
  }

  release(): void {
    this.held = false;
    for (const end of this.#waiting.splice(0)) end();
  }
}

type Row = readonly [income: number, age: number, creditScore: number];

interface Way {
  readonly name: string;
  readonly path: string;
  readonly outputs: readonly string[];
  request(rows: readonly Row[]): { body: string | Buffer; headers: Record<string, string> };
}

const INFER = "/v2/models/loan-approval/infer";
const described = (rows: readonly Row[]) => ({ name: "features", datatype: "FP32", shape: [rows.length, 3] });
const features = (rows: readonly Row[]) => JSON.stringify({ features: rows.length === 1 ? rows[0] : rows });
const WAYS: readonly Way[] = [
  {
    name: "the shortcut of /predict",
    path: "/predict",
    outputs: ["label", "probabilities"],
    request: (rows) => ({ body: features(rows), headers: { "Content-Type": "application/json" } }),
  },
  {
    name: "/predict",
    path: "/predict",
    outputs: ["label", "probabilities"],
    request: (rows) => ({
      body: features(rows),
      headers: { "Content-Type": "application/json; charset=utf-8" },
    }),
  },
  {
    name: "…/infer in JSON",
    path: INFER,
    outputs: ["label"],
    request: (rows) => ({
      body: JSON.stringify({
        id: "the caller's own",
        inputs: [{ ...described(rows), data: rows.flat() }],
        outputs: [{ name: "label" }],
      }),
      headers: { "Content-Type": "application/json" },
    }),
  },
  {
    name: "…/infer in bytes",
    path: INFER,
    outputs: ["probabilities", "label"],
    request: (rows) => {
      const bytes = floats(...rows.flat());
      const input = { ...described(rows), parameters: { binary_data_size: bytes.length } };
      const outputs = ["probabilities", "label"].map((name) => ({ name, parameters: { binary_data: true } }));
      return binaryRequest({ inputs: [input], outputs }, bytes);
    },
  },
];

const OPTIONS: EngineOptions = {
  batching: { maxRows: 4, dynamicShapes: false },
  runMs: 1,
  queueRows: 100,
  queueRequests: 10,
  timeoutMs: 5_000,
};

const ONE: readonly Row[] = [[1, 20, 700]];
const TWO: readonly Row[] = [
  [2, 30, 700],
  [3, 31, 701],
];
const FIVE: readonly Row[] = [4, 5, 6, 7, 8].map((income) => [income, 40, 702]);
/** For which the model gives no number. */
const DOUBTED: readonly Row[] = [[9, 50, 666]];

/** What an observer must be shown of a request, in plain values, without the times. */
function expected(id: string, rows: readonly Row[], outputs: readonly string[]): unknown {
  const results = {
    label: { shape: [rows.length], values: rows.map(([income]) => BigInt(income)) },
    probabilities: { shape: [rows.length, 2], values: rows.flatMap(() => [0.5, 0.5]) },
  };
  return {
    id,
    inputs: { features: { shape: [rows.length, 3], values: rows.flat() } },
    outputs,
    results: Object.fromEntries(Object.entries(results).filter(([name]) => outputs.includes(name))),
    release: "0123456789abcdef",
  };
}

function plain({ times: _times, inputs, results, ...rest }: Prediction): unknown {
  return { ...rest, inputs: values(inputs), results: values(results) };
}

function values(tensors: Tensors): unknown {
  return Object.fromEntries(
    [...tensors].map(([name, { shape, data }]) => [
      name,
      { shape: [...shape], values: Array.from<unknown>(data) },
    ]),
  );
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(1);
}

describe("An observer of predictions", () => {
  let model: Model;
  let engine: Engine;
  let waiting: () => number;
  let seen: Prediction[];
  let app: StartedApp;

  async function start(options: Partial<EngineOptions> = {}, observer?: PredictionObserver): Promise<void> {
    model = new Model();
    seen = [];
    const metrics = { batch() {}, setQueue: (read: () => number) => void (waiting = read) };
    engine = createEngine({ ...OPTIONS, metrics, ...options });
    engine.attach(model);
    app = await startApp(engine, contract, {
      observers: [observer ?? ((prediction) => void seen.push(prediction))],
    });
  }
  afterEach(async () => {
    model.release();
    app.server.close().closeAllConnections();
    await engine.close();
  });

  async function send(way: Way, rows: readonly Row[], id: string, more: Record<string, string> = {}) {
    const { body, headers } = way.request(rows);
    const response = await fetch(app.url + way.path, {
      method: "POST",
      body,
      headers: { ...headers, "X-Request-Id": id, ...more },
    });
    await response.arrayBuffer();
    return response.status;
  }

  for (const way of WAYS) {
    for (const [what, rows] of [
      ["one row", ONE],
      ["several rows", TWO],
    ] as const)
      it(`is shown ${what} asked by ${way.name}, once`, async () => {
        await start();
        const before = performance.now();
        const status = await send(way, rows, "r-1");

        assert.equal(status, 200);
        assert.deepEqual(seen.map(plain), [expected("r-1", rows, way.outputs)]);
        const { queuedAt, startedAt, endedAt } = seen[0]!.times;
        const times = [before, queuedAt!, startedAt!, endedAt!, performance.now()];
        assert.deepEqual(
          times,
          times.toSorted((a, b) => a - b),
        );
      });

    it(`is shown what ${way.name} asked in one, of rows that the model answered in several runs`, async () => {
      await start();
      await send(way, FIVE, "r-1");

      assert.deepEqual(model.runs, [4, 1]);
      assert.deepEqual(seen.map(plain), [expected("r-1", FIVE, way.outputs)]);
    });

    it(`is not shown what ${way.name} asked and was refused for want of room`, async () => {
      await start({ queueRequests: 1 });
      model.held = true;
      const running = send(way, ONE, "running");
      await until(() => model.runs.length === 1);
      const queued = send(way, TWO, "queued");
      await until(() => waiting() === 1);
      const refused = await send(way, ONE, "refused");
      model.release();

      assert.deepEqual([refused, await running, await queued], [503, 200, 200]);
      assert.deepEqual(
        seen.map(({ id }) => id),
        ["running", "queued"],
      );
    });

    it(`is not shown what ${way.name} asked and the model answered too late`, async () => {
      await start();
      model.held = true;
      const status = await send(way, ONE, "late", { "X-Request-Timeout-Ms": "100" });
      model.release();
      await send(way, TWO, "next");

      assert.equal(status, 504);
      assert.deepEqual(
        seen.map(({ id }) => id),
        ["next"],
      );
    });
  }

  it("is shown each request of a run that several share with its own rows", async () => {
    await start({ batching: { maxRows: 16, dynamicShapes: false } });
    model.held = true;
    const first = send(WAYS[0]!, ONE, "first");
    await until(() => model.runs.length === 1);
    const asked = [ONE, TWO, FIVE, TWO];
    const others = WAYS.map((way, i) => send(way, asked[i]!, `r-${i}`));
    await until(() => waiting() === WAYS.length);
    model.release();
    await Promise.all([first, ...others]);

    assert.deepEqual(model.runs, [1, 10]);
    const byId = seen.slice(1).toSorted((a, b) => a.id.localeCompare(b.id));
    assert.deepEqual(
      byId.map(plain),
      WAYS.map(({ outputs }, i) => expected(`r-${i}`, asked[i]!, outputs)),
    );
  });

  it("is not shown what does not fit the model", async () => {
    await start();
    const wrong = [["a", "b", "c"]] as unknown as Row[];
    const statuses = await Promise.all(WAYS.slice(0, 3).map((way, i) => send(way, wrong, `r-${i}`)));

    assert.deepEqual(statuses, [422, 422, 422]);
    assert.deepEqual(seen, []);
  });

  it("is not shown what has no answer, since the model gave no number", async () => {
    await start();
    const [shortcut, predict, , bytes] = WAYS;
    const statuses = await Promise.all(
      [shortcut, predict, bytes].map((way, i) => send(way!, DOUBTED, `r-${i}`)),
    );

    assert.deepEqual(statuses, [500, 500, 500]);
    assert.deepEqual(seen, []);
  });

  it("fails no request by throwing, and is logged once", async () => {
    const failure = new Error("full");
    await start({}, () => {
      throw failure;
    });
    const statuses = await Promise.all([...WAYS, ...WAYS].map((way, i) => send(way, ONE, `r-${i}`)));

    assert.deepEqual(new Set(statuses), new Set([200]));
    assert.deepEqual(app.logged, [{ err: failure }]);
  });
});
