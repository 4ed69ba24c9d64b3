import assert from "node:assert/strict";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import type { Tensors } from "../../../contract/tensors.ts";
import { createEngine, type Engine, type EngineOptions } from "../../../service/src/engine/engine.ts";
import type { Runner, RunTimes } from "../../../service/src/engine/predictor.ts";
import { RequestError } from "../../../service/src/problems/requestError.ts";

/** A model that doubles: `x` FP32 [-1, 1] in, `y` and `z` out. It answers when the test says so. */
class Model implements Runner {
  /** Rows of each run so far. */
  readonly runs: number[][] = [];
  readonly outputs: (readonly string[])[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #fails: ((x: readonly number[]) => Error | undefined) | undefined;

  constructor(fails?: (x: readonly number[]) => Error | undefined) {
    this.#fails = fails;
  }

  async run(inputs: Tensors, outputs: readonly string[]): Promise<Tensors> {
    const { shape, data } = inputs.get("x")!;
    const x = Array.from(data as Float32Array);
    this.runs.push(x);
    this.outputs.push(outputs);
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const failure = this.#fails?.(x);
    if (failure) throw failure;
    const tensor = { datatype: "FP32", shape, data: Float32Array.from(x, (value) => 2 * value) } as const;
    return new Map(outputs.map((name) => [name, tensor]));
  }

  /** Ends the oldest run, and lets the next begin. */
  async end(): Promise<void> {
    this.#waiting.shift()!();
    await turn();
    await turn();
  }

  async endAll(): Promise<void> {
    while (this.#waiting.length > 0) await this.end();
  }
}

const OPTIONS: EngineOptions = {
  batching: { maxRows: 4, dynamicShapes: false },
  runMs: 1,
  queueRows: 100,
  queueRequests: 10,
  // What a test leaves unanswered holds this process for so long, and is refused then.
  timeoutMs: 5_000,
};

function start(model: Runner, options: Partial<EngineOptions> = {}): Engine {
  const engine = createEngine({ ...OPTIONS, ...options });
  engine.attach(model);
  return engine;
}

const rows = (...x: number[]): Tensors =>
  new Map([["x", { datatype: "FP32", shape: [x.length, 1], data: Float32Array.from(x) }]]);
const Y = ["y"];
/** Not before a run has begun, on a busy machine either. */
const soon = () => performance.now() + 200;

/** Asks for no answer: what becomes of the run is nothing to the test. */
function leave(run: Promise<Tensors>): void {
  run.catch(() => {});
}

const values = async (run: Promise<Tensors>) => Array.from((await run).get("y")!.data as Float32Array);

async function refusal(run: Promise<unknown>): Promise<{ status: number; detail: string; headers: object }> {
  try {
    await run;
  } catch (error) {
    assert(error instanceof RequestError, String(error));
    return { status: error.problem.status, detail: error.problem.detail, headers: error.headers };
  }
  assert.fail("was answered");
}

describe("The engine", () => {
  it("runs together what came together, and gives each its rows", async () => {
    const model = new Model();
    const engine = start(model);
    const answers = [rows(1), rows(2, 3), rows(4)].map((inputs) => values(engine.run(inputs, Y)));
    await turn();
    await model.endAll();

    assert.deepEqual(await Promise.all(answers), [[2], [4, 6], [8]]);
    assert.deepEqual(model.runs, [[1, 2, 3, 4]]);
  });

  it("starts a lone request in the same turn of the event loop", async () => {
    const model = new Model();
    leave(start(model).run(rows(1), Y));
    await turn();

    assert.deepEqual(model.runs, [[1]]);
  });

  it("runs next what came during a run", async () => {
    const model = new Model();
    const engine = start(model);
    const answers = [engine.run(rows(1), Y)];
    await turn();
    answers.push(engine.run(rows(2), Y), engine.run(rows(3), Y));
    await turn();
    await model.endAll();
    await Promise.all(answers);

    assert.deepEqual(model.runs, [[1], [2, 3]]);
  });

  it("puts together a request of more rows than a run takes, and starves neither it nor others", async () => {
    const model = new Model();
    const engine = start(model);
    const big = values(engine.run(rows(1, 2, 3, 4, 5, 6, 7, 8, 9), Y));
    const small = values(engine.run(rows(10), Y));
    await turn();
    await model.endAll();

    assert.deepEqual(await big, [2, 4, 6, 8, 10, 12, 14, 16, 18]);
    assert.deepEqual(await small, [20]);
    assert.deepEqual(model.runs, [
      [1, 2, 3, 4],
      [10, 5, 6, 7],
      [8, 9],
    ]);
  });

  it("uses all its runners at once", async () => {
    const [one, two] = [new Model(), new Model()];
    const engine = start(one);
    engine.attach(two);
    const answer = values(engine.run(rows(1, 2, 3, 4, 5), Y));
    await turn();

    assert.deepEqual(
      [...one.runs, ...two.runs].toSorted((a, b) => a[0]! - b[0]!),
      [[1, 2, 3, 4], [5]],
    );
    await Promise.all([one.endAll(), two.endAll()]);
    assert.deepEqual(await answer, [2, 4, 6, 8, 10]);
  });

  it("asks a shared run for the outputs that any of its requests wants", async () => {
    const model = new Model();
    const engine = start(model);
    const answers = [engine.run(rows(1), ["y"]), engine.run(rows(2), ["z"])];
    await turn();
    await model.endAll();
    await Promise.all(answers);

    assert.deepEqual(model.outputs, [["y", "z"]]);
  });

  it("joins requests of one shape only", async () => {
    const model = new Model();
    const engine = start(model, { batching: { maxRows: 4, dynamicShapes: true } });
    const pair: Tensors = new Map([["x", { datatype: "FP32", shape: [1, 2], data: Float32Array.of(5, 6) }]]);
    const answers = [rows(1), pair, rows(2)].map((inputs) => values(engine.run(inputs, Y)));
    await turn();
    await model.endAll();

    assert.deepEqual(await Promise.all(answers), [[2], [10, 12], [4]]);
    assert.deepEqual(model.runs, [
      [1, 2],
      [5, 6],
    ]);
  });

  it("runs one by one what takes one request at a time, whole", async () => {
    const model = new Model();
    const engine = start(model, { batching: undefined });
    const answers = [rows(1, 2, 3, 4, 5), rows(6)].map((inputs) => values(engine.run(inputs, Y)));
    await turn();
    await model.endAll();

    assert.deepEqual(await Promise.all(answers), [[2, 4, 6, 8, 10], [12]]);
    assert.deepEqual(model.runs, [[1, 2, 3, 4, 5], [6]]);
  });

  it("lets a request that the model cannot take cost the others of its run nothing", async () => {
    const model = new Model((x) => (x.includes(2) ? new Error("2 is out of bounds") : undefined));
    const engine = start(model);
    const answers = [1, 2, 3].map((x) => values(engine.run(rows(x), Y)));
    const settled = Promise.allSettled(answers);
    await turn();
    await model.endAll();

    assert.deepEqual(await settled, [
      { status: "fulfilled", value: [2] },
      { status: "rejected", reason: new Error("2 is out of bounds") },
      { status: "fulfilled", value: [6] },
    ]);
  });

  it("spends no time of its own on one of them that nobody waits for any more", async () => {
    let gone = false;
    const model = new Model((x) => (x.length > 1 ? new Error("out of bounds") : undefined));
    const engine = start(model);
    const settled = Promise.allSettled([
      engine.run(rows(1), Y, { cancelled: () => gone }),
      values(engine.run(rows(2), Y)),
    ]);
    await turn();
    gone = true;
    await model.endAll();
    const [left, answered] = await settled;

    assert.deepEqual([left.status, answered], ["rejected", { status: "fulfilled", value: [4] }]);
    assert.deepEqual(model.runs, [[1, 2], [2]]);
  });

  it("fails all of a run that may be sent again, and runs them no second time", async () => {
    const ended = new RequestError("unavailable", "The process ended.");
    const model = new Model(() => ended);
    const engine = start(model);
    const settled = Promise.allSettled([engine.run(rows(1), Y), engine.run(rows(2), Y)]);
    await turn();
    await model.endAll();

    assert.deepEqual(await settled, [
      { status: "rejected", reason: ended },
      { status: "rejected", reason: ended },
    ]);
    assert.equal(model.runs.length, 1);
  });

  it("refuses an answer with another number of rows than were asked", async () => {
    const model: Runner = { run: async () => rows(1, 2, 3) };
    const run = start(model).run(rows(1), ["x"]);

    await assert.rejects(run, { message: 'output "x" has shape [3,1] for 1 rows' });
  });
});

/** One that runs a row, while others wait. */
async function full(options: Partial<EngineOptions>, ...waiting: Tensors[]): Promise<Engine> {
  const model = new Model();
  const engine = start(model, options);
  leave(engine.run(rows(0), Y));
  await turn();
  for (const inputs of waiting) leave(engine.run(inputs, Y));
  return engine;
}

describe("The engine, when it is full,", () => {
  it("refuses one request too many at once, and says when to come back", async () => {
    const engine = await full({ queueRequests: 1, runMs: 2_500 }, rows(1));

    assert.deepEqual(await refusal(engine.run(rows(2), Y)), {
      status: 503,
      detail: "Too many requests wait: 1, of 1 rows. Another one would wait for about 2.5 s.",
      headers: { "Retry-After": "3" },
    });
  });

  it("refuses one row too many", async () => {
    const engine = await full({ queueRows: 3 }, rows(1, 2));

    assert.equal((await refusal(engine.run(rows(3, 4), Y))).status, 503);
  });

  it("does not admit one more like those that wait, if there is no room", async () => {
    const engine = await full({ queueRows: 3 }, rows(1, 2));

    assert.throws(() => engine.admit({}), { message: /^Too many requests wait: 1, of 2 rows/ });
  });

  it("admits one more like them if there is room and time", async () => {
    const engine = await full({ queueRows: 4, runMs: 1_000 }, rows(1, 2));

    engine.admit({ deadline: performance.now() + 2_100 });
    assert.throws(() => engine.admit({ deadline: performance.now() + 1_900 }), { name: "RequestError" });
  });

  it("admits any request when nothing waits, until it is closed", async () => {
    const engine = await full({ queueRows: 1, queueRequests: 1, runMs: 1_000 });

    engine.admit({ deadline: performance.now() + 1 });
    void engine.close();
    assert.throws(() => engine.admit({}), { message: /shutting down/ });
  });

  it("refuses what it could not answer in time, by what runs take, were each to take twice as long", async () => {
    const engine = await full({ runMs: 1_000 }, rows(1, 2, 3, 4));
    const deadline = performance.now() + 3_900;

    assert.equal((await refusal(engine.run(rows(5), Y, { deadline }))).status, 503);
  });

  it("takes what it can answer in time", async () => {
    const model = new Model();
    const engine = start(model, { runMs: 1_000 });
    const answers = [rows(0), rows(1, 2, 3, 4), rows(5)].map((inputs) =>
      engine.run(inputs, Y, { deadline: performance.now() + 4_100 }),
    );
    await turn();
    await model.endAll();

    assert.deepEqual(await Promise.all(answers.map(values)), [[0], [2, 4, 6, 8], [10]]);
  });

  it("takes any request when nothing waits", async () => {
    const engine = await full({ queueRows: 1, runMs: 1_000 });
    const taken = engine.run(rows(1, 2), Y, { deadline: performance.now() + 10 });

    assert.equal((await refusal(taken)).status, 504);
  });

  it("learns what runs take", async () => {
    const model = new Model();
    const engine = start(model, { runMs: 60_000 });
    for (let i = 0; i < 40; i++) {
      const answer = engine.run(rows(1, 2, 3, 4), Y);
      await turn();
      await model.end();
      await answer;
    }
    const answers = [1, 2].map((x) =>
      values(engine.run(rows(x), Y, { deadline: performance.now() + 20_000 })),
    );
    await turn();
    await model.endAll();

    assert.deepEqual(await Promise.all(answers), [[2], [4]]);
  });
});

describe("The engine, when nobody waits any more,", () => {
  it("answers 504 at the deadline, during the run", async () => {
    const model = new Model();
    const late = start(model).run(rows(1), Y, { deadline: soon() });

    assert.deepEqual(await refusal(late), {
      status: 504,
      detail: "The model had not answered when the request's time was over.",
      headers: {},
    });
    await model.endAll();
  });

  it("uses its own limit where a request has none", async () => {
    const engine = start(new Model(), { timeoutMs: 5 });

    assert.equal((await refusal(engine.run(rows(1), Y))).status, 504);
  });

  it("never runs what is late already", async () => {
    const model = new Model();
    const engine = start(model);
    leave(engine.run(rows(1), Y));
    await turn();
    const late = engine.run(rows(2), Y, { deadline: performance.now() });
    const next = values(engine.run(rows(3), Y));

    assert.equal((await refusal(late)).status, 504);
    await model.endAll();
    assert.deepEqual(await next, [6]);
    assert.deepEqual(model.runs, [[1], [3]]);
  });

  it("never runs what a caller has left", async () => {
    const model = new Model();
    const engine = start(model);
    leave(engine.run(rows(1), Y));
    await turn();
    const left = engine.run(rows(2), Y, { cancelled: () => true });

    assert.equal((await refusal(left)).status, 499);
    await model.endAll();
    assert.deepEqual(model.runs, [[1]]);
  });

  it("runs no more rows of a request that is late", async () => {
    const model = new Model();
    const late = start(model).run(rows(1, 2, 3, 4, 5), Y, { deadline: soon() });
    await turn();
    assert.equal((await refusal(late)).status, 504);
    await model.endAll();

    assert.deepEqual(model.runs, [[1, 2, 3, 4]]);
  });
});

describe("The engine, when it closes,", () => {
  it("ends what it has taken, and takes no more", async () => {
    const model = new Model();
    const engine = start(model);
    const answer = values(engine.run(rows(1, 2, 3, 4, 5), Y));
    let closed = false;
    const closing = engine.close().finally(() => {
      closed = true;
    });
    const refused = await refusal(engine.run(rows(6), Y));
    const early = closed;
    await turn();
    await model.endAll();
    await closing;

    assert.deepEqual(refused, {
      status: 503,
      detail: "This instance is shutting down; another one answers.",
      headers: { "Retry-After": "1" },
    });
    assert.equal(early, false);
    assert.deepEqual(await answer, [2, 4, 6, 8, 10]);
  });

  it("waits for a run whose request was late, since the model is freed next", async () => {
    const model = new Model();
    const engine = start(model);
    await refusal(engine.run(rows(1), Y, { deadline: soon() }));
    let closed = false;
    const closing = engine.close().finally(() => {
      closed = true;
    });
    await sleep(5);

    assert.equal(closed, false);
    await model.endAll();
    await closing;
  });
});

describe("The engine measures", () => {
  it("each run, and how long its requests waited", async () => {
    const batches: unknown[][] = [];
    let waiting: (() => number) | undefined;
    const model = new Model();
    const engine = start(model, {
      metrics: {
        batch: (...batch) => batches.push(batch.slice(0, 2).concat(batch[2].length)),
        setQueue: (read) => {
          waiting = read;
        },
      },
    });
    const times: RunTimes = {};
    const answers = [engine.run(rows(1, 2, 3, 4, 5), Y, {}, times), engine.run(rows(6), Y)];
    const before = waiting?.();
    await turn();
    const during = waiting?.();
    await model.endAll();
    await Promise.all(answers);

    assert.deepEqual([before, during, waiting?.()], [2, 2, 0]);
    assert.deepEqual(batches, [
      [4, 1, 1],
      [2, 2, 1],
    ]);
    const { queuedAt, startedAt, endedAt } = times;
    assert(queuedAt! <= startedAt! && startedAt! <= endedAt!, JSON.stringify(times));
  });
});
