import assert from "node:assert/strict";
import { type Fault, faultyBase } from "../support/faultyBase.ts";
import { long } from "../support/long.ts";
import { copyProject, type Project } from "../support/project.ts";
import { isPull, registryFront } from "../support/registryFront.ts";
import { startCallers } from "../support/steadyCallers.ts";

/** How long a `pulumi up` that cannot succeed may take, in milliseconds. */
const LIMIT = 150_000;

/** What a release has until its rollout is given up, in seconds. */
const ROLLOUT_SECONDS = long ? 120 : 40;

/** A release whose proof passes or cannot begin, and whose rollout cannot succeed. */
interface Hopeless {
  readonly fact: string;
  readonly fault?: Fault;
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Whether nodes cannot pull what was pushed. */
  readonly unpullable?: true;
  /** The error's lines, in this order. */
  readonly says: readonly RegExp[];
}

const hopeless: readonly Hopeless[] = [
  {
    fact: "whose pods crash when they serve",
    fault: "crashesWhenItServes",
    says: [
      /The rollout of release [0-9a-f]{16} failed\.$/,
      /pod loan-approval-.*: Error with exit code 1 \(restarted \d times\), CrashLoopBackOff: .*; its last log lines:$/,
      /broken on purpose$/,
    ],
  },
  {
    fact: "whose pods never get ready",
    fault: "neverReadyWhenItServes",
    says: [
      /The rollout of release [0-9a-f]{16} failed\.$/,
      /pod loan-approval-.*, Startup probe failed: .*connection refused; its last log lines:$/,
      /"msg":"/,
    ],
  },
  {
    fact: "for which no node has room",
    settings: { cpu: "64" },
    says: [
      /The proof of release [0-9a-f]{16} failed, so nothing was rolled out\.$/,
      /0\/1 nodes are available: 1 Insufficient cpu\./,
    ],
  },
  {
    fact: "whose pods need more memory than they may have",
    fault: "outOfMemoryWhenItServes",
    says: [
      /The rollout of release [0-9a-f]{16} failed\.$/,
      /pod loan-approval-.*: OOMKilled with exit code 137/,
    ],
  },
  {
    fact: "whose image cannot be pulled",
    unpullable: true,
    says: [
      /The proof of release [0-9a-f]{16} failed, so nothing was rolled out\.$/,
      /(ImagePullBackOff|ErrImagePull|Failed to pull image).*@sha256:[0-9a-f]{64}/,
    ],
  },
];

describe("a hopeless rollout", () => {
  let project: Project;
  let url: string;
  let release: string;

  before(async () => {
    if (!long)
      console.log(
        `    ${hopeless.length - 1} of ${hopeless.length} cases are left to npm run test:long: two minutes each`,
      );
    project = await copyProject({ stack: "rollout" });
    const { exitCode, all } = await up();
    assert.equal(exitCode, 0, all);
    ({ url, release } = await project.outputs());
  });

  after(async () => {
    await project?.remove();
  });

  const up = () => project.pulumi("up", "--yes", "--skip-preview");

  for (const { fact, fault, settings = {}, unpullable, says } of long ? hopeless : hopeless.slice(0, 1)) {
    it(`${fact} ends within ${LIMIT / 1000} s with that reason, and no caller notices`, async () => {
      const front = unpullable && (await registryFront({ refuses: isPull }));
      await project.set({
        rolloutSeconds: ROLLOUT_SECONDS,
        ...settings,
        ...(fault && { baseImage: await faultyBase(fault) }),
        ...(front && { registry: front.address }),
      });
      const stop = startCallers(url);
      const began = performance.now();

      const { exitCode, all } = await up();

      const took = performance.now() - began;
      const tally = await stop();
      assert.notEqual(exitCode, 0, all);
      assert(took < LIMIT, `${took} ms`);
      const lines = all.slice(all.indexOf("Diagnostics:")).split("\n");
      let place = -1;
      for (const said of says) {
        place = lines.findIndex((line, i) => i > place && said.test(line));
        assert.notEqual(place, -1, `${said}\n${all}`);
      }
      assert.deepEqual(tally.failed, []);
      assert.deepEqual(tally.releases, [release]);

      await front?.close();
      await project.set({
        rolloutSeconds: undefined,
        cpu: undefined,
        baseImage: undefined,
        registry: undefined,
      });
      const again = await up();
      assert.equal(again.exitCode, 0, again.all);
    });
  }
});
