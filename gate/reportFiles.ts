/** The report as files. Edge. */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { renderJson } from "./render/json.ts";
import { renderMarkdown } from "./render/markdown.ts";
import type { Report } from "./report/report.ts";

/** Writes `report.json` and `report.md` into a folder, which need not exist. */
export async function writeReport(report: Report, folder: string): Promise<void> {
  await writeReportFile(report, path.join(folder, "report.md"));
  await writeReportFile(report, path.join(folder, "report.json"));
}

/** Writes Markdown into a `.md` file, and JSON into any other. A reader always gets the complete old file or the complete new one. */
export async function writeReportFile(report: Report, file: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const unfinished = `${file}.${randomUUID()}`;
  try {
    await writeFile(unfinished, file.endsWith(".md") ? renderMarkdown(report) : renderJson(report));
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** SHA-256 of the bytes that `writeReport` writes, in hex: `sha256sum report.json` says the same. */
export const reportDigest = (report: Report): string =>
  createHash("sha256").update(renderJson(report)).digest("hex");
