import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { ask } from "../../pipeline/ask.ts";
import type { Outputs } from "../../pipeline/previewPlan.ts";

const root = path.join(import.meta.dirname, "..", "..");
const RELEASE = "0123456789abcdef";
const PATIENCE_MS = 1;
const { requests } = JSON.parse(readFileSync(path.join(root, "model", "golden.json"), "utf8"));

/** What golden.json says of the rows in a request's body, with `shift` added to the scores. */
function goldenAnswer(body: string, shift: number): unknown {
  const rows = JSON.parse(body).inputs[0].data;
  const { outputs } = requests.find(({ inputs }: any) => String(inputs.features) === String(rows));
  const scores = outputs.probabilities.flat().map((score: number) => Math.fround(score) + shift);
  return {
    outputs: [
      { name: "label", datatype: "INT64", shape: [outputs.label.length], data: outputs.label },
      { name: "probabilities", datatype: "FP32", shape: [outputs.label.length, 2], data: scores },
    ],
  };
}

describe("ask", () => {
  const environment = { ...process.env };
  let work: string;
  let server: Server;
  let url: string;
  let asked: string[];
  let answers: { release: string; status: number; shift: number };

  beforeEach(async () => {
    work = mkdtempSync(path.join(os.tmpdir(), "slipway-ask-"));
    asked = [];
    answers = { release: RELEASE, status: 200, shift: 0 };
    server = createServer(async (request, response) => {
      const body = await text(request);
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(answers.status, { "slipway-release": answers.release });
      response.end(JSON.stringify(body === "" ? { status: "ok" } : goldenAnswer(body, answers.shift)));
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const summary = path.join(work, "summary");
    Object.assign(process.env, { PATH: `${work}:${environment["PATH"]}`, GITHUB_STEP_SUMMARY: summary });
  });

  afterEach(() => {
    for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
    Object.assign(process.env, environment);
    server.close();
    rmSync(work, { recursive: true });
  });

  /** Asks, where Pulumi's CLI gives these outputs: the real one is asked in tests/e2e/workflows.spec.ts. */
  const askWith = (outputs: Outputs) => {
    writeFileSync(path.join(work, "pulumi"), `#!/bin/sh\necho '${JSON.stringify(outputs)}'\n`);
    chmodSync(path.join(work, "pulumi"), 0o755);
    return ask(PATIENCE_MS);
  };
  const summary = () => readFileSync(path.join(work, "summary"), "utf8");

  it("asks each golden request, and says so in the summary", async () => {
    await askWith({ url, release: RELEASE });

    assert.deepEqual(asked, Array(requests.length).fill("POST /v2/models/loan-approval/infer"));
    assert.equal(
      summary(),
      `✅ Release ${RELEASE} answers ${requests.length} golden requests as expected.\n`,
    );
  });

  it("does not take another answer than golden.json's", async () => {
    answers.shift = 0.01;

    await assert.rejects(
      askWith({ url, release: RELEASE }),
      /^PipelineError: Golden request 1 \(.*\) was answered wrongly: probabilities\[0\]\[0\] is 0\.026\d*, and 0\.016055 was expected/,
    );
  });

  it("does not take another release's answer", async () => {
    answers.release = "fedcba9876543210";

    await assert.rejects(askWith({ url, release: RELEASE }), {
      message: `The service does not answer: release fedcba9876543210 answers, and ${RELEASE} was expected.
  at:  ${url}/v2/models/loan-approval/infer
  fix: see that this machine reaches that address, and that the release is rolled out`,
    });
  });

  it("does not take an error for an answer", async () => {
    answers.status = 503;

    await assert.rejects(askWith({ url, release: RELEASE }), /The service does not answer: 503 /);
  });

  it("asks a pinned stack for its release alone: the requests here are another model's", async () => {
    const pinned = { release: RELEASE, reason: "why", by: "ada", since: "2026-11-20" };

    await askWith({ url, release: RELEASE, pinned });

    assert.deepEqual([asked, summary()], [["GET /"], `✅ Release ${RELEASE} answers.\n`]);
  });

  it("does not ask an address that leads nowhere from here, nor a stack that has none", async () => {
    await askWith({ url: "http://loan-approval.models.svc", release: RELEASE });

    assert.deepEqual(asked, []);
    await assert.rejects(askWith({}), /The stack has no address to ask: nothing was deployed\./);
  });
});
