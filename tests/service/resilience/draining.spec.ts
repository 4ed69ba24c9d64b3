import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type BundledService, startBundled } from "../../support/bundledService.ts";
import { type ClusterService, startClusterService } from "../../support/clusterService.ts";
import { goesFirst } from "../../support/goesFirst.ts";
import { long, report } from "../../support/long.ts";
import { needsImagePlatform } from "../../support/serviceLayout.ts";

const SIGNALS = long ? 20 : 2;
/** Until every node knows that a pod is going. */
const NEWS_MS = long ? 1_000 : 300;
/** The service's own, in the long form. */
const DRAIN_MS = long ? 2_000 : 700;

describe("a pod that is replaced under load", function () {
  this.timeout((SIGNALS * 8 + 140) * 1000);
  const pods: BundledService[] = [];
  let callers: ClusterService | undefined;

  goesFirst();
  before(needsImagePlatform);
  afterEach(async () => {
    await callers?.stop();
    callers = undefined;
    for (const pod of pods.splice(0)) await pod.end();
  });

  async function startPod(i: number): Promise<BundledService> {
    const mode = i % 2 === 0 ? "in-process" : "isolated";
    const pod = await startBundled({ env: { RUN_MODE: mode, DRAIN_MS: String(DRAIN_MS) } });
    pods.push(pod);
    return pod;
  }

  /** Replaces pods, one after the other. @returns how each ended. */
  async function replace(times: number, signal: "SIGTERM" | "SIGKILL"): Promise<unknown[]> {
    const ends: unknown[] = [];
    let pod = await startPod(0);
    callers = startClusterService(pod.port, { keeping: 4, opening: 4 });
    for (let i = 1; i <= times; i++) {
      const next = await startPod(i);
      // Half of the new connections still go to the old one.
      const turn = setInterval(() => callers!.endpoints.push(callers!.endpoints.shift()!), 1);
      callers.endpoints.push(next.port);
      await sleep(NEWS_MS);
      pod.child.kill(signal);
      await sleep(NEWS_MS);
      clearInterval(turn);
      callers.endpoints.splice(0, 2, next.port);
      ends.push(await pod.exit);
      pod = next;
    }
    await callers.stop();
    return ends;
  }

  const failures = () =>
    callers!.answers.filter(({ status }) => status !== 200).map(({ status, problem }) => problem ?? status);

  it(`fails no request, ${SIGNALS} times, and exits with 0`, async () => {
    const ends = await replace(SIGNALS, "SIGTERM");

    report(`${callers!.answers.length} requests, ${failures().length} failed`);
    assert.deepEqual(failures(), []);
    assert.deepEqual(
      ends,
      Array.from({ length: SIGNALS }, () => ({ code: 0, signal: null })),
    );
  });

  it("is found out if it does not drain", async () => {
    await replace(1, "SIGKILL");

    report(`${callers!.answers.length} requests, ${failures().length} failed: ${[...new Set(failures())]}`);
    assert(failures().length > 0);
  });
});
