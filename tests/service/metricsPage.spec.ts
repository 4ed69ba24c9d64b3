import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMetrics } from "../../service/src/telemetry/serviceMetrics.ts";
import { unpackPromtool } from "../support/promtool.ts";
import { contract } from "../support/serviceApp.ts";
import { type ServiceProcess, spawnService } from "../support/serviceProcess.ts";

const page = readFileSync("docs/metrics.md", "utf8");
const queries = [...page.matchAll(/^```promql\n(.*?)^```/gms)].map(([, query]) => query!);

describe("docs/metrics.md", () => {
  let text: string;
  before(async () => {
    const metrics = createMetrics({ contract, release: "0123456789abcdef" });
    metrics.request("/predict", "POST", 200, 0.001);
    text = await metrics.text();
  });

  it("has every metric that there is, with its type, and no other", () => {
    const described = [...page.matchAll(/^\| `(\w+)` +\| (\w+) /gm)].map(
      ([, name, type]) => `${name} ${type}`,
    );
    const given = [...text.matchAll(/^# TYPE (\w+ \w+)$/gm)].map(([, metric]) => metric!);

    assert.deepEqual(described.toSorted(), given.toSorted());
  });

  it("has the labels of our own metrics", () => {
    const ours = [...page.matchAll(/^\| `((?:http|model)_\w+)` +\| \w+ +\| ([^|]*)\|/gm)];
    assert(ours.length > 10);
    for (const [, name, labels] of ours) {
      const described = [...labels!.replace(/:.*/, "").matchAll(/`(\w+)`/g)].map(([, label]) => label!);
      const sample = new RegExp(`^${name}(?:_count)?(?:{(.*)})? `, "m").exec(text);
      const given = [...(sample![1] ?? "").matchAll(/(\w+)="/g)].map(([, label]) => label!);
      assert.deepEqual(described.toSorted(), given.toSorted(), name);
    }
  });

  it("asks in its examples for metrics and labels that there are", () => {
    assert.equal(queries.length, 3);
    for (const name of queries.join().match(/\b(?:http|model|process|nodejs)_\w+/g)!)
      assert.match(text, new RegExp(`\\b${name}\\b`), name);
  });
});

describe("promtool", function () {
  this.timeout(120_000);
  let promtool: Awaited<ReturnType<typeof unpackPromtool>>;
  let service: ServiceProcess | undefined;
  before(async function () {
    try {
      promtool = await unpackPromtool();
    } catch (error) {
      if (process.env["CI"] === "true") throw error;
      console.log(`skipped, since Debian's prometheus cannot be had: ${String(error)}`);
      this.skip();
    }
    service = spawnService({ MODEL_DIR: "model" });
  });
  after(() => service?.child.kill("SIGKILL"));

  it("finds nothing wrong with the metrics of a service that has answered, refused and failed", async () => {
    const { port, platformPort } = await service!.line("serving");
    const predict = (body: string) =>
      fetch(`http://127.0.0.1:${port}/predict`, {
        method: "POST",
        body,
        headers: { "Content-Type": "application/json" },
      });
    assert.equal((await predict('{"features":[[50000,35,720],[14000,22,480]]}')).status, 200);
    assert.equal((await predict('{"features":[1]}')).status, 422);
    assert.equal((await fetch(`http://127.0.0.1:${port}/nowhere`)).status, 404);
    const response = await fetch(`http://127.0.0.1:${platformPort}/metrics`);
    const text = await response.text();

    assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    for (const line of [
      /^model_infer_request_success_total\{.*\} 1$/m,
      /^model_infer_request_rejected_total\{reason="invalid"\} 1$/m,
      /^model_infer_batch_rows_sum 2$/m,
      /^model_infer_queue_duration_seconds_count 1$/m,
      /^model_predictions_total\{class="1"\} 1$/m,
      /^http_server_request_duration_seconds_count\{.*"422",http_route="\/predict"\} 1$/m,
      /^http_server_request_duration_seconds_count\{.*"404",http_route="unmatched"\} 1$/m,
    ])
      assert.match(text, line);
    assert.deepEqual(await promtool(["check", "metrics"], text), { exitCode: 0, all: "" });
  });

  it("would find something wrong", async () => {
    const { exitCode, all } = await promtool(["check", "metrics"], "# TYPE a_total gauge\na_total 1\n");

    assert.equal(exitCode, 3);
    assert.match(all, /^a_total no help text$/m);
  });

  it("understands the examples of docs/metrics.md", async () => {
    const rules = queries.map((expr, index) => ({ record: `example:${index}`, expr }));
    const folder = mkdtempSync(join(tmpdir(), "slipway-"));
    const file = join(folder, "rules.json");
    writeFileSync(file, JSON.stringify({ groups: [{ name: "examples", rules }] }));
    const { exitCode, all } = await promtool(["check", "rules", file]);
    rmSync(folder, { recursive: true });

    assert.equal(exitCode, 0, all);
    assert.match(all, /SUCCESS: 3 rules found/);
  });
});
