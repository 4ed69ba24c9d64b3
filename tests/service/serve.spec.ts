import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { execa } from "execa";
import { freePorts } from "../support/freePorts.ts";

const SERVE = ["--import", "tsx", "service/serve.ts"];

async function serving(lines: Interface): Promise<string> {
  for (;;) {
    const [line] = (await once(lines, "line")) as [string];
    if (line.startsWith("Serving ")) return line;
  }
}

describe("npm run serve", () => {
  let model: string;
  let serve: ChildProcess | undefined;
  before(() => {
    model = mkdtempSync(join(tmpdir(), "slipway-"));
    cpSync("model", model, { recursive: true, filter: (file) => !file.includes("training") });
  });
  afterEach(() => serve?.kill("SIGKILL"));
  after(() => rmSync(model, { recursive: true }));

  it("serves a folder, starts again when it changes, and ends when told", async () => {
    const [port, platformPort] = await freePorts(2);
    const args = [`--model=${model}`, `--port=${port}`, `--platform-port=${platformPort}`, "--watch"];
    serve = spawn(process.execPath, [...SERVE, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface({ input: serve.stdout! });
    const where = `http://127.0.0.1:${port}/docs (metrics: http://127.0.0.1:${platformPort}/metrics)`;
    assert.equal(await serving(lines), `Serving loan-approval/1.0.0: ${where}`);

    const contract = join(model, "contract.json");
    writeFileSync(contract, readFileSync(contract, "utf8").replace('"1.0.0"', '"1.0.1"'));
    assert.equal(await serving(lines), `Serving loan-approval/1.0.1: ${where}`);
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    assert.equal(((await answer.json()) as { version: unknown }).version, "1.0.1");

    serve.kill("SIGTERM");
    assert.deepEqual(await once(serve, "exit"), [0, null]);
  });

  it("refuses a folder that holds no model", async () => {
    const { exitCode, stderr } = await execa(process.execPath, [...SERVE, "--model=docs"], { reject: false });

    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /^error: option '--model <dir>' argument 'docs' is invalid\. There is no contract\.json in it\.$/m,
    );
  });
});
