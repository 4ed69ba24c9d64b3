import assert from "node:assert/strict";
import { FakeCluster } from "../../support/fakeCluster.ts";
import { setMocks } from "../../support/pulumiMocks.ts";

const NAMESPACE = "/api/v1/namespaces/models";
const newInputs = {
  metadata: { name: "loan-approval-proof-0123", namespace: "models" },
  spec: { template: { metadata: { labels: { component: "proof", version: "0123" } } } },
};
const failedPod = {
  metadata: { name: "loan-approval-proof-0123-abcde" },
  status: {
    phase: "Failed",
    containerStatuses: [
      { name: "loan-approval", ready: false, state: { terminated: { reason: "Error", exitCode: 1 } } },
    ],
  },
};
const event = (name: string, message: string, lastTimestamp: string, kind = "Pod") => ({
  metadata: {},
  involvedObject: { kind, name },
  reason: "Failed",
  message,
  lastTimestamp,
});

describe("explainFailure", function () {
  this.timeout(60_000); // loading @kubernetes/client-node
  const cluster = new FakeCluster();
  const printed: string[] = [];
  const { error } = console;
  let pulumi: typeof import("@pulumi/pulumi");
  let explainFailure: typeof import("../../../infra/workload/explainFailure.ts").explainFailure;
  before(async () => {
    await setMocks();
    pulumi = await import("@pulumi/pulumi");
    ({ explainFailure } = await import("../../../infra/workload/explainFailure.ts"));
    await cluster.start();
    // Where Pulumi's log goes without an engine.
    console.error = (message: string) => printed.push(message);
  });
  after(() => {
    console.error = error;
    cluster.stop();
  });

  let hooks = 0;

  /** What the hook says, and whether it asks for another try. */
  async function explain(
    answers: FakeCluster["answers"],
    maker = newInputs.metadata.name,
  ): Promise<{ says: string[]; again: boolean }> {
    cluster.answers = answers;
    cluster.asked.length = 0;
    printed.length = 0;
    const component = new pulumi.ComponentResource("test:index:Component", "inference");
    const hook = explainFailure(`hook ${++hooks}`, "The proof failed.", component);
    const inputs = { ...newInputs, metadata: { ...newInputs.metadata, name: maker } };
    const args = {
      urn: "",
      id: "",
      name: "",
      type: "",
      failedOperation: "create",
      errors: [],
      newInputs: inputs,
    };
    return { again: await hook.callback(args), says: [...printed] };
  }

  it("shows the end of a failed pod's log, and does not try again", async () => {
    const { says, again } = await explain({
      [`${NAMESPACE}/pods`]: { items: [failedPod] },
      [`${NAMESPACE}/events`]: { items: [event("loan-approval-proof-0123", "BackoffLimitExceeded", "")] },
      [`${NAMESPACE}/pods/${failedPod.metadata.name}/log`]: "first\nProof failed: why.\n",
    });

    assert.deepEqual(says, [
      "error: [runtime] The proof failed.\n  pod loan-approval-proof-0123-abcde: Error with exit code 1; its last log lines:\n    first\n    Proof failed: why.",
    ]);
    assert.equal(again, false);
    assert.deepEqual(cluster.asked.toSorted(), [
      `${NAMESPACE}/events?fieldSelector=type%3DWarning`,
      `${NAMESPACE}/pods/${failedPod.metadata.name}/log?previous=false&tailLines=40`,
      `${NAMESPACE}/pods?labelSelector=component%3Dproof%2Cversion%3D0123`,
    ]);
  });

  it("passes over pods that did not fail", async () => {
    const { says } = await explain({
      [`${NAMESPACE}/pods`]: { items: [{ ...failedPod, status: { phase: "Succeeded" } }] },
      [`${NAMESPACE}/events`]: { items: [] },
    });

    assert.deepEqual(says, ["error: [runtime] The proof failed.\n  The cluster says nothing of its pods."]);
  });

  it("tells of pods that are gone what the cluster noted, newest first, and of no others", async () => {
    const { says } = await explain({
      [`${NAMESPACE}/pods`]: { items: [] },
      [`${NAMESPACE}/events`]: {
        items: [
          event("loan-approval-proof-0123-abcde", "pulling", "2026-01-01T00:00:01Z"),
          event("loan-approval-proof-0123", "exceeded quota", "2026-01-01T00:00:03Z"),
          event("loan-approval-proof-01234", "another's", "2026-01-01T00:00:04Z"),
        ],
      },
    });

    assert.deepEqual(says, [
      "error: [runtime] The proof failed.\n  Failed: exceeded quota\n  Failed: pulling",
    ]);
  });

  it("tells of a Deployment what was noted of its ReplicaSet and its pods, and not of its proof", async () => {
    const { says } = await explain(
      {
        [`${NAMESPACE}/pods`]: { items: [] },
        [`${NAMESPACE}/events`]: {
          items: [
            event("loan-approval-5d9c7b6f4", "exceeded quota", "2026-01-01T00:00:03Z"),
            event("loan-approval-5d9c7b6f4-x2x7k", "no such secret", "2026-01-01T00:00:02Z"),
            event("loan-approval-proof-0123-abcde", "the proof's pod", "2026-01-01T00:00:01Z"),
            event("loan-approval-proof-0123", "the proof", "2026-01-01T00:00:01Z", "Job"),
            event("loan-approval-2-5d9c7b6f4-x2x7k", "another model's", "2026-01-01T00:00:01Z"),
          ],
        },
      },
      "loan-approval",
    );

    assert.deepEqual(says, [
      "error: [runtime] The proof failed.\n  Failed: exceeded quota\n  Failed: no such secret",
    ]);
  });

  it("does without the events where they may not be read", async () => {
    const { says } = await explain({ [`${NAMESPACE}/pods`]: { items: [failedPod] } });

    assert.deepEqual(says, [
      "error: [runtime] The proof failed.\n  pod loan-approval-proof-0123-abcde: Error with exit code 1",
    ]);
  });

  it("says in the cluster's words why the pods cannot be read", async () => {
    const { says } = await explain({});

    assert.deepEqual(says, ["error: [runtime] The proof failed.\n  Its pods cannot be read: not found"]);
  });

  it("says that the cluster does not answer", async () => {
    cluster.use("http://127.0.0.1:1");
    const { says } = await explain({});

    assert.match(
      says.join(),
      /^error: \[runtime\] The proof failed\.\n {2}Its pods cannot be read: .*ECONNREFUSED 127\.0\.0\.1:1$/,
    );
  });
});
