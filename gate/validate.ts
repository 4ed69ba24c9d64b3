/** `npm run validate`: the gate without Pulumi. Exit 0 passed, 1 refused, 2 could not judge. */
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { createColors } from "picocolors";
import { CHECKOUT, MODEL_FOLDER } from "../common/checkout.ts";
import { wantsColour } from "../common/colour.ts";
import { parseImageReference } from "../registry/imageReference.ts";
import type { ChampionSource } from "./evidence/evidence.ts";
import { judgeOnce } from "./judgeOnce.ts";
import { CannotJudge } from "./measure/cannotJudge.ts";
import { renderJson } from "./render/json.ts";
import { renderReport } from "./render/terminal.ts";
import { exitCodeOf } from "./report/verdict.ts";
import { writeReportFile } from "./reportFiles.ts";

const MEMORY = path.join(CHECKOUT, ".slipway", "validate", "verdict.json");

interface Options {
  readonly model: string;
  readonly champion?: ChampionSource;
  readonly json?: true;
  readonly report?: string;
}

const program = new Command("npm run validate --")
  .description("Judges a model as `pulumi up` does, and deploys nothing.")
  .addOption(
    new Option("--model <dir>", "the model's folder")
      .argParser(existingFolder)
      .default(MODEL_FOLDER, "model"),
  )
  .option("--champion <dir|image@digest>", "the model that it must not be worse than", championSource)
  .option("--json", "print the report as JSON: gate/report/report.schema.json")
  .option(
    "--report <file>",
    "also write the report: Markdown to a .md file, JSON to a .json file",
    reportFile,
  )
  .helpOption("--help", "show this")
  .addHelpText(
    "after",
    `
Examples:
  npm run validate
  npm run validate -- --model ../other/model --report report.md
  npm run validate -- --champion ../released/model
  npm run validate -- --champion "$(pulumi stack output image)"
  npm run --silent validate -- --json > report.json

Exit code: 0 passed, 1 refused, 2 could not judge it on this machine.`,
  )
  .showHelpAfterError("(npm run validate -- --help has examples)")
  .exitOverride();

function existingFolder(value: string): string {
  if (!isFolder(value)) throw new InvalidArgumentError("There is no such folder.");
  return value;
}

function championSource(value: string): ChampionSource {
  if (isFolder(value)) {
    if (!existsSync(path.join(value, "contract.json")))
      throw new InvalidArgumentError("There is no contract.json in it.");
    return { name: value, folder: value };
  }
  try {
    parseImageReference(value);
  } catch {
    throw new InvalidArgumentError("It is neither a folder nor an image by digest (HOST/NAME@sha256:…).");
  }
  return { name: value, image: value };
}

const isFolder = (name: string) => statSync(name, { throwIfNoEntry: false })?.isDirectory() === true;

function reportFile(value: string): string {
  if (!/\.(md|json)$/.test(value)) throw new InvalidArgumentError("Its name must end in .md or .json.");
  return value;
}

try {
  const { model, champion, json, report: file } = program.parse().opts<Options>();
  const { report } = champion
    ? await (await import("./judge.ts")).judge(model, { champion })
    : await judgeOnce(model, { memory: MEMORY });
  process.stdout.write(
    json
      ? renderJson(report)
      : `${renderReport(report, createColors(wantsColour(process.stdout, process.env)))}\n`,
  );
  process.exitCode = exitCodeOf(report.verdict);
  if (file !== undefined)
    await writeReportFile(report, file).catch((error: Error) =>
      program.error(`error: the report cannot be written: ${error.message}`),
    );
} catch (error) {
  // Commander has said what was wrong; asking for help is no mistake.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    process.exitCode = 2;
    console.error(error instanceof CannotJudge ? error.message : error);
  }
}
