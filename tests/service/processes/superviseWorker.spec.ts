import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type SupervisedWorker,
  superviseWorker,
  type WorkerOptions,
} from "../../../service/src/processes/superviseWorker.ts";

const METRICS = { mediaType: "text/plain", text: "up 1\n" };
/** Serves, and does as it is told. */
const GOOD = `
  process.send({ is: "serving", says: { pid: process.pid } });
  process.on("message", ({ is, id }) => {
    if (is === "ping") process.send({ is: "pong" });
    if (is === "metrics") process.send({ is, id, page: ${JSON.stringify(METRICS)} });
    if (is === "stop") process.exit();
  });`;

type Event =
  | readonly [what: "serving", pid: number]
  | readonly ["died" | "givenUp", string, number | boolean];

describe("superviseWorker", () => {
  let worker: SupervisedWorker;
  let children: ChildProcess[];
  let events: Event[];
  /** Each program is started once, the last again and again. */
  function keep(programs: readonly string[], more: Partial<WorkerOptions> = {}): void {
    children = [];
    events = [];
    worker = superviseWorker({
      start() {
        const program = programs[children.length] ?? programs.at(-1)!;
        const child = spawn(process.execPath, ["-e", program], {
          stdio: ["ignore", "inherit", "inherit", "ipc"],
        });
        children.push(child);
        return child;
      },
      onServing: (says) => events.push(["serving", Number(says["pid"])]),
      onExit: (how, waitMs) => events.push(["died", how, waitMs]),
      onGiveUp: (how, served) => events.push(["givenUp", how, served]),
      hangMs: 60_000,
      ...more,
    });
  }
  async function until(count: number): Promise<void> {
    while (events.length < count) await sleep(5);
  }
  afterEach(async () => {
    await worker.stop().catch(() => {});
    for (const child of children) child.kill("SIGKILL");
  });

  it("says that it serves, and gives its metrics", async () => {
    keep([GOOD]);
    const early = await worker.metrics();
    await until(1);

    assert.equal(early, undefined);
    assert.deepEqual(events, [["serving", children[0]!.pid]]);
    assert.deepEqual(await worker.metrics(), METRICS);
  });

  it("starts another one where it dies", async () => {
    keep([GOOD]);
    await until(1);
    children[0]!.kill("SIGSEGV");
    await until(3);

    assert.deepEqual(events, [
      ["serving", children[0]!.pid],
      ["died", "was killed by SIGSEGV", 0],
      ["serving", children[1]!.pid],
    ]);
  });

  it("does not wait for the metrics of one that dies", async () => {
    keep([GOOD]);
    await until(1);
    process.kill(children[0]!.pid!, "SIGSTOP");
    const metrics = worker.metrics();
    children[0]!.kill("SIGKILL");

    assert.equal(await metrics, undefined);
  });

  it("ends one that hangs, and starts another one", async () => {
    keep([GOOD], { hangMs: 500 });
    await until(1);
    process.kill(children[0]!.pid!, "SIGSTOP");
    await until(3);

    assert.deepEqual(events.slice(1), [
      ["died", "hung for more than 500 ms and was ended", 0],
      ["serving", children[1]!.pid],
    ]);
  });

  it("takes no pause that it had itself for a worker that hangs", async () => {
    keep([GOOD], { hangMs: 1_000 });
    await until(1);
    const resumed = performance.now() + 2_500;
    while (performance.now() < resumed);
    await sleep(500);

    assert.equal(events.length, 1);
  });

  it("gives up where the first never serves", async () => {
    keep(["process.exit(3)"]);
    await until(1);

    assert.deepEqual(events, [["givenUp", "ended with exit code 3", false]]);
  });

  it("gives up where those that follow never serve", async () => {
    keep([GOOD, "process.exit(3)"]);
    await until(1);
    children[0]!.kill("SIGKILL");
    await until(7);

    assert.deepEqual(events.at(-1), ["givenUp", "ended with exit code 3", true]);
    assert.equal(children.length, 6);
  });

  it("is stopped in good order, and starts no other", async () => {
    keep([GOOD]);
    await until(1);
    await worker.stop();

    assert.equal(children[0]!.exitCode, 0);
    assert.equal(children.length, 1);
    assert.equal(events.length, 1);
  });

  it("says how one ended that did not stop in good order", async () => {
    keep([GOOD.replace("process.exit()", "process.exit(4)")]);
    await until(1);

    await assert.rejects(worker.stop(), {
      message: "the process that answers ended with exit code 4 while stopping",
    });
  });

  it("ends one that does not serve yet", async () => {
    keep(["setInterval(() => {}, 1_000)"]);
    await worker.stop();
    while (children[0]!.signalCode === null) await sleep(5);

    assert.equal(children[0]!.signalCode, "SIGKILL");
    assert.deepEqual(events, []);
  });
});
