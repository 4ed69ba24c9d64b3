import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setMocks } from "../../support/pulumiMocks.ts";

const CONFIG_MAP = "/api/v1/namespaces/kube-public/configmaps/local-registry-hosting";

describe("findRegistry", () => {
  let findRegistry: typeof import("../../../infra/registry/findRegistry.ts").findRegistry;
  let directory: string;
  let server: Server;
  let address: string;
  let data: Record<string, string> | undefined;
  const kubeconfigBefore = process.env["KUBECONFIG"];

  before(async () => {
    await setMocks({ stack: "dev" });
    ({ findRegistry } = await import("../../../infra/registry/findRegistry.ts"));
    server = createServer((request, response) => {
      const found = request.url === CONFIG_MAP && data !== undefined;
      response.writeHead(found ? 200 : 404, { "content-type": "application/json" });
      response.end(JSON.stringify(found ? { kind: "ConfigMap", data } : { kind: "Status", code: 404 }));
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    directory = mkdtempSync(path.join(tmpdir(), "slipway-kubeconfig-"));
  });

  after(() => {
    server.close();
    rmSync(directory, { recursive: true });
    if (kubeconfigBefore === undefined) delete process.env["KUBECONFIG"];
    else process.env["KUBECONFIG"] = kubeconfigBefore;
  });

  const cluster = (url: string) => {
    const file = path.join(directory, "config");
    const config = {
      clusters: [{ name: "c", cluster: { server: url, "insecure-skip-tls-verify": true } }],
      users: [{ name: "u", user: {} }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    };
    writeFileSync(file, JSON.stringify(config));
    process.env["KUBECONFIG"] = file;
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
    process.env["KUBECONFIG"] = path.join(directory, "there-is-none");

    assert.deepEqual(await findRegistry("ghcr.io/acme"), { push: "ghcr.io/acme", pull: "ghcr.io/acme" });
  });

  it("takes what the cluster announces, where nothing is set", async () => {
    cluster(address);
    data = { "localRegistryHosting.v1": "host: localhost:5001\nhostFromContainerRuntime: registry:5000\n" };

    assert.deepEqual(await findRegistry(undefined), { push: "localhost:5001", pull: "registry:5000" });
  });

  it("says that the cluster announces none", async () => {
    cluster(address);
    data = undefined;

    assert.equal(
      await refusal(),
      `registry is not set, and the cluster ${address} announces none: the ConfigMap does not exist.\n${advice}`,
    );
  });

  it("says that the cluster announces it without a host", async () => {
    cluster(address);
    data = { "localRegistryHosting.v1": "help: https://example.com\n" };

    assert.equal(
      await refusal(),
      `registry is not set, and the cluster ${address} announces none: its key localRegistryHosting.v1 names no host.\n${advice}`,
    );
  });

  it("says that the cluster does not answer", async () => {
    cluster("http://127.0.0.1:1");

    assert.match(
      await refusal(),
      /^registry is not set, and the cluster http:\/\/127\.0\.0\.1:1 cannot be asked for its own: .*ECONNREFUSED/,
    );
  });
});
