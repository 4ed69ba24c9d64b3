import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { proveService } from "../../../service/src/programs/proveService.ts";
import { freePorts } from "../../support/freePorts.ts";

const contract = {
  name: "double",
  version: "1",
  inputs: [{ name: "x", datatype: "FP32", shape: [-1] }],
  outputs: [{ name: "y", datatype: "FP32", shape: [-1] }],
};
const golden = {
  requests: [
    { name: "One", inputs: { x: [1] }, outputs: { y: [2] } },
    { name: "Two", inputs: { x: [2, 3] }, outputs: { y: [4, 6] } },
  ],
};

/** A service that doubles what it gets. `PHASE`, `ANSWER` and `STOP` are statements for a test to change. */
const SERVICE = `
  const { createServer } = require("node:http");
  const started = Date.now();
  const platform = createServer((request, response) => {
    PHASE;
    response.end();
  }).listen(PLATFORM_PORT, "127.0.0.1");
  const callers = createServer(async (request, response) => {
    let text = "";
    for await (const part of request) text += part;
    const [{ shape, data }] = JSON.parse(text).inputs;
    const answer = (values) =>
      response.end(JSON.stringify({ outputs: [{ name: "y", datatype: "FP32", shape, data: values }] }));
    ANSWER;
  }).listen(PORT, "127.0.0.1");
  process.on("SIGTERM", () => { STOP; });
`;
const GOOD = {
  PHASE: "if (Date.now() - started < 200) response.statusCode = 503",
  ANSWER: "answer(data.map((value) => value * 2))",
  STOP: "process.exit(0)",
};

describe("proveService", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-"));
    writeFileSync(join(folder, "contract.json"), JSON.stringify(contract));
    writeFileSync(join(folder, "golden.json"), JSON.stringify(golden));
  });
  after(() => rmSync(folder, { recursive: true }));

  async function prove(
    change: Partial<typeof GOOD> & { source?: string; modelDir?: string },
    deadline = 10_000, // far more than it takes to start, on a busy machine too
  ): Promise<{ passed: boolean; lines: string[] }> {
    const [port, platformPort] = (await freePorts(2)) as [number, number];
    const words = { ...GOOD, ...change };
    const service = join(folder, "main.cjs");
    writeFileSync(
      service,
      (change.source ?? SERVICE)
        .replace("PHASE", words.PHASE)
        .replace("ANSWER", words.ANSWER)
        .replace("STOP", words.STOP)
        .replace("PLATFORM_PORT", String(platformPort))
        .replace("PORT", String(port)),
    );
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(new Error("10 seconds were over")), deadline);
    const lines: string[] = [];
    const passed = await proveService(
      {
        service,
        modelDir: change.modelDir ?? folder,
        port,
        platformPort,
        tolerance: 0.5,
        signal: stop.signal,
      },
      (line) => lines.push(line),
    );
    clearTimeout(timer);
    return { passed, lines };
  }

  it("passes a service that gets ready, answers as expected and leaves with 0", async () => {
    const { passed, lines } = await prove({});

    assert.equal(passed, true);
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /^Proof passed: 2 golden requests answered as expected, in \d\.\d s\.$/);
  });

  for (const { fact, change, lines, deadline } of [
    {
      fact: "crashes when it starts",
      change: { source: "process.exit(7)" },
      lines: ["Proof failed: the service ended with exit code 7 while starting (/ready does not answer)."],
    },
    {
      fact: "is killed",
      change: { PHASE: 'process.kill(process.pid, "SIGKILL")' },
      lines: [
        "Proof failed: the service was killed by SIGKILL (out of memory?) while starting (/ready does not answer).",
      ],
    },
    {
      fact: "never gets ready",
      change: { PHASE: 'response.statusCode = 503; response.write(\'{"detail":"It is loading."}\')' },
      deadline: 3_000,
      lines: [
        "Proof failed: 10 seconds were over while the service was starting (/ready answers 503: It is loading).",
      ],
    },
    {
      fact: "takes requests for its readiness and does not answer them",
      change: { PHASE: "return" },
      deadline: 1_000,
      lines: ["Proof failed: 10 seconds were over while the service was starting (/ready does not answer)."],
    },
    {
      fact: "answers a request wrongly",
      change: { ANSWER: "answer(data.map((value) => value * value))" },
      lines: [
        "Golden request 1 (One): y[0] is 1, and 2 was expected, within 0.5.",
        "Golden request 2 (Two): y[1] is 9, and 6 was expected, within 0.5.",
        "Proof failed: 2 of 2 golden requests not answered as expected.",
      ],
    },
    {
      fact: "refuses a request",
      change: {
        ANSWER:
          'if (data.length === 1) { answer([2]); } else { response.statusCode = 422; response.end(\'{"detail":"x has 2 rows."}\'); }',
      },
      lines: [
        "Golden request 2 (Two): the service answered 422: x has 2 rows.",
        "Proof failed: 1 of 2 golden requests not answered as expected.",
      ],
    },
    {
      fact: "dies of a request",
      change: { ANSWER: "process.exit(3)" },
      lines: ["Proof failed: the service ended with exit code 3 while answering Golden request 1 (One)."],
    },
    {
      fact: "drops a connection",
      change: { ANSWER: "request.socket.destroy()" },
      lines: ["Proof failed: the connection broke: other side closed."],
    },
    {
      fact: "never answers a request",
      change: { ANSWER: "return" },
      deadline: 3_000,
      lines: ["Proof failed: 10 seconds were over while the service was answering Golden request 1 (One)."],
    },
    {
      fact: "leaves with another code",
      change: { STOP: "process.exit(4)" },
      lines: [
        "Proof failed: the service ended with exit code 4 after SIGTERM, and exit code 0 was expected.",
      ],
    },
    {
      fact: "does not leave",
      change: { STOP: "return" },
      deadline: 3_000,
      lines: ["Proof failed: 10 seconds were over while the service was stopping."],
    },
  ] satisfies { fact: string; change: Parameters<typeof prove>[0]; lines: string[]; deadline?: number }[]) {
    it(`fails a service that ${fact}`, async () => {
      assert.deepEqual(await prove(change, deadline), { passed: false, lines });
    });
  }

  it("fails if there are no golden requests to ask", async () => {
    const { passed, lines } = await prove({ modelDir: join(folder, "nowhere") });

    assert.equal(passed, false);
    assert.match(lines[0]!, /^Proof failed: ENOENT: no such file or directory/);
  });
});
