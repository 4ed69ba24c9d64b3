/** From an ONNX file and labelled rows to a model folder that passes the gate. Edge. */
import path from "node:path";
import { CHECKOUT } from "../common/checkout.ts";
import type { Contract, Datatype, TensorValues } from "../contract/index.ts";
import { parseContract } from "../contract/parseContract.ts";
import { CannotJudge } from "../gate/index.ts";
import {
  type Answers,
  allRows,
  answeredOutputs,
  batchRows,
  failed,
  type Holdout,
  parseHoldout,
  probabilityFault,
  type Ran,
  type Table as RowsToRun,
  ran,
  type TableAnswers,
  tensorsOf,
  toAnswers,
} from "../gate/instruments.ts";
import { judge } from "../gate/judge.ts";
import { measureOnce } from "../gate/measure/measureModel.ts";
import type { Report } from "../gate/report/index.ts";
import { classOrder } from "./classOrder.ts";
import { columnLimits } from "./columnLimits.ts";
import { findAnswer } from "./findAnswer.ts";
import { proposeFloors } from "./floors.ts";
import { type Asked, goldenDocument, madeUp, rowsToAsk, tolerance } from "./goldenRequests.ts";
import { layOut } from "./layOut.ts";
import { matchColumns, tensors } from "./matchColumns.ts";
import { type Choices, type Decision, Mistake, mistake, OpenQuestion } from "./mistake.ts";
import { type ModelFiles, writeFolder } from "./modelFolder.ts";
import { nameModel } from "./nameModel.ts";
import { readHoldout } from "./readHoldout.ts";
import { type ModelToAdopt, readModelFile } from "./readModelFile.ts";
import { cellsOf, requireColumn, type Table } from "./table.ts";

const SCHEMA = "contract/contract.schema.json";

/** Where editors find the contract's schema: beside a folder outside of the checkout it is where it would be for `model/`. */
function schemaFrom(folder: string): string {
  const within = path.relative(CHECKOUT, path.resolve(folder));
  const up =
    within.startsWith("..") || path.isAbsolute(within) ? [".."] : within.split(path.sep).map(() => "..");
  return [...up, SCHEMA].join("/");
}

export interface Adopted {
  readonly contract: Contract;
  /** What the file says of itself: opset, IR, operators, who has written it. */
  readonly summary: string;
  readonly decisions: readonly Decision[];
  /** The gate's, of what was written. */
  readonly report: Report;
  /** The body of a request that it answers, for /predict or, without columns, for /v2/models/NAME/infer. */
  readonly example: object;
}

export interface AdoptArgs {
  readonly modelFile: string;
  /** Without one the model is held to its golden requests alone. */
  readonly holdoutFile?: string | undefined;
  readonly choices: Choices;
  /** What becomes of it is written here, whether it passes or not. */
  readonly staging: string;
  /** Where it is meant to lie: the contract names its schema from there. */
  readonly folder: string;
}

/**
 * @throws Mistake where model or data cannot be used; OpenQuestion where neither says what is wanted.
 * @throws CannotJudge if ONNX Runtime does not run here.
 */
export async function adopt({
  modelFile,
  holdoutFile,
  choices,
  staging,
  folder,
}: AdoptArgs): Promise<Adopted> {
  const model = await readModelFile(modelFile);
  const name = nameModel(choices.name, modelFile);
  const table = holdoutFile === undefined ? undefined : await readHoldout(holdoutFile);
  const plan =
    table === undefined
      ? await planRaw(model, { modelFile, choices })
      : await planJudged(model, table, { modelFile, choices });
  const { task, inputs, outputs, prediction, scores, scoresAre, classes, validation } = plan.parts;
  const contract: Contract = {
    $schema: schemaFrom(folder),
    name,
    version: "1.0.0",
    task,
    inputs,
    outputs,
    prediction,
    ...(scores !== undefined && { scores }),
    ...(scoresAre !== undefined && { scoresAre }),
    ...(classes !== undefined && { classes: [...classes] }),
    validation,
    provenance: {
      adoptedFrom: path.basename(modelFile),
      ...(model.producer !== "" && { exportedBy: model.producer }),
    },
  };
  const text = `${layOut(contract)}\n`;
  parseContract(text, "contract.json"); // what it throws is a mistake of ours
  const files: ModelFiles = {
    "model.onnx": model.bytes,
    "contract.json": text,
    ...(table && { "holdout.csv": table.bytes }),
    "golden.json": `${layOut(plan.golden)}\n`,
  };
  await writeFolder(staging, files);
  const { report } = await judge(staging);
  const decisions = [
    ...plan.decisions,
    ...(table?.madeOf === undefined ? [] : [madeOfParquet(table.madeOf)]),
  ];
  return { contract, summary: model.summary, decisions, report, example: plan.example };
}

interface Plan {
  readonly parts: Omit<Contract, "name" | "version" | "validation"> & {
    readonly validation: NonNullable<Contract["validation"]>;
  };
  readonly golden: object;
  readonly decisions: readonly Decision[];
  readonly example: object;
}

interface Given {
  readonly modelFile: string;
  readonly choices: Choices;
}

/** Of a model without labelled rows nobody knows whether it is right, only whether it still answers alike. */
async function planRaw(model: ModelToAdopt, { modelFile, choices }: Given): Promise<Plan> {
  if (choices.task !== undefined)
    throw mistake(
      `A ${choices.task} is judged on labelled rows, and there are none.`,
      "--task",
      "name them with --holdout and --target, or leave --task out",
    );
  const inputs = tensors("input", model.inputs, modelFile).map(plainSpec);
  const outputs = tensors("output", model.outputs, modelFile).map(plainSpec);
  const prediction = predictionOf(outputs, choices.prediction, modelFile);
  const asked = madeUp(inputs);
  const { answers } = await run(modelFile, { inputs, outputs }, asked);
  return {
    parts: {
      task: "raw",
      inputs,
      outputs,
      prediction,
      validation: { golden: { file: "golden.json", tolerance: tolerance(answers) } },
    },
    golden: goldenDocument(asked, answers, { inputs, outputs }),
    decisions: [
      {
        about: "task",
        choice: "raw",
        why: "without labelled rows (--holdout, --target) no answer can be judged",
      },
      { about: "prediction", choice: prediction, why: "the first output, unless --prediction names another" },
      {
        about: "golden requests",
        choice: `${asked.length}, made up`,
        why: "replace their inputs in golden.json by real ones, and the outputs by what you expect",
      },
    ],
    example: {
      inputs: inputs.map(({ name, datatype }) => {
        const { shape, data } = asked[1]!.inputs[name]!;
        return {
          name,
          datatype,
          shape,
          data: Array.from(data as ArrayLike<unknown>, (value) =>
            typeof value === "bigint" ? Number(value) : value,
          ),
        };
      }),
    },
  };
}

async function planJudged(model: ModelToAdopt, table: Table, { modelFile, choices }: Given): Promise<Plan> {
  const outputs = tensors("output", model.outputs, modelFile);
  const name = targetOf(table, choices.target);
  const cells = cellsOf(table, name);
  const matched = matchColumns(model.inputs, modelFile, table, name, choices);
  const answer = findAnswer(outputs, modelFile, { name, cells, file: table.file }, choices);

  const draft = {
    name: "draft",
    version: "0",
    task: answer.task,
    inputs: matched.inputs.map(({ columns, ...input }) => ({
      ...plainSpec(input),
      columns: columns!.map((column) => ({ name: column })),
    })),
    outputs: outputs.map(plainSpec),
    prediction: answer.prediction,
    ...(answer.scores !== undefined && { scores: answer.scores }),
    validation: {
      holdout: { file: "holdout.csv", target: name },
      golden: { file: "golden.json", tolerance: 0 },
    },
  } satisfies Contract;
  const { value: holdout, findings } = parseHoldout(table.bytes, table.file, draft);
  if (holdout === undefined) throw new Mistake(findings);

  const labels = Array.isArray(holdout.targets) ? (holdout.targets as readonly string[]) : undefined;
  const asked = rowsToAsk((picked) => tensorsOf(draft, holdout, picked), holdout.rows, labels);
  const { answers, table: given } = await run(modelFile, draft, asked, {
    rows: holdout.rows,
    inputs: allRows(draft, () => holdout),
    outputs: answeredOutputs(draft),
    returned: answeredOutputs(draft),
    batch: batchRows(draft),
  });
  const {
    classes,
    scored,
    independent,
    decisions: ofClasses,
  } = labels === undefined
    ? { classes: undefined, scored: false, independent: undefined, decisions: [] }
    : classOrder(
        given.outputs[answer.prediction]!.data,
        answer.scores === undefined ? undefined : given.outputs[answer.scores]!.data,
        { name, cells: labels, file: table.file },
        choices.classes,
        { areNamed: choices.scores !== undefined },
      );
  const { scores: _, ...unscored } = draft;
  const labelled: Contract = {
    ...(scored ? draft : unscored),
    ...(classes && { classes: [...classes] }),
    ...(independent && { decision: "independent" }),
  };
  const measured = measuredAnswers(labelled, holdout, given, table.file);
  const unlikely = measured.task === "classification" ? probabilityFault(measured) : undefined;
  const classified: Contract = unlikely === undefined ? labelled : { ...labelled, scoresAre: "numbers" };
  const ofScores: Decision[] =
    unlikely === undefined
      ? []
      : [
          {
            about: "scoresAre",
            choice: "numbers",
            why: `${unlikely.text}: no log loss, no calibration; ${unlikely.fix}`,
          },
        ];
  const { metrics, decisions: ofFloors } = proposeFloors(measured);
  if (Object.keys(metrics).length === 0)
    throw mistake(
      "No metric can be measured well enough to be demanded.",
      table.file,
      "bring more labelled rows, or other ones: the gate would refuse a model that nothing is demanded of",
    );
  const limits = columnLimits(
    matched.inputs.flatMap(({ datatype, columns }) =>
      columns!.map((column) => ({ name: column, datatype, values: holdout.columns[column]! })),
    ),
  );
  const byName = new Map(limits.columns.map((column) => [column.name, column]));
  const first = firstRow(holdout, [...byName.keys()]);
  return {
    parts: {
      ...classified,
      inputs: draft.inputs.map((input) => ({
        ...input,
        columns: input.columns.map((column) => byName.get(column.name)!),
      })),
      validation: {
        ...draft.validation,
        golden: { file: "golden.json", tolerance: tolerance(answers) },
        metrics,
      },
    },
    golden: goldenDocument(asked, answers, draft),
    decisions: [
      ...answer.decisions,
      ...ofClasses,
      ...ofScores,
      ...matched.decisions,
      ...limits.decisions,
      ...ofFloors,
    ],
    example: { features: first },
  };
}

/** @throws Mistake where the model does not answer. */
async function run(
  modelFile: string,
  contract: Pick<Contract, "inputs" | "outputs">,
  asked: readonly Asked[],
  table?: RowsToRun,
): Promise<{ answers: TensorValues[]; table: TableAnswers }> {
  const measured = await measureOnce(modelFile, contract, {
    golden: asked.map(({ inputs }) => inputs),
    tables: table === undefined ? {} : { [ROWS]: table },
  });
  const answered = <T extends object>(outcome: Ran<T>): T => {
    if (ran(outcome)) return outcome;
    if (!failed(outcome) && outcome.fault === "machine")
      throw new CannotJudge(outcome.notRun, outcome.fix ?? "try it again");
    throw mistake(
      `The model fails on the data: ${failed(outcome) ? outcome.error : outcome.notRun}`,
      modelFile,
      outcome.fix ?? "run it in Python on the same rows; export it so that it takes each of them",
    );
  };
  return {
    answers: measured.golden.map((outcome) => answered(outcome).outputs),
    table:
      table === undefined ? { outputs: {}, notFinite: [], failures: [] } : answered(measured.tables[ROWS]!),
  };
}

/** Among the tables that the model is run on. */
const ROWS = "rows";

function measuredAnswers(contract: Contract, holdout: Holdout, table: TableAnswers, file: string): Answers {
  const answers = toAnswers(contract, holdout, table);
  if (failed(answers))
    throw mistake(
      `The model's answers cannot be used: ${answers.error}.`,
      file,
      "leave out rows that the model cannot answer, or export it so that it answers each with finite numbers",
    );
  return answers;
}

const USUAL_TARGETS = /^(target|label|labels|y|class|outcome|truth)$/i;

function targetOf(table: Table, chosen: string | undefined): string {
  if (chosen === undefined)
    throw new OpenQuestion(
      "target",
      "Which column of the data holds the right answers?",
      table.columns.find((name) => USUAL_TARGETS.test(name)) ?? table.columns.at(-1),
    );
  requireColumn(table, chosen, "target");
  return chosen;
}

function predictionOf(
  outputs: readonly { readonly name: string }[],
  chosen: string | undefined,
  file: string,
): string {
  const known = outputs.map(({ name }) => name);
  if (chosen === undefined || known.includes(chosen)) return chosen ?? known[0]!;
  throw mistake(
    `The model has no output ${JSON.stringify(chosen)}; it has ${known.join(", ")}.`,
    `${file}, and --prediction`,
    "name one of them with --prediction",
  );
}

const madeOfParquet = (file: string): Decision => ({
  about: "holdout.csv",
  choice: `made of ${file}`,
  why: "each number as the shortest text that is read as the same, true and false as 1 and 0, null as an empty cell",
});

const firstRow = ({ columns }: Holdout, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, columns[name]![0]]));

const plainSpec = ({
  name,
  datatype,
  shape,
}: {
  name: string;
  datatype: Datatype;
  shape: readonly number[];
}) => ({
  name,
  datatype,
  shape: [...shape],
});
