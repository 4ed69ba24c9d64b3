import assert from "node:assert/strict";
import { Agent } from "node:http";
import { type BundledService, startBundled } from "../../support/bundledService.ts";
import { goesFirst } from "../../support/goesFirst.ts";
import { type Answer, closedLoop, openLoop, quantile } from "../../support/load.ts";
import { long, report } from "../../support/long.ts";
import { slowModel } from "../../support/onnxModels.ts";
import { needsImagePlatform } from "../../support/serviceLayout.ts";

const RUN_MS = 100;
const SECONDS = long ? 30 : 2;
const LOOP_MS = 20;
/** In the short form of half of them: a busy machine delays some of all that is asked, a run in the way most. */
const SHARE = long ? 0.99 : 0.5;
const LIVE_MS = 50;

for (const { mode, what } of [
  { mode: "auto", what: "goes on with all else" },
  // What isolation is for, and that this would show it.
  { mode: "in-process", what: "is held up where it runs in the process that answers" },
]) {
  describe(`a model that takes ${RUN_MS} ms a run, always asked,`, function () {
    this.timeout((SECONDS + 150) * 1000);
    const agent = new Agent({ keepAlive: true });
    let service: BundledService | undefined;

    goesFirst();
    before(needsImagePlatform);
    after(async () => {
      agent.destroy();
      await service?.end();
    });

    it(what, async () => {
      service = await startBundled({ model: slowModel(RUN_MS), env: { RUN_MODE: mode } });
      const { port, platformPort } = service;
      const asked = { predictions: [] as Answer[], live: [] as Answer[], health: [] as Answer[] };
      const probe = { perSecond: 50, until: AbortSignal.timeout(SECONDS * 1000) };

      await loopDelay(platformPort); // which begins anew with each reading
      await Promise.all([
        closedLoop({ port, agent }, { ...probe, callers: 16, take: (one) => asked.predictions.push(one) }),
        openLoop(
          { port: platformPort, path: "/live", agent },
          { ...probe, take: (one) => asked.live.push(one) },
        ),
        openLoop(
          { port, path: "/v2/health/live", agent },
          { ...probe, take: (one) => asked.health.push(one) },
        ),
      ]);
      const loop = await loopDelay(platformPort);

      report(
        `${service.mode}, ${service.pids("runner").length} runners: ${asked.predictions.length} predictions; p99 of event-loop delay ` +
          `${loop.toFixed(1)} ms, p${100 * SHARE} of /live ${within(asked.live).toFixed(1)} ms, /v2/health/live ${within(asked.health).toFixed(1)} ms`,
      );
      for (const answers of Object.values(asked))
        assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
      // Whatever the model does.
      assert(within(asked.live) <= LIVE_MS);
      if (mode === "auto") {
        assert.equal(service.mode, "isolated");
        if (long) assert(loop <= LOOP_MS);
        assert(within(asked.health) <= LIVE_MS);
      } else {
        assert(loop >= RUN_MS / 2, "the event loop was not held up");
        assert(within(asked.health) > LIVE_MS, "nobody had to wait");
      }
    });
  });
}

const within = (answers: readonly Answer[]): number =>
  quantile(
    answers.map(({ milliseconds }) => milliseconds),
    SHARE,
  );

/** The event-loop delay of the process that answers, since the last reading, in milliseconds. */
async function loopDelay(platformPort: number): Promise<number> {
  const page = await (await fetch(`http://127.0.0.1:${platformPort}/metrics`)).text();
  return 1000 * Number(/^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(page)?.[1]);
}
