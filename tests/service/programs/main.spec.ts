import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { serviceArgs } from "../../support/serviceLayout.ts";
import { type ServiceProcess, spawnService } from "../../support/serviceProcess.ts";

const BODY = JSON.stringify({ features: [50_000, 35, 720] });
const MODEL = { MODEL_DIR: "model", SLIPWAY_RELEASE: "0123456789abcdef" };

/** A prediction whose headers the service has and whose body it waits for: a request under way. */
async function openRequest(
  port: unknown,
  agent?: Agent,
): Promise<{ answer: Promise<IncomingMessage>; send: ClientRequest }> {
  const send = request({
    host: "127.0.0.1",
    port: Number(port),
    path: "/predict",
    method: "POST",
    ...(agent && { agent }),
    // The service says "continue" when it has taken the request in.
    headers: {
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(BODY),
      Expect: "100-continue",
    },
  });
  const answer = once(send, "response").then(([response]) => response as IncomingMessage);
  send.flushHeaders();
  await once(send, "continue");
  return { answer, send };
}

describe("the service's process", () => {
  const started: ServiceProcess[] = [];
  let args: Awaited<ReturnType<typeof serviceArgs>>;
  before(async () => {
    args = await serviceArgs();
  });
  const start = (env: Record<string, string>) => {
    const service = spawnService(env, args);
    started.push(service);
    return service;
  };
  afterEach(() => {
    for (const { child } of started.splice(0)) child.kill("SIGKILL");
  });

  it("answers on both ports and logs that it serves, not each request", async () => {
    const service = start(MODEL);
    const { port, platformPort, ...line } = await service.line("serving");
    const prediction = await fetch(`http://127.0.0.1:${port}/predict`, {
      method: "POST",
      body: BODY,
      headers: { "Content-Type": "application/json" },
    });
    const ready = await fetch(`http://127.0.0.1:${platformPort}/ready`);
    const unreadable = connect(Number(port), "127.0.0.1");
    unreadable.write("hello\r\n\r\n");

    assert.equal(prediction.headers.get("Slipway-Release"), "0123456789abcdef");
    assert.match(await text(unreadable), /^HTTP\/1\.1 400 [\s\S]*\r\nSlipway-Release: 0123456789abcdef\r\n/);
    assert.deepEqual(((await prediction.json()) as { prediction: unknown }).prediction, [1]);
    assert.equal(ready.status, 200);
    assert.deepEqual(
      { ...line, time: 0 },
      {
        level: 30,
        time: 0,
        release: "0123456789abcdef",
        model: "loan-approval/1.0.0",
        mode: "in-process",
        msg: "serving",
      },
    );
    assert.equal(service.lines.length, 1);
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`ends the request under way on ${signal}, then exits with 0`, async () => {
      const service = start(MODEL);
      const { port, platformPort } = await service.line("serving");
      const { answer, send } = await openRequest(port);
      service.child.kill(signal);
      await service.line("stopping");
      const ready = await fetch(`http://127.0.0.1:${platformPort}/ready`);
      send.end(BODY);
      const response = await answer;

      assert.equal(ready.status, 503);
      assert.equal(response.statusCode, 200);
      assert.equal(response.headers.connection, "close");
      assert.deepEqual(JSON.parse(await text(response)).prediction, [1]);
      assert.deepEqual(await service.exit, { code: 0, signal: null });
      assert.deepEqual(
        service.lines.map(({ msg }) => msg),
        ["serving", "stopping", "stopped"],
      );
    });
  }

  it("goes on taking requests while it drains", async () => {
    const service = start({ ...MODEL, DRAIN_MS: "2000" });
    const { port } = await service.line("serving");
    service.child.kill("SIGTERM");
    await service.line("stopping");
    const response = await fetch(`http://127.0.0.1:${port}/`);

    assert.equal(response.status, 200);
    assert.equal(response.headers.get("Connection"), "close");
    assert.deepEqual(await service.exit, { code: 0, signal: null });
  });

  it("is not held by an idle connection", async () => {
    const service = start(MODEL);
    const { port } = await service.line("serving");
    const agent = new Agent({ keepAlive: true });
    const { answer, send } = await openRequest(port, agent);
    send.end(BODY);
    await text(await answer);
    service.child.kill("SIGTERM");

    assert.deepEqual(await service.exit, { code: 0, signal: null });
    agent.destroy();
  });

  it("lets a crash in native code end it", async () => {
    const service = start(MODEL);
    await service.line("serving");
    service.child.kill("SIGSEGV");

    assert.deepEqual(await service.exit, { code: null, signal: "SIGSEGV" });
  });

  it("leaves at once on a second signal", async () => {
    const service = start(MODEL);
    const { port } = await service.line("serving");
    const { answer } = await openRequest(port);
    const cut = assert.rejects(answer);
    service.child.kill("SIGTERM");
    await service.line("stopping");
    service.child.kill("SIGTERM");

    assert.deepEqual(await service.exit, { code: 1, signal: null });
    assert.deepEqual(
      service.lines.map(({ msg }) => msg),
      ["serving", "stopping", "second SIGTERM: leaving at once"],
    );
    await cut;
  });

  describe("with a folder of its own", () => {
    let folder: string;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), "slipway-"));
      writeFileSync(join(folder, "contract.json"), '{"name": 5}');
    });
    after(() => rmSync(folder, { recursive: true }));

    for (const { name, env, says } of [
      {
        name: "settings",
        env: () => ({ ...MODEL, PORT: "web" }),
        says: /^PORT must be an integer from 0 to 65535, got "web"$/,
      },
      {
        name: "a missing model folder",
        env: () => ({ MODEL_DIR: "/nowhere" }),
        says: /^ENOENT: no such file or directory, open '\/nowhere\/contract\.json'$/,
      },
      {
        name: "a contract with faults",
        env: () => ({ MODEL_DIR: folder }),
        says: /contract\.json has 5 problems:\n {2}\/version: is missing\n/,
      },
    ]) {
      it(`refuses ${name} in one line and exits with 1`, async () => {
        const service = start(env());

        assert.deepEqual(await service.exit, { code: 1, signal: null });
        assert.equal(service.lines.length, 1);
        assert.equal(service.lines[0]!.level, 60);
        assert.match(service.lines[0]!.msg, says);
      });
    }
  });
});
