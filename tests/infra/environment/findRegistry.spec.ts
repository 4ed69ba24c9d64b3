import assert from "node:assert/strict";
import path from "node:path";
import { FakeCluster } from "../../support/fakeCluster.ts";
import { setMocks } from "../../support/pulumiMocks.ts";

const CONFIG_MAP = "/api/v1/namespaces/kube-public/configmaps/local-registry-hosting";

describe("findRegistry", () => {
  let findRegistry: typeof import("../../../infra/environment/findRegistry.ts").findRegistry;
  const cluster = new FakeCluster();
  let address: string;

  before(async () => {
    await setMocks({ stack: "dev" });
    ({ findRegistry } = await import("../../../infra/environment/findRegistry.ts"));
    address = await cluster.start();
  });

  after(() => cluster.stop());

  const announce = (data: Record<string, string>) => {
    cluster.answers = { [CONFIG_MAP]: { kind: "ConfigMap", data } };
  };

  const refusal = async () =>
    (
      await findRegistry(undefined).then(
        () => assert.fail(),
        (error: Error) => error,
      )
    ).message;
  const advice = `  at:  Pulumi.dev.yaml, key slipway:registry; ConfigMap kube-public/local-registry-hosting
  fix: pulumi config set registry ghcr.io/YOU
       on a local cluster, docs/own-cluster.md shows how it announces its registry (KEP-1755)`;

  it("takes the setting without asking a cluster", async () => {
    process.env["KUBECONFIG"] = path.join(import.meta.dirname, "there-is-none");

    assert.deepEqual(await findRegistry("ghcr.io/acme"), { push: "ghcr.io/acme", pull: "ghcr.io/acme" });
  });

  it("takes what the cluster announces, if nothing is set", async () => {
    cluster.use(address);
    announce({
      "localRegistryHosting.v1": "host: localhost:5001\nhostFromContainerRuntime: registry:5000\n",
    });

    assert.deepEqual(await findRegistry(undefined), { push: "localhost:5001", pull: "registry:5000" });
  });

  it("says that the cluster announces none", async () => {
    cluster.use(address);
    cluster.answers = {};

    assert.equal(
      await refusal(),
      `registry is not set, and the cluster ${address} announces none: the ConfigMap does not exist.\n${advice}`,
    );
  });

  it("says that the cluster announces it without a host", async () => {
    cluster.use(address);
    announce({ "localRegistryHosting.v1": "help: https://example.com\n" });

    assert.equal(
      await refusal(),
      `registry is not set, and the cluster ${address} announces none: its key localRegistryHosting.v1 names no host.\n${advice}`,
    );
  });

  it("says that the cluster does not answer", async () => {
    cluster.use("http://127.0.0.1:1");

    assert.match(
      await refusal(),
      /^registry is not set, and the cluster http:\/\/127\.0\.0\.1:1 cannot be asked for its own: .*ECONNREFUSED/,
    );
  });
});
