/** `npm run --silent release:name`: the name of the release that `pulumi up` would make of this checkout. Builds nothing. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { Command } from "commander";
import { CHECKOUT, MODEL_FOLDER } from "../../common/checkout.ts";
import { ContractError } from "../../contract/index.ts";
import { parseContract } from "../../contract/parseContract.ts";
import { fromFiles } from "../settings/fromFiles.ts";
import { fromTexts, type Texts } from "../settings/fromTexts.ts";
import type { Settings } from "../settings/rules.ts";
import { SettingsError } from "../settings/settingsError.ts";
import { contextFiles, nameOf } from "./contextFiles.ts";

/** As `up` names it, so that the errors do. */
const CONTRACT = "model/contract.json";
const PREFIX = "slipway:";

const program = new Command("npm run --silent release:name --")
  .description("Prints the name of the release that `pulumi up` would make of this checkout. Builds nothing.")
  .option("-s, --stack <name>", "the stack whose settings count (default: the selected one)")
  .helpOption("--help", "show this");

/** The stack's settings, or the project's defaults if there is no stack, as in a fresh clone. */
async function readSettings(stack: string | undefined): Promise<Settings> {
  const texts = stackTexts(stack);
  return texts
    ? fromTexts(texts, `Pulumi.${stack ?? "STACK"}.yaml`)
    : await fromFiles(path.join(CHECKOUT, "Pulumi.yaml"));
}

/** As `up` gets them, unless they are encrypted. */
function stackTexts(stack: string | undefined): Texts | undefined {
  const args = ["config", "--json", "--non-interactive", ...(stack === undefined ? [] : ["--stack", stack])];
  try {
    const text = execFileSync("pulumi", args, {
      cwd: CHECKOUT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    const entries = Object.entries(JSON.parse(text) as Record<string, { value?: string }>);
    const own = entries.filter(([key]) => key.startsWith(PREFIX));
    return new Map(own.map(([key, { value }]) => [key.slice(PREFIX.length), value]));
  } catch (error) {
    const { stderr, message } = error as Error & { stderr: string | null }; // null: there is no pulumi
    const reason = stderr?.trim() || message;
    if (stack !== undefined) program.error(`The settings of stack ${stack} cannot be read: ${reason}`);
    console.error(`No stack is selected, so the defaults of Pulumi.yaml count. (${reason.split("\n")[0]})`);
    return undefined;
  }
}

const { stack } = program.parse().opts<{ stack?: string }>();
try {
  const contract = parseContract(readFileSync(path.join(CHECKOUT, CONTRACT), "utf8"), CONTRACT);
  const settings = await readSettings(stack);
  const files = await contextFiles({ folder: MODEL_FOLDER, contract }, settings.platforms);
  console.log(await nameOf(files, settings));
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  const expected = error instanceof ContractError || error instanceof SettingsError || code === "ENOENT";
  if (!expected) throw error;
  program.error(message);
}
