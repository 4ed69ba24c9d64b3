import assert from "node:assert/strict";
import { Agent } from "node:http";
import { type BundledService, startBundled } from "../../support/bundledService.ts";
import { goesFirst } from "../../support/goesFirst.ts";
import { type Answer, bodyOf, closedLoop, openLoop, p99, quantile, SOCKETS } from "../../support/load.ts";
import { long, report } from "../../support/long.ts";
import { watchNoise } from "../../support/noise.ts";
import { slowModel } from "../../support/onnxModels.ts";
import { usage } from "../../support/processTree.ts";
import { needsImagePlatform } from "../../support/serviceLayout.ts";

/** So slow that a client on the same machine can offer ten times as much as it answers. */
const RUN_MS = 50;
const OFFERED = 10;
const SECONDS = long ? 30 : 3;
/** The service's own. */
const DEADLINE_MS = 5_000;
const GOODPUT = long ? 0.9 : 0.75;
const REFUSAL_MS = 50;
const LIVE_MS = 100;
const NORMAL_SECONDS = long ? 5 : 2;

const OFFERED_FAST = 1.5;
const GOODPUT_FAST = 0.5;

describe(`offered ${OFFERED} times what it can answer, the service`, function () {
  this.timeout((3 * SECONDS + 160) * 1000);
  const agent = new Agent({ keepAlive: true });
  const peak: Answer[] = [];
  const overload: Answer[] = [];
  const live: Answer[] = [];
  const afterwards: Answer[] = [];
  let service: BundledService | undefined;
  let peakPerSecond = 0;
  let goodput = 0;
  let slack = 0;
  let overAt = 0;

  goesFirst();
  before(needsImagePlatform);
  before(async () => {
    service = await startBundled({
      model: slowModel(RUN_MS),
      env: { MAX_BATCH_ROWS: "1" },
      oneCore: true,
    });
    const predict = { port: service.port, agent };
    const asked = (phase: () => Promise<unknown>) => processorTime(service!, phase);

    await closedLoop(predict, { callers: 8, until: within(1), take() {} });
    const peakTime = await asked(() =>
      closedLoop(predict, { callers: 8, until: within(SECONDS), take: into(peak) }),
    );
    peakPerSecond = perSecond(peak);

    const end = within(SECONDS);
    const noise = watchNoise();
    const overloadTime = await asked(() =>
      Promise.all([
        openLoop(predict, { perSecond: OFFERED * peakPerSecond, until: end, take: into(overload) }),
        openLoop(
          { port: service!.platformPort, path: "/live", agent },
          { perSecond: 50, until: end, take: into(live) },
        ),
      ]),
    );
    slack = noise();
    // On a machine that does other things besides, the service gets now more and now less of its processor.
    goodput = long
      ? perSecond(overload) / peakPerSecond
      : good(overload).length / overloadTime / (good(peak).length / peakTime);

    overAt = performance.now();
    await closedLoop(predict, { callers: 1, until: within(NORMAL_SECONDS + 1), take: into(afterwards) });
  });
  after(async () => {
    agent.destroy();
    await service?.end();
  });

  const admitted = () => overload.filter(({ status }) => status === 200 || status === 504);
  const refused = () => overload.filter((answer) => !admitted().includes(answer));

  it("answers nearly as many as at its peak", () => {
    report(
      `${service!.mode}; peak ${peakPerSecond.toFixed(1)}/s; of ${(overload.length / SECONDS).toFixed(0)}/s offered ` +
        `${perSecond(overload).toFixed(1)}/s answered, ${(100 * goodput).toFixed(0)} %; ${JSON.stringify(statuses(overload))}`,
    );
    assert(overload.length >= 0.9 * OFFERED * peakPerSecond * SECONDS, "it was not offered enough");
    assert(goodput >= GOODPUT);
  });

  it("answers in time what it takes", () => {
    report(`admitted: ${admitted().length}, p99 ${p99(admitted()).toFixed(0)} ms`);
    assert(p99(admitted()) <= DEADLINE_MS + slack);
  });

  it("refuses the others at once, with 503 and when to come back", () => {
    report(`refused: ${refused().length}, p99 ${p99(refused()).toFixed(0)} ms; slack ${slack.toFixed(0)} ms`);
    assert.deepEqual(Object.keys(statuses(refused())), ["503"]);
    for (const { headers } of refused()) assert.match(headers["retry-after"] ?? "", /^[1-9]\d*$/);
    assert(p99(refused()) <= REFUSAL_MS + slack);
  });

  it("goes on answering the platform", () => {
    report(`/live: ${live.length}, p99 ${p99(live).toFixed(1)} ms`);
    assert.deepEqual(Object.keys(statuses(live)), ["200"]);
    assert(p99(live) <= LIVE_MS + slack);
  });

  it("is back to normal soon after", () => {
    // The median of eight callers. A lone one has its answer in an eighth of that, or in the time of fifty if the queue is still full.
    const usual = median(good(peak));
    const last = afterwards.filter(
      ({ at, milliseconds }) => at + milliseconds - overAt >= 1000 * NORMAL_SECONDS,
    );
    report(`median before ${usual.toFixed(0)} ms, ${NORMAL_SECONDS} s after ${median(last).toFixed(0)} ms`);
    assert.deepEqual(Object.keys(statuses(last)), ["200"]);
    assert(median(last) <= (long ? 1 : 2) * usual);
  });
});

describe(`a fast model, offered ${OFFERED_FAST} times what it can answer,`, function () {
  this.timeout((2 * SECONDS + 160) * 1000);
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS });
  let service: BundledService | undefined;

  goesFirst();
  before(needsImagePlatform);
  after(async () => {
    agent.destroy();
    await service?.end();
  });

  // Refusals are a large part of the work here: once they cost as much as answers, there are hardly any answers left.
  it("answers most of what it could, and refuses the others with 503", async () => {
    const peak: Answer[] = [];
    const overload: Answer[] = [];
    service = await startBundled({ oneCore: true });
    const predict = { port: service.port, body: bodyOf(200), agent };
    await closedLoop(predict, { callers: 32, until: within(2), take() {} });
    const peakTime = await processorTime(service, () =>
      closedLoop(predict, { callers: 32, until: within(SECONDS), take: into(peak) }),
    );
    const perSecondOffered = OFFERED_FAST * perSecond(peak);
    const noise = watchNoise();
    const overloadTime = await processorTime(service, () =>
      openLoop(predict, { perSecond: perSecondOffered, until: within(SECONDS), take: into(overload) }),
    );
    const slack = noise();
    const goodput = good(overload).length / overloadTime / (good(peak).length / peakTime);
    const refused = overload.filter(({ status }) => status !== 200);
    report(
      `${service.mode}; of ${perSecondOffered.toFixed(0)}/s offered ${perSecond(overload).toFixed(0)}/s answered, ` +
        `${(100 * goodput).toFixed(0)} % of peak; ${JSON.stringify(statuses(overload))}; ` +
        `refused p99 ${p99(refused).toFixed(0)} ms; slack ${slack.toFixed(0)} ms`,
    );

    assert.equal(service.mode, "in-process");
    assert.deepEqual(Object.keys(statuses(refused)), ["503"]);
    assert(goodput >= GOODPUT_FAST);
  });
});

const within = (seconds: number) => AbortSignal.timeout(seconds * 1000);
const into = (answers: Answer[]) => (answer: Answer) => void answers.push(answer);

const good = (answers: readonly Answer[]) => answers.filter(({ status }) => status === 200);

const median = (answers: readonly Answer[]) =>
  quantile(
    answers.map(({ milliseconds }) => milliseconds),
    0.5,
  );

/** Seconds of processors that the service uses meanwhile. */
async function processorTime({ child }: BundledService, phase: () => Promise<unknown>): Promise<number> {
  const before = usage(child.pid!).cpuSeconds;
  await phase();
  return usage(child.pid!).cpuSeconds - before;
}

/** Answers in a second, from the first one to the last. */
function perSecond(answers: readonly Answer[]): number {
  const times = good(answers).map(({ at, milliseconds }) => at + milliseconds);
  return (1000 * (times.length - 1)) / (Math.max(...times) - Math.min(...times));
}

function statuses(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, problem } of answers) {
    const key = problem ?? String(status);
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}
