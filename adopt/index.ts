/** `npm run adopt`: from an ONNX file to a model folder. Exit 0: adopted; 1: unusable; 2: wrong usage or no runtime. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { createInterface, type Interface } from "node:readline";
import { Command, CommanderError, Option } from "commander";
import { createColors } from "picocolors";
import { CHECKOUT, MODEL_FOLDER } from "../common/checkout.ts";
import { wantsColour } from "../common/colour.ts";
import { adviceText, FixableError } from "../common/fixableError.ts";
import { renderReport } from "../gate/render/index.ts";
import { exitCodeOf } from "../gate/report/index.ts";
import { type Adopted, adopt } from "./adopt.ts";
import { type Choices, Mistake, OpenQuestion, quoted } from "./mistake.ts";
import { occupant, replaceFiles } from "./modelFolder.ts";
import { renderAdopted } from "./render.ts";

const STAGING = path.join(CHECKOUT, ".slipway", "adopt");

interface Options extends Choices {
  readonly holdout?: string;
  readonly model: string;
  readonly force?: true;
}

const list = (value: string) => value.split(",").map((entry) => entry.trim());

/** The lines of a file, or what is listed. */
function labels(value: string): string[] {
  if (!existsSync(value)) return list(value);
  const lines = readFileSync(value, "utf8").split(/\r?\n/);
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

const program = new Command("npm run adopt --")
  .description(
    "Makes a model folder from an ONNX file and labelled rows: contract, floors and golden requests.",
  )
  .argument("<model.onnx>", "the model")
  .option(
    "--holdout <file>",
    "labelled rows that it was not trained on, CSV or Parquet; without them, only golden requests judge it",
  )
  .option("--target <column>", "the column with the right answers")
  .option("--name <name>", "the model's name: a DNS label")
  .option("--features <columns>", "the columns that the model takes, in its order: a,b,c", list)
  .addOption(
    new Option("--task <task>", "what it does, if that is not clear").choices([
      "classification",
      "regression",
      "raw",
    ]),
  )
  .option("--prediction <output>", "the output with the prediction, if several may be it")
  .option("--scores <output>", "the output with one score per class, if several may be it")
  .option(
    "--classes <labels>",
    "the classes in the order of the scores, if the rows do not show it: a,b,c, or a text file with one in each line",
    labels,
  )
  .addOption(new Option("--model <dir>", "the folder to write to").default(MODEL_FOLDER, "model"))
  .option("--force", "replace the model that is there")
  .helpOption("--help", "show this")
  .addHelpText(
    "after",
    `
Examples:
  npm run adopt -- churn.onnx --holdout churn.csv --target churned
  npm run adopt -- churn.onnx --holdout churn.parquet --target churned --features tenure,plan,calls
  npm run adopt -- embeddings.onnx

Exit code: 0 adopted, 1 model or data cannot be used as they are, 2 wrong usage, or this machine cannot run models.`,
  )
  .showHelpAfterError("(npm run adopt -- --help has examples)")
  .exitOverride();

/** Shared by all questions: a new one for each would lose what was typed ahead. */
const terminal: { open?: Interface; lines?: AsyncIterator<string, undefined> } = {};

try {
  program.parse();
  const { holdout, model: folder, force, ...choices } = program.opts<Options>();
  const [modelFile] = program.args as [string];
  if (holdout === undefined && choices.target !== undefined)
    throw new FixableError("--target names a column, but there is no data.", {
      fix: "name it with --holdout",
    });
  await keepOthers(folder, force === true);
  const adopted = await answering(choices, (answered) =>
    adopt({ modelFile, holdoutFile: holdout, choices: answered, staging: STAGING, folder }),
  );
  const colors = createColors(wantsColour(process.stdout, process.env));
  console.log(renderAdopted(adopted, colors));
  const exitCode = exitCodeOf(adopted.report.verdict);
  if (exitCode !== 0) {
    const there = path.relative(process.cwd(), STAGING);
    console.log(`\n${renderReport(adopted.report, colors)}\n`);
    const next =
      exitCode === 1
        ? "mend the data or the contract there,\nand check it with"
        : "once the machine can, judge it\nwith";
    console.log(
      `Nothing was changed in ${shownFolder(folder)}. What would have been written is in ${there}: ${next}: npm run validate -- --model ${there}\nWhen it passes, take it: cp ${there}/* ${shownFolder(folder)}`,
    );
    process.exitCode = exitCode;
  } else {
    await replaceFiles(STAGING, folder);
    console.log(`\n${nextSteps(adopted, shownFolder(folder))}`);
  }
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof Mistake) fail(1, error.message);
  else if (error instanceof OpenQuestion) fail(2, unanswered(error));
  else if (error instanceof FixableError) fail(2, error.message);
  else throw error;
} finally {
  terminal.open?.close();
}

function fail(code: number, message: string): void {
  console.error(message);
  process.exitCode = code;
}

function unanswered({ message, flag, guess }: OpenQuestion): string {
  const example = guess === undefined ? "" : `, such as: --${flag} ${quoted(guess)}`;
  return adviceText(message, { fix: `say it with --${flag}${example}` });
}

/** A model is replaced only if its owner says so. */
async function keepOthers(folder: string, force: boolean): Promise<void> {
  const there = force ? undefined : await occupant(folder);
  if (there === undefined) return;
  const where = shownFolder(folder);
  if (canAsk() && /^y(es)?$/i.test((await ask(`${where} holds ${there}. Replace it? [y/N] `)) ?? "")) return;
  throw new FixableError(`${where} holds ${there}, and nothing was changed.`, {
    fix: "replace it with --force, once it is committed or no longer wanted",
  });
}

/** Asks each question that comes up. Without a terminal, it takes the guess if that does no harm. */
async function answering(given: Choices, action: (choices: Choices) => Promise<Adopted>): Promise<Adopted> {
  let choices = given;
  for (;;) {
    try {
      return await action(choices);
    } catch (error) {
      if (!(error instanceof OpenQuestion)) throw error;
      const answer = canAsk() ? await askFor(error) : error.harmless ? error.guess : undefined;
      if (!answer) throw error;
      const isList = error.flag === "features" || error.flag === "classes";
      choices = { ...choices, [error.flag]: isList ? list(answer) : answer };
    }
  }
}

function canAsk(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY;
}

async function askFor({ message, guess }: OpenQuestion): Promise<string | undefined> {
  const answer = await ask(`${message}${guess === undefined ? "" : ` [${guess}]`} `);
  return answer === "" ? guess : answer;
}

/** @returns undefined after Ctrl-D. */
async function ask(question: string): Promise<string | undefined> {
  terminal.open ??= createInterface({ input: process.stdin, output: process.stdout });
  terminal.lines ??= terminal.open[Symbol.asyncIterator]();
  terminal.open.setPrompt(question);
  terminal.open.prompt();
  const { value } = await terminal.lines.next();
  return value?.trim();
}

function shownFolder(folder: string): string {
  const relative = path.relative(process.cwd(), folder);
  return `${relative.startsWith("..") ? folder : relative || "."}/`;
}

function nextSteps({ contract, example }: Adopted, folder: string): string {
  const route = "features" in example ? "predict" : `v2/models/${contract.name}/infer`;
  const isDefault = folder === "model/";
  return [
    `Written to ${folder}: model.onnx, contract.json, ${contract.validation?.holdout ? "holdout.csv, " : ""}golden.json`,
    "",
    "Next:",
    `  read ${folder}contract.json: the ranges and floors are guesses from this data, and yours to change`,
    `  npm run validate${isDefault ? "" : ` -- --model ${folder.slice(0, -1)}`}`,
    ...(isDefault
      ? [
          "  npm start",
          `  curl -H 'content-type: application/json' -d ${quoted(JSON.stringify(example))} "$URL/${route}"`,
          "model/README.md and model/training/ still describe the example: replace or remove them.",
        ]
      : []),
  ].join("\n");
}
