import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { renderMarkdown } from "../../gate/render/markdown.ts";
import { reportDigest, writeReport, writeReportFile } from "../../gate/reportFiles.ts";
import { metric, refusedReport, report } from "../support/reports.ts";

describe("writeReport", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "slipway-report-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const read = (file: string) => readFileSync(path.join(folder, file), "utf8");

  it("writes the report as JSON and as Markdown, and nothing else, into a folder that need not exist", async () => {
    await writeReport(refusedReport, path.join(folder, "a", "b"));

    assert.deepEqual(readdirSync(path.join(folder, "a", "b")).toSorted(), ["report.json", "report.md"]);
    assert.deepEqual(JSON.parse(read("a/b/report.json")), refusedReport);
    assert.equal(read("a/b/report.md"), renderMarkdown(refusedReport));
  });

  it("writes over an earlier report", async () => {
    writeFileSync(path.join(folder, "report.json"), "x".repeat(1e6));
    await writeReport(refusedReport, folder);

    assert.deepEqual(JSON.parse(read("report.json")), refusedReport);
  });

  it("puts a new file in the place of the old one, which a reader may have open", async () => {
    await writeReport(report(), folder);
    const ino = (await execa("ls", ["-i", path.join(folder, "report.json")])).stdout;
    await writeReport(refusedReport, folder);

    assert.notEqual((await execa("ls", ["-i", path.join(folder, "report.json")])).stdout, ino);
  });

  it("leaves nothing behind where it fails", async () => {
    mkdirSync(path.join(folder, "report.md"));

    await assert.rejects(writeReportFile(report(), path.join(folder, "report.md")), { code: "EISDIR" });
    assert.deepEqual(readdirSync(folder), ["report.md"]);
  });
});

describe("reportDigest", () => {
  it("is the SHA-256 of report.json", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "slipway-report-"));
    await writeReport(refusedReport, folder);
    const { stdout } = await execa("sha256sum", ["report.json"], { cwd: folder });
    rmSync(folder, { recursive: true });

    assert.equal(stdout, `${reportDigest(refusedReport)}  report.json`);
  });

  it("is the same after a report has been JSON, whatever numbers it has", () => {
    const odd = report({
      metrics: [metric({ value: Number.NaN, interval: [-0, Number.POSITIVE_INFINITY] })],
    });

    assert.equal(reportDigest(JSON.parse(JSON.stringify(odd))), reportDigest(odd));
  });
});
