import assert from "node:assert/strict";
import { hasFailed, type PodFacts, podFailures, wasRestarted } from "../../../infra/workload/podFailures.ts";

const pod = (status: PodFacts["status"]): PodFacts => ({
  metadata: { name: "proof-abc" },
  ...(status && { status }),
});
const container = (state: object, lastState: object = {}, ready = false) => ({ ready, state, lastState });
const ended = pod({
  phase: "Failed",
  containerStatuses: [container({ terminated: { reason: "Error", exitCode: 1 } })],
});

const outOfMemory = (restartCount: number) => {
  const failed = container({ running: {} }, { terminated: { reason: "OOMKilled", exitCode: 137 } });
  return { pod: pod({ phase: "Running", containerStatuses: [{ ...failed, restartCount }] }), log: "" };
};

describe("hasFailed", () => {
  for (const { fact, status, failed } of [
    { fact: "a pod without a container yet", status: { phase: "Pending" }, failed: true },
    {
      fact: "a pod that waits for its image",
      status: {
        phase: "Pending",
        containerStatuses: [container({ waiting: { reason: "ImagePullBackOff" } })],
      },
      failed: true,
    },
    { fact: "a pod that ended badly", status: ended.status, failed: true },
    {
      fact: "a pod that runs and is not ready",
      status: { phase: "Running", containerStatuses: [container({})] },
      failed: true,
    },
    {
      fact: "a pod that serves",
      status: { phase: "Running", containerStatuses: [container({}, {}, true)] },
      failed: false,
    },
    {
      fact: "a pod that ended well",
      status: {
        phase: "Succeeded",
        containerStatuses: [container({ terminated: { reason: "Completed", exitCode: 0 } })],
      },
      failed: false,
    },
  ]) {
    it(`is ${failed} for ${fact}`, () => {
      assert.equal(hasFailed(pod(status)), failed);
    });
  }
});

describe("wasRestarted", () => {
  for (const { fact, state, lastState, restarted } of [
    { fact: "one that runs for the first time", state: { running: {} }, lastState: {}, restarted: false },
    {
      fact: "one that runs again",
      state: { running: {} },
      lastState: { terminated: { exitCode: 1 } },
      restarted: true,
    },
    {
      fact: "one that waits to run again",
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: { exitCode: 1 } },
      restarted: false,
    },
  ]) {
    it(`is ${restarted} for ${fact}`, () => {
      assert.equal(wasRestarted(pod({ containerStatuses: [container(state, lastState)] })), restarted);
    });
  }
});

describe("podFailures", () => {
  for (const { fact, status, says } of [
    {
      fact: "an image that cannot be pulled",
      status: {
        phase: "Pending",
        containerStatuses: [
          container({ waiting: { reason: "ImagePullBackOff", message: "Back-off pulling image" } }),
        ],
      },
      says: "pod proof-abc: ImagePullBackOff: Back-off pulling image",
    },
    {
      fact: "a lack of memory",
      status: {
        phase: "Failed",
        containerStatuses: [container({ terminated: { reason: "OOMKilled", exitCode: 137 } })],
      },
      says: "pod proof-abc: OOMKilled with exit code 137",
    },
    {
      fact: "a crash over and over",
      status: {
        phase: "Running",
        containerStatuses: [
          container(
            { waiting: { reason: "CrashLoopBackOff", message: "back-off 10s" } },
            { terminated: { reason: "Error", exitCode: 1 } },
          ),
        ],
      },
      says: "pod proof-abc: Error with exit code 1, CrashLoopBackOff: back-off 10s",
    },
    {
      fact: "no node with room",
      status: {
        phase: "Pending",
        conditions: [
          { type: "Ready", status: "False" },
          {
            type: "PodScheduled",
            status: "False",
            reason: "Unschedulable",
            message: "0/1 nodes are available: 1 Insufficient cpu.",
          },
        ],
      },
      says: "pod proof-abc: Unschedulable: 0/1 nodes are available: 1 Insufficient cpu.",
    },
    {
      fact: "an eviction",
      status: { phase: "Failed", reason: "Evicted", message: "The node was low on memory." },
      says: "pod proof-abc: Evicted: The node was low on memory.",
    },
    {
      fact: "a pod that runs and never gets ready",
      status: { phase: "Running", containerStatuses: [container({ running: {} })] },
      says: "pod proof-abc: Running, not ready",
    },
    { fact: "a pod of which nothing is known", status: undefined, says: "pod proof-abc: Unknown, not ready" },
  ]) {
    it(`names ${fact}`, () => {
      assert.equal(podFailures([{ pod: pod(status), log: "" }], []), says);
    });
  }

  it("counts how often a container was started again", () => {
    assert.equal(
      podFailures([outOfMemory(1)], []),
      "pod proof-abc: OOMKilled with exit code 137 (restarted once)",
    );
    assert.equal(
      podFailures([outOfMemory(4)], []),
      "pod proof-abc: OOMKilled with exit code 137 (restarted 4 times)",
    );
  });

  it("has the answer of a pod's failed probe, and of no other pod's", () => {
    const events = [
      { about: "proof-xyz", reason: "Unhealthy", message: "another's" },
      {
        about: "proof-abc",
        reason: "Unhealthy",
        message: "Startup probe failed: HTTP probe failed with statuscode: 503",
      },
      { about: "proof-abc", reason: "Unhealthy", message: "an older one" },
    ];

    assert.equal(
      podFailures(
        [
          {
            pod: pod({ phase: "Running", containerStatuses: [container({ running: {} })] }),
            log: "loading",
          },
        ],
        events,
      ),
      "pod proof-abc: Running, not ready, Startup probe failed: HTTP probe failed with statuscode: 503; its last log lines:\n    loading",
    );
  });

  it("shows the last 20 lines of the log, long ones cut, empty ones left out", () => {
    const log = `${Array.from({ length: 30 }, (_, i) => `line ${i}`).join("\n\n")}\n${"x".repeat(400)}\n`;
    const [heading, ...lines] = podFailures([{ pod: ended, log }], []).split("\n");

    assert.equal(heading, "pod proof-abc: Error with exit code 1; its last log lines:");
    assert.deepEqual(lines, [
      ...Array.from({ length: 19 }, (_, i) => `    line ${i + 11}`),
      `    ${"x".repeat(297)}...`,
    ]);
  });

  it("tells of two pods and counts the rest", () => {
    const failed = Array.from({ length: 4 }, () => ({ pod: ended, log: "why" }));

    assert.equal(
      podFailures(failed, []),
      `${`pod proof-abc: Error with exit code 1; its last log lines:\n    why\n  `.repeat(2)}and 2 more pods`,
    );
  });

  it("does not repeat what a pod says already", () => {
    const message = "0/1 nodes are available: 1 Insufficient cpu.";
    const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }];

    assert.equal(
      podFailures(
        [{ pod: pod({ phase: "Pending", conditions }), log: "" }],
        [{ reason: "FailedScheduling", message }],
      ),
      `pod proof-abc: Unschedulable: ${message}`,
    );
  });

  it("tells what the cluster noted where no pod does, once each, three at most", () => {
    const events = [
      { reason: "FailedScheduling", message: "1 Insufficient cpu" },
      { reason: "FailedScheduling", message: "1 Insufficient cpu" },
      { reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" },
      { reason: "MissingClusterDNS", message: "of every pod" },
      { reason: "FailedCreate", message: "exceeded quota" },
      { reason: "Failed", message: "not found" },
      { reason: "Failed", message: "older" },
    ];

    assert.equal(
      podFailures([], events),
      "FailedScheduling: 1 Insufficient cpu\n  FailedCreate: exceeded quota\n  Failed: not found",
    );
    assert.equal(
      podFailures([{ pod: pod({ phase: "Pending" }), log: "" }], events.slice(0, 1)),
      "pod proof-abc: Pending, not ready\n  FailedScheduling: 1 Insufficient cpu",
    );
    assert.equal(
      podFailures([{ pod: pod({ phase: "Running" }), log: "why" }], events),
      "pod proof-abc: Running, not ready; its last log lines:\n    why",
    );
    assert.equal(podFailures([{ pod: ended, log: "" }], events), "pod proof-abc: Error with exit code 1");
  });
});
