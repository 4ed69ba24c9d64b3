import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Runner } from "../../../service/src/engine/predictor.ts";
import type { RunnerMessage } from "../../../service/src/engine/runnerMessages.ts";
import { openRunnerPool, type RunnerPoolOptions } from "../../../service/src/engine/runnerPool.ts";

/** A process that says and does what the test has it. Like a real one it tells of its end later than it ends. */
class FakeProcess extends EventEmitter {
  readonly pid = 1;
  sent = 0;
  #ended = false;

  send(_message: unknown, done: (error: Error | null) => void): void {
    if (this.#ended) done(new Error("channel closed"));
    else this.sent += 1;
  }

  say(message: RunnerMessage): void {
    this.emit("message", message);
  }

  end(code: number | null, signal: string | null = null): void {
    if (this.#ended) return;
    this.#ended = true;
    setImmediate(() => this.emit("exit", code, signal));
  }

  kill(signal: string): void {
    this.end(null, signal);
  }
}

const NO_INPUTS = new Map();
const ended = (how: string) => ({
  name: "RequestError",
  message: `The process that ran the model ${how}. Another one takes its place.`,
});

describe("openRunnerPool", () => {
  let started: FakeProcess[];
  let ready: Runner[];
  let said: string[];
  let givenUp: EventEmitter;
  /** Each new process does what `does` says, once it has been started. */
  function open(does: (child: FakeProcess, index: number) => void, options: Partial<RunnerPoolOptions> = {}) {
    [started, ready, said] = [[], [], []];
    givenUp = new EventEmitter();
    return openRunnerPool({
      count: 1,
      start() {
        const child = new FakeProcess();
        const index = started.push(child) - 1;
        setImmediate(() => does(child, index));
        return child as unknown as ChildProcess;
      },
      onReady: (runner) => ready.push(runner),
      onExit() {},
      onGiveUp: () => givenUp.emit("once"),
      runLimitMs: 60_000,
      log: { error: (message: unknown) => said.push(String(message)) },
      ...options,
    });
  }
  const becomesReady = (child: FakeProcess) => child.say({ is: "ready" });
  const run = () => ready[0]!.run(NO_INPUTS, []);

  it("gives a run's results", async () => {
    const pool = await open(becomesReady);
    const results = run();
    const tensors = new Map([["y", { datatype: "FP32" as const, shape: [1], data: Float32Array.of(1) }]]);
    started[0]!.say({ is: "answer", results: tensors });

    assert.equal(await results, tensors);
    await pool.close();
  });

  it("fails the run of a process that ends, and each that is given to it later", async () => {
    const pool = await open(becomesReady);
    const under = run();
    started[0]!.end(null, "SIGSEGV");

    await assert.rejects(under, ended("was killed by SIGSEGV"));
    await assert.rejects(run(), ended("was killed by SIGSEGV"));
    assert.equal(started[0]!.sent, 1);
    await pool.close();
  });

  it("names the first, whose runs say how it ended if it is no more", async () => {
    const pool = await open((child, index) => {
      if (index > 0) return;
      becomesReady(child);
      child.end(null, "SIGSEGV");
    });
    while (said.length === 0) await sleep(1);

    assert.equal(pool.first, ready[0]);
    await assert.rejects(pool.first.run(NO_INPUTS, []), ended("was killed by SIGSEGV"));
    await pool.close();
  });

  it("takes none for ready whose process has ended by then", async () => {
    const opened = open((child) => {
      child.end(1);
      setImmediate(() => setImmediate(() => becomesReady(child)));
    });

    await assert.rejects(opened, /ended with exit code 1 before it was ready/);
    await sleep(5);
    assert.deepEqual(ready, []);
  });

  it("ends a process whose run takes too long", async () => {
    const pool = await open(becomesReady, { runLimitMs: 20 });

    await assert.rejects(run(), ended("was ended, since its run took more than 20 ms"));
    await pool.close();
  });

  it("gives up where none comes up any more", async () => {
    const pool = await open((child, index) => (index === 0 ? becomesReady(child) : child.end(1)));
    started[0]!.end(null, "SIGSEGV");
    await once(givenUp, "once");

    assert.equal(started.length, 6);
    await pool.close();
  });

  it("goes on with those that serve, where another one never comes up", async () => {
    const pool = await open((child, index) => (index === 0 ? becomesReady(child) : child.end(1)), {
      count: 2,
    });
    givenUp.on("once", assert.fail);
    while (said.length < 5) await sleep(10);

    assert.equal(
      said.at(-1),
      "a process that runs the model ended with exit code 1; another one is started in 30000 ms",
    );
    await pool.close();
  });

  it("says what the first one said before it ended", async () => {
    const opened = open((child) => {
      child.say({ is: "failure", message: "model.onnx cannot be loaded" });
      child.end(1);
    });

    await assert.rejects(opened, {
      message:
        "the process that runs the model ended with exit code 1 (model.onnx cannot be loaded) before it was ready",
    });
  });
});
