import assert from "node:assert/strict";
import { hasPendingCreates, readCheckpoint, withoutPending } from "../../../infra/release/exportedStack.ts";
import { recorded } from "../../support/recordedRelease.ts";

const resource = (type: string, version: string) => ({
  type,
  urn: `urn:pulumi:dev::slipway::${type}::inference`,
  inputs: { metadata: { labels: { "app.kubernetes.io/version": version } } },
});
const deployment = resource("kubernetes:apps/v1:Deployment", "a");
const stack = (outputs: object) => ({
  type: "pulumi:pulumi:Stack",
  urn: "urn:pulumi:dev::slipway::pulumi:pulumi:Stack::slipway-dev",
  outputs: outputs as Record<string, unknown>,
});

describe("an exported stack", () => {
  it("has the record, the pin, and the release that was wanted last", () => {
    const pinned = { release: "a", reason: "it was good", by: "Ada", since: "2026-02-03T04:05:06.000Z" };
    const outputs = { releases: [recorded("a"), recorded("b")], serving: "a", pinned };

    assert.deepEqual(readCheckpoint({ deployment: { resources: [stack(outputs), deployment] } }), {
      record: [recorded("a"), recorded("b")],
      serving: recorded("a"),
      pinned,
      wanted: "a",
    });
  });

  it("wanted the release of the proof, which comes before the Deployment", () => {
    const job = resource("kubernetes:batch/v1:Job", "b");

    assert.equal(readCheckpoint({ deployment: { resources: [deployment, job] } }).wanted, "b");
  });

  it("has nothing before the first up", () => {
    for (const resources of [null, undefined, []])
      assert.deepEqual(readCheckpoint({ deployment: { ...(resources !== undefined && { resources }) } }), {
        record: [],
        serving: undefined,
        pinned: undefined,
        wanted: undefined,
      });
  });

  it("remembers what a killed process was creating, until it is told to forget", () => {
    const pending = (...types: string[]) => ({
      version: 3,
      deployment: {
        resources: [deployment],
        pending_operations: types.map((type) => ({ type, resource: deployment })),
      },
    });

    assert.deepEqual(
      [pending(), pending("updating"), pending("updating", "creating")].map(hasPendingCreates),
      [false, false, true],
    );
    assert.deepEqual(withoutPending(pending("creating")), {
      version: 3,
      deployment: { resources: [deployment] },
    });
  });
});
