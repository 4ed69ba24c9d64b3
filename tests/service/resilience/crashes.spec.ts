import assert from "node:assert/strict";
import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type BundledService, startBundled } from "../../support/bundledService.ts";
import { goesFirst } from "../../support/goesFirst.ts";
import { type Answer, closedLoop } from "../../support/load.ts";
import { long, report } from "../../support/long.ts";
import { watchNoise } from "../../support/noise.ts";
import { slowModel } from "../../support/onnxModels.ts";
import { needsImagePlatform } from "../../support/serviceLayout.ts";

const KILLS = long ? 20 : 3;
/** In the short form others may need the processors that a process needs to start. */
const BACK_MS = long ? 2_000 : 5_000;
const CALLERS = 8;
/** Between two kills, from when it was back. */
const QUIET_MS = 200;
const STEP_MS = 5;

interface Kill {
  readonly at: number;
  /** When the next one that was asked for was answered. */
  readonly backAt: number;
}

for (const { mode, program, cost } of [
  { mode: "isolated", program: "runner", cost: "the requests in that run, each with a 503, and no other" },
  { mode: "in-process", program: "worker", cost: "the requests of that process" },
] as const) {
  describe(`kill -SEGV of what runs the model, ${KILLS} times under load, ${mode},`, function () {
    this.timeout((KILLS * 5 + 150) * 1000);
    const agent = new Agent({ keepAlive: true });
    const answers: Answer[] = [];
    const kills: Kill[] = [];
    const stop = new AbortController();
    let service: BundledService | undefined;
    let first: Record<"main" | "worker" | "runner", number[]>;
    let slack = 0;

    const pids = () => ({
      main: service!.pids("main"),
      worker: service!.pids("worker"),
      runner: service!.pids("runner"),
    });

    goesFirst();
    before(needsImagePlatform);
    before(async () => {
      // A run that one request has to itself, so that it is clear whose run it was.
      service = await startBundled({
        model: slowModel(5),
        env: { RUN_MODE: mode, MAX_BATCH_ROWS: "1" },
        oneCore: true,
      });
      first = pids();
      const noise = watchNoise();
      const load = closedLoop(
        { port: service.port, agent },
        { callers: CALLERS, until: stop.signal, take: (answer) => answers.push(answer) },
      );
      await goodAfter(performance.now());
      for (let i = 0; i < KILLS; i++) {
        await sleep(QUIET_MS);
        const at = performance.now();
        for (const pid of service.pids(program)) process.kill(pid, "SIGSEGV");
        kills.push({ at, backAt: await goodAfter(at) });
      }
      await sleep(QUIET_MS);
      stop.abort();
      await load;
      slack = noise();
    });
    after(async () => {
      stop.abort();
      agent.destroy();
      await service?.end();
    });

    /** When the first request that is asked after `at` is answered. */
    async function goodAfter(at: number): Promise<number> {
      while (!stop.signal.aborted) {
        const good = answers.findLast((answer) => answer.status === 200 && answer.at > at);
        if (good) return good.at + good.milliseconds;
        await sleep(STEP_MS);
      }
      return Infinity;
    }

    it(`costs ${cost}`, () => {
      const failed = answers.filter(({ status }) => status !== 200);
      const kinds = [...new Set(failed.map(({ status, problem }) => problem ?? status))];
      report(`${answers.length} requests, ${failed.length} failed: ${kinds.join(", ")}`);
      assert(failed.length > 0, "the kills hit nothing");
      for (const { at, milliseconds } of failed)
        assert(
          kills.some((kill) => at <= kill.backAt && at + milliseconds >= kill.at),
          `it failed ${at} + ${milliseconds} and not in ${JSON.stringify(kills)}`,
        );
      if (mode === "in-process") return;
      for (const { status, headers, body } of failed) {
        assert.equal(status, 503);
        assert.equal(headers["retry-after"], "1");
        assert.match(JSON.parse(body).detail, /^The process that ran the model was killed by SIGSEGV\. /);
      }
      assert(failed.length <= KILLS, `${failed.length} failed of ${KILLS} runs`);
    });

    it("is back soon each time", () => {
      const took = kills.map(({ at, backAt }) => Math.round(backAt - at));
      report(`back within ${Math.max(...took)} ms: ${took.join(", ")}; slack ${slack.toFixed(0)} ms`);
      assert(Math.max(...took) <= BACK_MS + slack);
    });

    it("loses no other process", () => {
      const now = pids();
      assert.deepEqual(now.main, first.main);
      assert.equal(first.main.length, 1);
      assert.equal(now.worker.length, 1);
      if (mode === "isolated") assert.deepEqual(now.worker, first.worker);
      for (const pid of first[program]) assert(!now[program].includes(pid), `${pid} was not killed`);
    });
  });
}
