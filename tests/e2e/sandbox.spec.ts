import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import https, { type RequestOptions } from "node:https";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { clientCertificate } from "../../sandbox/certificate.ts";
import { components, kubectl, kubeletClient } from "../../sandbox/components.ts";
import { running } from "../../sandbox/daemon.ts";
import { status } from "../../sandbox/daemons.ts";
import { inState } from "../../sandbox/places.ts";
import { sandboxEnvironment } from "../../sandbox/pulumiStack.ts";
import { startSandbox } from "../../sandbox/start.ts";
import { removeTraces } from "../../sandbox/traces.ts";
import { itLong } from "../support/long.ts";
import { copyProject, root } from "../support/project.ts";

describe("the sandbox", () => {
  const work = mkdtempSync(path.join(os.tmpdir(), "slipway-sandbox-"));

  after(() => rmSync(work, { recursive: true, force: true }));

  it("says what runs", async () => {
    const { exitCode, stdout } = await npm("sandbox", ["status"]);

    assert.equal(exitCode, 0, stdout);
    for (const { name } of components)
      assert.match(stdout, new RegExp(`^${name} +process ${running(name)?.pid}\\b`, "m"));
  });

  it("starts nothing when all of it runs", async () => {
    const before = status();

    await startSandbox();

    assert.deepEqual(status(), before);
  });

  it("gives etcd no port", async () => {
    for (const port of [2379, 2380])
      await assert.rejects(ask(`http://127.0.0.1:${port}/v3/kv/range`), { code: "ECONNREFUSED" });
  });

  it("offers no JSON gateway on etcd's socket, which answers to no other host's name", async () => {
    const socketPath = inState("run", "etcd.sock:0");

    assert.equal(await ask("http://localhost/health", { socketPath }), 200);
    assert.equal(await ask("http://localhost/v3/kv/range", { socketPath, method: "POST" }), 404);
    assert.equal(await ask("http://rebound.example/health", { socketPath }), 421);
  });

  it("lets nobody but the API server and administrators ask the kubelet", async () => {
    const shown = (pem: string) => askKubelet({ cert: pem, key: pem });
    const bearer = (token: string) => askKubelet({ headers: { authorization: `Bearer ${token}` } });
    const { stdout: stranger } = await kubectl("create", "token", "default");

    assert.equal(await askKubelet(), 401, "nobody");
    assert.equal(await bearer("made-up"), 401, "a token that the API server does not know");
    assert.equal(
      await shown(clientCertificate({ user: "kube-apiserver", group: "system:masters" })),
      401,
      "another certificate of the same name",
    );
    assert.equal(await bearer(stranger), 403, "a pod's token, which may not");
    assert.equal(await bearer(readFileSync(inState("certs", "admin-token"), "utf8")), 200, "administrator");
    assert.equal(await shown(readFileSync(kubeletClient, "utf8")), 200, "the API server");
  });

  it("shows what a pod prints, and runs a program in it", async () => {
    const program = "console.log('printed'); setInterval(() => {}, 1e6)";
    await createPod("talks", ["--eval", program]);
    await succeeds("wait", "pod/talks", "--for=condition=Ready", "--timeout=90s");

    assert.equal(await succeeds("logs", "talks", "--follow", "--limit-bytes=7"), "printed");
    assert.equal(await succeeds("exec", "talks", "--", "/nodejs/bin/node", "--print", "6 * 7"), "42");
    await succeeds("delete", "pod", "talks", "--grace-period=1", "--wait=false");
  });

  // The short form of these is a restart of the machine, below, which ends all of them.
  for (const { name } of components) {
    itLong(`heals after kill -9 of ${name}`, async () => {
      await kill([name]);
      assert.equal((await npm("sandbox", ["status"])).exitCode, 1);

      await startSandbox();

      assert.deepEqual(
        status().filter(({ pid }) => pid === undefined),
        [],
      );
      await podRuns(`after-${name}`);
    });
  }

  itLong("heals after kill -9 of all of it", async () => {
    await kill(components.map(({ name }) => name));

    await startSandbox();

    await podRuns("after-all");
  });

  it("comes back after a restart of the machine, with what ran in it", async () => {
    await kill(components.map(({ name }) => name));
    await removeTraces(); // containers, mounts, networks and /run are gone after a restart
    for (const { name } of components) {
      const file = inState("run", `${name}.pid`);
      writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), bootId: "before" }));
    }

    await startSandbox();

    await podRuns("after-restart");
  });

  it("does not take a pid file from before a restart for a running daemon, nor end the process that has its number now", async () => {
    const file = inState("run", "registry.pid");
    const { pid } = JSON.parse(readFileSync(file, "utf8"));
    process.kill(pid, "SIGKILL");
    writeFileSync(file, JSON.stringify({ pid: process.pid, startTime: "1", bootId: "another boot" }));

    assert.equal(running("registry"), undefined);
    await startSandbox();

    assert.notEqual(running("registry"), undefined);
  });

  it("starts a daemon again that runs otherwise than it should now", async () => {
    const file = inState("run", "registry.pid");
    const before = JSON.parse(readFileSync(file, "utf8"));
    await startSandbox();
    assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), before);

    // As a version before this one has left it, whose settings were others.
    writeFileSync(file, JSON.stringify({ ...before, runsBy: undefined }));
    await startSandbox();

    const after = JSON.parse(readFileSync(file, "utf8"));
    assert.notEqual(after.pid, before.pid);
    assert.equal(after.runsBy, before.runsBy);
  });

  it("gives a shell what it needs", async () => {
    const { stdout } = await npm("sandbox", ["env"]);
    const script = `${stdout}\npulumi version && kubectl get nodes -o name && pulumi stack --show-name`;

    const shell = await execa("bash", ["-c", script], { cwd: root });

    assert.match(shell.stdout, /^v3\.245\.0\nnode\/127\.0\.0\.1\ndev$/);
    assert.equal(shell.stderr, "");
  });

  it("shows a daemon's log, and the names that there are for one that there is not", async () => {
    assert.match((await npm("sandbox", ["logs", "etcd"])).stdout, /etcd/);

    const { exitCode, stderr } = await npm("sandbox", ["logs", "nginx"]);

    assert.equal(exitCode, 1);
    assert.match(stderr, /^No daemon is called nginx\.\n {2}fix: one of: containerd, registry, /);
  });

  it("refuses another checkout, naming this one", async () => {
    const other = await copyProject({ stack: "other" });
    try {
      for (const args of [["down"], ["reset"], ["start"]]) {
        const { exitCode, stderr } = await npm("sandbox", args, { cwd: other.directory });

        assert.equal(exitCode, 1);
        assert.match(
          stderr,
          new RegExp(`The sandbox runs for another checkout\\.\\n {2}at: {2}${root}\\n {2}fix: `),
        );
      }
    } finally {
      await other.remove();
    }
  });

  it("names each port that is taken, and by what", async () => {
    const registry = running("registry")?.pid;
    assert.ok(registry, "the sandbox of this checkout holds the ports");

    const { exitCode, stderr } = await npm("start", [], {
      env: { XDG_CACHE_HOME: path.join(work, "ports") },
    });

    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      new RegExp(
        `^Port 5000 is taken by process ${registry} \\(docker-registry serve .*\\); registry needs it\\.$`,
        "m",
      ),
    );
    assert.match(
      stderr,
      /^Port 6443 is taken by process \d+ \(kube-apiserver .*\); kube-apiserver needs it\.$/m,
    );
    assert.match(stderr, /\n {2}fix: /);
  });

  it("asks for root, and shows the way with one's own cluster", async () => {
    const env = { NODE_OPTIONS: "--import=data:text/javascript,process.getuid=()=>1000" };

    const { exitCode, stderr } = await npm("start", [], { env });

    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /^The sandbox cannot run here: containerd, the kubelet and kube-proxy need root, and this is another user\./m,
    );
    assert.match(stderr, /docs\/own-cluster\.md/);
  });

  it("says when the disk is full, and how much it needs", async () => {
    const disk = path.join(work, "disk");
    mkdirSync(disk);
    await execa("mount", ["-t", "tmpfs", "-o", "size=10m", "tmpfs", disk]);
    try {
      const { exitCode, stderr } = await npm("start", [], { env: { XDG_CACHE_HOME: disk } });

      assert.equal(exitCode, 1);
      assert.match(
        stderr,
        /The disk has 0\.0 GB free, and \d+ GB are needed\.\n {2}at: {2}.*\/disk\/slipway\n {2}fix: /,
      );
    } finally {
      await execa("umount", [disk]);
    }
  });
});

/** A command of package.json, as npm runs it. Its environment is this one's and `env`. */
const npm = (script: string, args: readonly string[] = [], { cwd = root, env = {} } = {}) =>
  execa("npm", ["run", "--silent", script, "--", ...args], {
    cwd,
    env,
    all: true,
    reject: false,
    timeout: 120_000,
  });

async function kill(names: readonly string[]): Promise<void> {
  for (const name of names)
    process.kill(running(name)?.pid ?? assert.fail(`${name} does not run`), "SIGKILL");
  while (names.some((name) => running(name))) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A pod of the base image comes up and ends well: scheduler, kubelet, containerd, runc, network and registry all took part. */
async function podRuns(name: string): Promise<void> {
  await createPod(name, ["--version"]);
  await succeeds("wait", `pod/${name}`, "--for=jsonpath={.status.phase}=Succeeded", "--timeout=90s");
  await kubectl("delete", "pod", name, "--wait=false");
}

/** A pod of the base image that runs Node.js once. */
async function createPod(name: string, args: readonly string[]): Promise<void> {
  const settings = parse(readFileSync(sandboxEnvironment.PULUMI_OPTION_CONFIG_FILE, "utf8"));
  const image: string = settings.config["slipway:baseImage"];
  const command = ["--restart=Never", "--command", "--", "/nodejs/bin/node", ...args];
  await succeeds("run", name, `--image=${image}`, ...command);
}

/** What kubectl prints. */
async function succeeds(...args: string[]): Promise<string> {
  const { failed, stdout, stderr } = await kubectl(...args);
  assert.equal(failed, false, stderr);
  return stdout;
}

/** The status of the answer. Whose certificate the server has is not looked at. */
async function ask(url: string, options: RequestOptions = {}): Promise<number | undefined> {
  const { request } = url.startsWith("https") ? https : http;
  const asked = request(url, { rejectUnauthorized: false, agent: false, ...options }).end();
  const [answer] = (await once(asked, "response")) as [http.IncomingMessage];
  answer.resume();
  return answer.statusCode;
}

const askKubelet = (options: RequestOptions = {}) => ask("https://127.0.0.1:10250/pods", options);
