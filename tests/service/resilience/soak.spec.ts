import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type BundledService, startBundled } from "../../support/bundledService.ts";
import { goesFirst } from "../../support/goesFirst.ts";
import { bodyOf, closedLoop, openLoop, quantile, SOCKETS } from "../../support/load.ts";
import { long, report } from "../../support/long.ts";
import { usage } from "../../support/processTree.ts";
import { needsImagePlatform } from "../../support/serviceLayout.ts";

const SECONDS = long ? 600 : 6;
const WARM_UP_SECONDS = long ? 60 : 3;
/** Answers after which the memory no longer grows by itself, however long they take. */
const WARM_UP_REQUESTS = 4000;
/** In the short form less, since it shares the machine with others. */
const LOAD = long ? 0.7 : 0.4;
/** A pause of the machine, or of who asks here, fills the queue: some get 503. If it stayed full, more than half would get one. */
const MOST_REFUSED = long ? 0.01 : 0.5;
/** Bytes of memory. */
const GROWTH = 20 * 2 ** 20;
const CALLERS = 8;
const ROWS = 200;

/** Keeps ever more. Handed to Node.js, so that it is in each process of the service as it is. */
const LEAK = `
const kept = [];
setInterval(() => kept.push(Buffer.alloc(2 * 2 ** 20, 1)), 100).unref();
`;

describe(`${SECONDS} seconds at ${100 * LOAD} % of what it can answer`, function () {
  this.timeout((SECONDS + WARM_UP_SECONDS + 180) * 1000);
  const leak = join(tmpdir(), `slipway-leak-${process.pid}.cjs`);
  let service: BundledService | undefined;

  goesFirst();
  before(needsImagePlatform);
  afterEach(async () => {
    await service?.end();
    rmSync(leak, { force: true });
  });

  it("take no more memory than the first few", async () => {
    const { growth, failed, refused } = await soak(SECONDS);

    assert.equal(failed, 0);
    assert(refused <= MOST_REFUSED);
    assert(growth <= GROWTH);
  });

  it("would be found out if they did", async () => {
    writeFileSync(leak, LEAK);
    const { growth } = await soak(long ? 60 : 3, { NODE_OPTIONS: `--require ${leak}` });

    assert(growth > GROWTH);
  });

  /** @returns by how many bytes its memory grows after the warm-up, from the first tenth of the time to the last; the share that was refused. */
  async function soak(
    seconds: number,
    env: Record<string, string> = {},
  ): Promise<{ growth: number; failed: number; refused: number }> {
    service = await startBundled({ env, oneCore: true });
    const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS });
    const question = { port: service.port, body: bodyOf(ROWS), agent };
    let answered = 0;
    const take = () => void (answered += 1);
    const begin = performance.now();
    const isWarm = () => performance.now() - begin >= 500 * WARM_UP_SECONDS && answered >= WARM_UP_REQUESTS;
    while (!isWarm()) await closedLoop(question, { callers: CALLERS, until: until(0.5), take });
    const perSecond = (LOAD * answered) / ((performance.now() - begin) / 1000);

    let failed = 0;
    let refused = 0;
    let asked = 0;
    const memory: number[] = [];
    const end = until(WARM_UP_SECONDS / 2 + seconds);
    const load = openLoop(question, {
      perSecond,
      until: end,
      take({ status }) {
        asked += 1;
        if (status === 503) refused += 1;
        else if (status !== 200) failed += 1;
      },
    });
    await sleep(500 * WARM_UP_SECONDS);
    while (!end.aborted) {
      memory.push(usage(service.child.pid!).pss * 1e6);
      await sleep(250);
    }
    await load;
    agent.destroy();
    const tenth = Math.ceil(memory.length / 10);
    const [from, to] = [quantile(memory.slice(0, tenth), 0.5), quantile(memory.slice(-tenth), 0.5)];
    report(
      `${asked} requests of ${ROWS} rows, ${perSecond.toFixed(0)}/s, ${refused} refused, ${failed} failed; memory ${megabytes(from)} MB, ` +
        `then ${megabytes(to)} MB, at most ${megabytes(Math.max(...memory))} MB`,
    );
    return { growth: to - from, failed, refused: refused / asked };
  }
});

const until = (seconds: number) => AbortSignal.timeout(seconds * 1000);
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);
