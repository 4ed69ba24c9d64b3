/** What the command line asks for. */
import { Command, InvalidArgumentError, Option } from "commander";
import { AGAINST } from "../against.ts";
import { MODELS } from "./models.ts";
import { SERVERS, type ServerKey } from "./servers.ts";

export interface Choice {
  readonly model: string;
  readonly connections: number;
  readonly rows: number;
}

export interface Options {
  readonly choices: readonly Choice[];
  readonly servers: readonly ServerKey[];
  readonly rounds: number;
  /** Measured in a round. */
  readonly seconds: number;
  /** To find where the service spends its time, instead of measuring. */
  readonly profile: boolean;
}

const CONNECTIONS = ["1", "32", "256"];
const ROWS = ["1", "32"];
const SERVER_KEYS = Object.keys(SERVERS).filter((key) => key !== "slipway-against" || AGAINST !== undefined);

export function readOptions(): Options {
  const { models, connections, rows, only, rounds, seconds, full, profile } = program().parse().opts();
  return {
    choices: choicesOf({ models, connections, rows, full }),
    servers: only,
    rounds,
    seconds,
    profile: profile === true,
  };
}

function program(): Command {
  return new Command("npm run bench:service --")
    .description("Measures the inference service beside others, each on one core.")
    .addOption(new Option("--models <list>", `of ${MODELS.join(",")}`).argParser(listOf(MODELS)))
    .addOption(
      new Option("--connections <list>", `of ${CONNECTIONS.join(",")}`).argParser(listOf(CONNECTIONS)),
    )
    .addOption(new Option("--rows <list>", `a request, of ${ROWS.join(",")}`).argParser(listOf(ROWS)))
    .addOption(
      new Option("--only <list>", "servers")
        .argParser(listOf(SERVER_KEYS))
        .default(SERVER_KEYS, SERVER_KEYS.join(",")),
    )
    .option("--rounds <count>", "of each measurement", wholeNumber, 3)
    .option("--seconds <count>", "measured in a round, after one to warm up", wholeNumber, 3)
    .option("--full", "all models, connections and rows: half an hour")
    .option("--profile", "instead: where the service spends its time, logistic, 32 connections")
    .helpOption("--help", "show this")
    .addHelpText(
      "after",
      `
Without a choice it measures the logistic model at 1, 32 and 256 connections and
with 32 rows, and the others at 32 connections: a quarter of an hour. A choice is
all combinations of --models, --connections and --rows; what is not named of them
is logistic, 32 and 1.

Examples:
  npm run bench:service
  npm run bench:service -- --connections 1,32 --only slipway,fastapi-onnx,bare
  npm run bench:service -- --profile
  AGAINST=../before npm run bench:service -- --only slipway,slipway-against

The figures of every round go to .slipway/bench/service.json.`,
    )
    .showHelpAfterError("(npm run bench:service -- --help has examples)");
}

interface Lists {
  readonly models?: readonly string[];
  readonly connections?: readonly string[];
  readonly rows?: readonly string[];
  readonly full?: true;
}

function choicesOf({ models, connections, rows, full }: Lists): Choice[] {
  if (full) return combinations(MODELS, CONNECTIONS, ROWS);
  if (models || connections || rows)
    return combinations(models ?? ["logistic"], connections ?? ["32"], rows ?? ["1"]);
  return [
    ...combinations(["logistic"], CONNECTIONS, ["1"]),
    ...combinations(["logistic"], ["32"], ["32"]),
    ...combinations(["trees", "mlp"], ["32"], ROWS),
  ];
}

function combinations(
  models: readonly string[],
  connections: readonly string[],
  rows: readonly string[],
): Choice[] {
  return models.flatMap((model) =>
    connections.flatMap((c) => rows.map((r) => ({ model, connections: Number(c), rows: Number(r) }))),
  );
}

function listOf(known: readonly string[]): (value: string) => string[] {
  return (value) => {
    const list = value.split(",");
    const unknown = list.filter((item) => !known.includes(item));
    if (unknown.length > 0)
      throw new InvalidArgumentError(`There is no ${unknown.join(", ")}, only ${known.join(", ")}.`);
    return list;
  };
}

function wholeNumber(value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new InvalidArgumentError("It must be a whole number above 0.");
  return Number(value);
}
