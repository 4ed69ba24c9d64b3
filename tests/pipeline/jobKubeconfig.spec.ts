import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { cluster, kubeconfigOf } from "../../pipeline/jobKubeconfig.ts";

const KUBECONFIG = "apiVersion: v1\nkind: Config\nclusters: [{ name: a }]\n";
const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("kubeconfigOf", () => {
  it("takes the secret's", () => {
    assert.equal(kubeconfigOf({ KUBECONFIG_DATA: base64(KUBECONFIG) }), KUBECONFIG);
  });

  for (const { data, problem } of [
    { data: "kind: Config", problem: "it names no clusters" },
    { data: base64(": ["), problem: "it is no YAML" },
    { data: base64("clusters: []"), problem: "it names no clusters" },
  ]) {
    it(`says of ${data} that ${problem}, and does not show it`, () => {
      assert.throws(() => kubeconfigOf({ KUBECONFIG_DATA: data }), {
        message: `KUBECONFIG_DATA is no kubeconfig in base64: ${problem}.
  at:  the secret KUBECONFIG_DATA
  fix: kubectl config view --raw --minify --flatten | base64 -w0, and set it to what that prints`,
      });
    });
  }

  it("wants one of the two ways", () => {
    assert.throws(
      () => kubeconfigOf({ KUBECONFIG_DATA: "", CLUSTER_SERVER: "" }),
      /There is no cluster to deploy to\./,
    );
  });

  it("asks GitHub for a token of this job, each time that a program needs one", async () => {
    const server = createServer(({ url, headers }, response) => {
      assert.equal(url, "/token?api-version=2&audience=https%3A%2F%2Fk8s.example.com");
      assert.equal(headers.authorization, "Bearer of-the-job");
      const claims = Buffer.from(JSON.stringify({ exp: 1_800_000_000 })).toString("base64url");
      response.end(JSON.stringify({ value: `head.${claims}.signature` }));
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as AddressInfo;
    const { users, clusters } = parse(
      kubeconfigOf({ CLUSTER_SERVER: "https://k8s.example.com", CLUSTER_CA: "Q0E=" }),
    );
    const { command, args } = users[0].user.exec;

    const { stdout } = await execa(command, args, {
      env: {
        ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: "of-the-job",
      },
    }).finally(() => server.close());

    assert.deepEqual(clusters[0].cluster, {
      server: "https://k8s.example.com",
      "certificate-authority-data": "Q0E=",
    });
    const { status, kind } = JSON.parse(stdout);
    assert.deepEqual([kind, status.expirationTimestamp], ["ExecCredential", "2027-01-15T08:00:00.000Z"]);
    assert.match(status.token, /^head\..*\.signature$/);
  });

  it("asks for the audience that the cluster wants, if that is not its address", () => {
    const { users } = parse(
      kubeconfigOf({ CLUSTER_SERVER: "https://k8s.example.com", CLUSTER_AUDIENCE: "models" }),
    );

    assert.equal(users[0].user.exec.args.at(-1), "models");
  });

  it("says which permission is missing where GitHub gives no token", async () => {
    const { users } = parse(kubeconfigOf({ CLUSTER_SERVER: "https://k8s.example.com" }));
    const { command, args } = users[0].user.exec;

    const { exitCode, stderr } = await execa(command, args, { reject: false });

    assert.equal(exitCode, 1);
    assert.match(stderr, /fix: give the job the permission id-token: write$/);
  });
});

describe("cluster", () => {
  it("writes the kubeconfig for its user alone, and has the next steps use it", async () => {
    const work = mkdtempSync(path.join(os.tmpdir(), "slipway-cluster-"));
    try {
      const env = path.join(work, "env");
      writeFileSync(env, "");

      await cluster({ RUNNER_TEMP: work, GITHUB_ENV: env, KUBECONFIG_DATA: base64(KUBECONFIG) });

      const file = path.join(work, "slipway-kubeconfig");
      assert.equal(readFileSync(env, "utf8"), `KUBECONFIG=${file}\n`);
      assert.equal(readFileSync(file, "utf8"), KUBECONFIG);
      assert.equal(statSync(file).mode & 0o777, 0o600);
    } finally {
      rmSync(work, { recursive: true });
    }
  });
});
