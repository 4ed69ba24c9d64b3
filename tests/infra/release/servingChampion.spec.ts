import assert from "node:assert/strict";
import { FakeCluster } from "../../support/fakeCluster.ts";
import { setMocks } from "../../support/pulumiMocks.ts";
import { recorded } from "../../support/recordedRelease.ts";

const CONFIG_MAP = "/api/v1/namespaces/kube-public/configmaps/local-registry-hosting";
const METRICS = { accuracy: 0.9 };
const ofRows = recorded("b", {
  judgement: { verdict: "passed", reportSha256: "ab", metrics: METRICS, holdoutSha256: "ef", rows: 3000 },
});

describe("what serves, for the gate to compare with,", () => {
  let championOf: typeof import("../../../infra/release/servingChampion.ts").championOf;
  const cluster = new FakeCluster();
  let address: string;
  before(async () => {
    await setMocks({ stack: "dev" });
    ({ championOf } = await import("../../../infra/release/servingChampion.ts"));
    address = await cluster.start();
  });
  beforeEach(() => {
    cluster.use(address);
    cluster.answers = {};
  });
  after(() => cluster.stop());

  it("is nothing before the first release", async () => {
    const { sha256, find } = championOf(undefined, undefined);

    assert.equal(sha256, undefined);
    assert.deepEqual(await find(), { none: "no release serves yet" });
  });

  it("is the newest release, with what was recorded of it and of which rows", async () => {
    const { sha256, find } = championOf(ofRows, "registry.example");

    assert.equal(sha256, "cd");
    assert.deepEqual(await find(), {
      name: "release b",
      image: "registry.example/m@sha256:b",
      recorded: { metrics: METRICS, holdoutSha256: "ef" },
    });
  });

  it("has nothing recorded where nobody knows of which rows that would be", async () => {
    assert.deepEqual(await championOf(recorded("a"), "registry.example").find(), {
      name: "release a",
      image: "registry.example/m@sha256:a",
    });
  });

  it("has the name by which this machine reaches it", async () => {
    cluster.answers = {
      [CONFIG_MAP]: {
        kind: "ConfigMap",
        data: {
          "localRegistryHosting.v1": "host: localhost:5001\nhostFromContainerRuntime: registry.example\n",
        },
      },
    };

    assert.deepEqual(await championOf(recorded("a"), undefined).find(), {
      name: "release a",
      image: "localhost:5001/m@sha256:a",
    });
  });

  it("keeps the name of another registry, whatever stands in it", async () => {
    cluster.answers = {
      [CONFIG_MAP]: {
        kind: "ConfigMap",
        data: { "localRegistryHosting.v1": "host: localhost:5001\nhostFromContainerRuntime: registry\n" },
      },
    };
    const image = "mirror.example/registry/m@sha256:a";

    assert.deepEqual(await championOf(recorded("a", { image }), undefined).find(), {
      name: "release a",
      image,
    });
  });

  it("is there, and cannot be reached, where no registry is known: that is not as if nothing served", async () => {
    const unreachable = `registry is not set, and the cluster ${address} announces none: the ConfigMap does not exist.`;

    assert.deepEqual(await championOf(ofRows, undefined).find(), {
      name: "release b",
      unreachable,
      recorded: { metrics: METRICS, holdoutSha256: "ef" },
    });
    assert.deepEqual(await championOf(recorded("a"), undefined).find(), { name: "release a", unreachable });
  });
});
