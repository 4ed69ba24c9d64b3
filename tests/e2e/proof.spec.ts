import assert from "node:assert/strict";
import { kubectl } from "../../sandbox/components.ts";
import { type Fault, faultyBase } from "../support/faultyBase.ts";
import { long } from "../support/long.ts";
import { copyProject, type Outputs, type Project } from "../support/project.ts";
import { startCallers } from "../support/steadyCallers.ts";

/** The proof's own deadline is five twelfths of the time that a release has. */
const ROLLOUT_SECONDS = long ? 120 : 48;
const DEADLINE = long ? 50 : 20;
/** How long a `pulumi up` with a bad image may take, in milliseconds. */
const LIMIT = 150_000;

/** An image that the gate could not have known to be bad. */
interface BadImage {
  readonly fact: string;
  readonly fault: Fault;
  /** Lines of the error, in this order. */
  readonly says: readonly RegExp[];
}

const badImages: readonly BadImage[] = [
  {
    fact: "whose entry point crashes",
    fault: "crashes",
    says: [
      /^ +Error: broken on purpose$/,
      /^ +Proof failed: the service ended with exit code 1 while starting \(.*\)\.$/,
    ],
  },
  {
    fact: "that never gets ready",
    fault: "neverReady",
    says: [
      /^ +loading for ever$/,
      new RegExp(
        `^ +Proof failed: ${DEADLINE} seconds were over while the service was starting \\(/ready answers 503: The service is loading\\)\\.$`,
      ),
    ],
  },
  {
    fact: "whose runtime lacks an operator of its model",
    fault: "unknownOperator",
    says: [
      /^ +\{"level":60,.*"msg":"\/fault\/model\.onnx cannot be loaded: .*Frobnicate.*/,
      /^ +Proof failed: the service ended with exit code 1 while starting \(.*\)\.$/,
    ],
  },
  {
    fact: "that gives another answer than its model gave",
    fault: "otherAnswers",
    says: [
      /^ +Golden request 2 \(Little income and a bad score is a clear no\): label\[0\] is 0, and 1 was expected\.$/,
      /^ +Proof failed: 1 of 8 golden requests not answered as expected\.$/,
    ],
  },
];

describe("the proof in the cluster", () => {
  let project: Project;
  let first: Outputs;

  before(async () => {
    project = await copyProject({ stack: "proof" });
    const { exitCode, all } = await up();
    assert.equal(exitCode, 0, all);
    first = await project.outputs();
  });

  afterEach(() => project.set({ baseImage: undefined, rolloutSeconds: undefined }));
  after(async () => {
    await project?.remove();
  });

  const up = (...args: string[]) => project.pulumi("up", "--yes", "--skip-preview", ...args);

  const get = async (kind: string, fields: string, ...more: string[]) => {
    const output = `jsonpath={range .items[*]}${fields}{"\\n"}{end}`;
    return (await kubectl("-n", project.namespace, "get", kind, "-o", output, ...more)).stdout;
  };

  /** The Deployment and its pods: what callers depend on. */
  const serving = async () => [
    await get(
      "deployments",
      "{.metadata.uid} {.metadata.generation} {.spec.template.spec.containers[0].image}",
    ),
    await get(
      "pods",
      "{.metadata.uid} {.status.containerStatuses[0].restartCount}",
      "--selector",
      ["app.kubernetes.io/name=loan-approval", "app.kubernetes.io/instance=proof"].join(),
    ),
  ];

  const proofs = () => get("jobs", "{.metadata.name} {.status.succeeded}");

  it("stays as a finished Job that no selector of the service matches", async () => {
    assert.equal(await proofs(), `loan-approval-proof-${first.release} 1`);
    assert.equal((await serving())[1]?.split("\n").length, 1);
  });

  for (const { fact, fault, says } of long ? badImages : badImages.slice(0, 3)) {
    it(`of an image ${fact} stops pulumi up within ${LIMIT / 1000} s with the log's last lines, and no caller notices`, async () => {
      const untouched = await serving();
      await project.set({ baseImage: await faultyBase(fault), rolloutSeconds: ROLLOUT_SECONDS });
      const stop = startCallers(first.url);
      const started = Date.now();

      const { exitCode, all } = await up();

      const took = Date.now() - started;
      const tally = await stop();
      assert.notEqual(exitCode, 0, all);
      assert(took < LIMIT, `${took} ms`);
      const lines = all.slice(all.indexOf("Diagnostics:")).split("\n");
      const error = lines.findIndex((line) =>
        /error: The proof of release [0-9a-f]{16} failed, so nothing was rolled out\.$/.test(line),
      );
      assert.match(
        lines[error + 1] ?? all,
        /^ +pod loan-approval-proof-.*: Error with exit code 1; its last log lines:$/,
      );
      const places = says.map((line) => lines.findIndex((text, i) => i > error && line.test(text)));
      assert(!places.includes(-1), `${says[places.indexOf(-1)]}\n${all}`);
      assert.deepEqual(
        places,
        places.toSorted((a, b) => a - b),
      );
      assert.deepEqual(await serving(), untouched);
      assert.deepEqual(tally.failed, []);
      assert.deepEqual(tally.releases, [first.release]);
      assert(tally.answered > 50, `${tally.answered} answers`);
    });
  }

  it("is put right by the next up, and then nothing is left to change, whatever the cluster says", async () => {
    const untouched = await serving();

    const { exitCode, all } = await up();

    assert.equal(exitCode, 0, all);
    assert.deepEqual(await project.outputs(), first);
    assert.deepEqual(await serving(), untouched);
    assert.equal(await proofs(), `loan-approval-proof-${first.release} 1`);
    const again = await up("--refresh", "--expect-no-changes");
    assert.equal(again.exitCode, 0, again.all);
  });
});
