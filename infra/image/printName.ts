/** `npm run --silent release:name`: the name of the release that `pulumi up` would make of this checkout. Builds nothing. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { Command } from "commander";
import { parse } from "yaml";
import { ContractError } from "../../contract/index.ts";
import { parseContract } from "../../contract/parseContract.ts";
import { checkTexts, mistakesText, type Settings } from "../settings/settings.ts";
import { contextFiles, nameOf } from "./contextFiles.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");
/** As `up` names it, so that the errors do. */
const CONTRACT = "model/contract.json";

const program = new Command("npm run --silent release:name --")
  .description("Prints the name of the release that `pulumi up` would make of this checkout. Builds nothing.")
  .option("-s, --stack <name>", "the stack whose settings count (default: the selected one)")
  .helpOption("--help", "show this");

/** The stack's settings, or where there is no stack, as in a fresh clone, the project's defaults. */
function readSettings(stack: string | undefined): Settings {
  const values = stackValues(stack) ?? projectDefaults();
  const { settings, mistakes } = checkTexts((key) => values.get(`slipway:${key}`));
  if (mistakes.length > 0) program.error(mistakesText(mistakes, stack ?? "STACK"));
  return settings;
}

function stackValues(stack: string | undefined): Map<string, string> | undefined {
  const args = ["config", "--json", "--non-interactive", ...(stack === undefined ? [] : ["--stack", stack])];
  try {
    const text = execFileSync("pulumi", args, {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    const entries = Object.entries(JSON.parse(text) as Record<string, { value?: string }>);
    return new Map(entries.map(([key, { value = "" }]) => [key, value]));
  } catch (error) {
    const { stderr, message } = error as Error & { stderr: string | null }; // null: there is no pulumi
    const reason = stderr?.trim() || message;
    if (stack !== undefined) program.error(`The settings of stack ${stack} cannot be read: ${reason}`);
    console.error(`No stack is selected, so the defaults of Pulumi.yaml count. (${reason.split("\n")[0]})`);
    return undefined;
  }
}

function projectDefaults(): Map<string, string> {
  const { config } = parse(readFileSync(path.join(ROOT, "Pulumi.yaml"), "utf8")) as {
    config: Record<string, { default: unknown }>;
  };
  return new Map(
    Object.entries(config).map(([key, { default: value }]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

const { stack } = program.parse().opts<{ stack?: string }>();
try {
  const contract = parseContract(readFileSync(path.join(ROOT, CONTRACT), "utf8"), CONTRACT);
  const settings = readSettings(stack);
  const files = await contextFiles({ folder: path.join(ROOT, "model"), contract }, settings.platforms);
  console.log(await nameOf(files, settings));
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  if (!(error instanceof ContractError) && code !== "ENOENT") throw error;
  program.error(message);
}
