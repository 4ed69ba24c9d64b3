import assert from "node:assert/strict";
import { FakeCluster } from "../../support/fakeCluster.ts";
import { setMocks } from "../../support/pulumiMocks.ts";

const PATH = "/api/v1/namespaces/models";
const LABEL = "pod-security.kubernetes.io/enforce";

describe("checkNamespace", function () {
  this.timeout(60_000); // loading @kubernetes/client-node
  const cluster = new FakeCluster();
  let address: string;
  let checkNamespace: typeof import("../../../infra/workload/checkNamespace.ts").checkNamespace;
  before(async () => {
    await setMocks({ stack: "dev" });
    ({ checkNamespace } = await import("../../../infra/workload/checkNamespace.ts"));
    address = await cluster.start();
  });
  after(() => cluster.stop());

  const check = (createNamespace = false) => checkNamespace({ namespace: "models", createNamespace });
  const refusal = () =>
    check().then(
      () => assert.fail("nothing was thrown"),
      ({ message }: Error) => message,
    );

  for (const standard of ["restricted", "baseline"]) {
    it(`takes a namespace that enforces the standard ${standard}`, async () => {
      cluster.answers = { [PATH]: { metadata: { name: "models", labels: { [LABEL]: standard } } } };
      cluster.asked.length = 0;

      await check();

      assert.deepEqual(cluster.asked, [PATH]);
    });
  }

  it("does not ask for one that the stack makes", async () => {
    cluster.asked.length = 0;

    await check(true);

    assert.deepEqual(cluster.asked, []);
  });

  for (const labels of [undefined, {}, { "pod-security.kubernetes.io/warn": "restricted" }]) {
    it(`refuses one with the labels ${JSON.stringify(labels)}`, async () => {
      cluster.answers = { [PATH]: { metadata: { name: "models", labels } } };

      assert.equal(
        await refusal(),
        `The namespace models has no label ${LABEL}, so that it admits pods with any privilege.
  at:  Pulumi.dev.yaml, key slipway:namespace
  fix: kubectl label namespace models ${LABEL}=restricted
       (Slipway's pods keep that standard; see that others in it do: add --dry-run=server)`,
      );
    });
  }

  it("says how one that is missing is made", async () => {
    cluster.answers = {};

    assert.equal(
      await refusal(),
      `The namespace models does not exist.
  at:  Pulumi.dev.yaml, key slipway:namespace
  fix: kubectl create namespace models && kubectl label namespace models ${LABEL}=restricted
       or let the stack make it: pulumi config set createNamespace true`,
    );
  });

  it("says in the cluster's words why it may not be read", async () => {
    cluster.refuse = { code: 403, message: 'namespaces "models" is forbidden' };
    try {
      assert.equal(
        await refusal(),
        `The namespace models cannot be read: namespaces "models" is forbidden.
  at:  Pulumi.dev.yaml, key slipway:namespace
  fix: docs/production.md has the Role that a deployer needs`,
      );
    } finally {
      cluster.refuse = undefined;
    }
  });

  it("says that the cluster does not answer", async () => {
    cluster.use("http://127.0.0.1:1");

    assert.match(
      await refusal(),
      /^The namespace models cannot be read: .*ECONNREFUSED 127\.0\.0\.1:1\.\n.*\n {2}fix: see that `kubectl get namespaces` answers$/,
    );
    cluster.use(address);
  });
});
