import assert from "node:assert/strict";
import { long } from "../support/long.ts";
import { copyProject, type Project } from "../support/project.ts";
import { startCallers } from "../support/steadyCallers.ts";

/** How long a `pulumi up` that cannot succeed may take, in milliseconds. */
const LIMIT = 150_000;

const MANIFEST = "infra/workload/manifest.ts";

/** A release whose proof passes or cannot begin, and whose rollout cannot succeed. */
interface Hopeless {
  readonly fact: string;
  readonly setting?: readonly [key: string, value: string];
  /** A change of the copy's code. */
  readonly change?: readonly [file: string, from: string, to: string];
  /** The error's lines, in this order. */
  readonly says: readonly RegExp[];
}

const hopeless: readonly Hopeless[] = [
  {
    fact: "whose pods crash when they serve",
    change: [
      MANIFEST,
      "    ports: [CALLERS, PLATFORM],",
      '    command: ["/nodejs/bin/node", "--eval", "console.error(\'broken on purpose\'); process.exit(3)"],\n    ports: [CALLERS, PLATFORM],',
    ],
    says: [
      /The rollout of release [0-9a-f]{16} failed\.$/,
      /pod loan-approval-.*: Error with exit code 3 \(restarted \d times\), CrashLoopBackOff: .*; its last log lines:$/,
      /broken on purpose$/,
    ],
  },
  {
    fact: "whose pods never get ready",
    change: [MANIFEST, 'startupProbe: { ...probe("/ready")', 'startupProbe: { ...probe("/nowhere")'],
    says: [
      /The rollout of release [0-9a-f]{16} failed\.$/,
      /pod loan-approval-.*, Startup probe failed: HTTP probe failed with statuscode: 404; its last log lines:$/,
      /"msg":"/,
    ],
  },
  {
    fact: "for which no node has room",
    setting: ["slipway:cpu", "64"],
    says: [
      /The proof of release [0-9a-f]{16} failed, so nothing was rolled out\.$/,
      /0\/1 nodes are available: 1 Insufficient cpu\./,
    ],
  },
  {
    fact: "whose pods need more memory than they may have",
    change: [
      MANIFEST,
      "    ports: [CALLERS, PLATFORM],",
      '    command: ["/nodejs/bin/node", "--eval", "const all = []; for (;;) all.push(Buffer.alloc(1e7, 1))"],\n    ports: [CALLERS, PLATFORM],',
    ],
    says: [
      /The rollout of release [0-9a-f]{16} failed\.$/,
      /pod loan-approval-.*: OOMKilled with exit code 137/,
    ],
  },
  {
    fact: "whose image cannot be pulled",
    change: [
      "infra/workload/inferenceService.ts",
      "labels: identity, image, release };",
      'labels: identity, image: image.apply((known) => known.replace(/.{64}$/, "0".repeat(64))), release };',
    ],
    says: [
      /The proof of release [0-9a-f]{16} failed, so nothing was rolled out\.$/,
      /(ImagePullBackOff|ErrImagePull|Failed to pull image).*0{64}/,
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

  for (const { fact, setting, change, says } of long ? hopeless : hopeless.slice(0, 1)) {
    it(`${fact} ends within ${LIMIT / 1000} s with that reason, and no caller notices`, async () => {
      if (setting) await project.pulumi("config", "set", ...setting);
      if (change) project.replace(...change);
      if (!long) project.replace(MANIFEST, "const RELEASE_DEADLINE = 120;", "const RELEASE_DEADLINE = 40;");
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

      await project.git("checkout", "--quiet", ".");
      if (setting) await project.pulumi("config", "set", "slipway:cpu", "200m");
      const again = await up();
      assert.equal(again.exitCode, 0, again.all);
    });
  }
});
