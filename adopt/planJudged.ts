/** Plans the contract of a model that is judged on labelled rows. */
import { answeredOutputs, type Contract } from "../contract/index.ts";
import {
  type Answers,
  allRows,
  batchRows,
  failed,
  type Holdout,
  IF_TAKEN,
  parseHoldout,
  probabilityFault,
  type TableAnswers,
  tensorsOf,
  toAnswers,
} from "../gate/instruments.ts";
import { count, type Finding } from "../gate/report/index.ts";
import { type Given, type Plan, plainSpec } from "./adoptionPlan.ts";
import { askModel } from "./askModel.ts";
import { type Classes, classOrder } from "./classOrder.ts";
import { columnLimits } from "./columnLimits.ts";
import { type Answer, findAnswer, type Target } from "./findAnswer.ts";
import { proposeFloors } from "./floors.ts";
import { goldenDocument, rowsToAsk, tolerance } from "./goldenRequests.ts";
import { cellsOf, listed, requireColumn, type Table } from "./labelledRows.ts";
import { matchColumns, tensors } from "./matchColumns.ts";
import { type Choices, type Decision, Mistake, mistake, OpenQuestion } from "./mistake.ts";
import { type ModelToAdopt } from "./readModelFile.ts";
import { type ScoredClasses, scoredClasses } from "./scoredClasses.ts";

export async function planJudged(
  model: ModelToAdopt,
  table: Table,
  { modelFile, choices }: Given,
): Promise<Plan> {
  const outputs = tensors("output", model.outputs, modelFile);
  const name = targetOf(table, choices.target);
  const cells = cellsOf(table, name);
  const matched = matchColumns(model.inputs, modelFile, table, name, choices);
  const answer = findAnswer(outputs, modelFile, { name, cells, file: table.file }, choices);

  const strict = {
    name: "draft",
    version: "0",
    task: answer.task,
    inputs: matched.inputs.map(({ columns, ...input }) => ({
      ...plainSpec(input),
      columns: columns!.map((column) => ({ name: column })),
    })),
    outputs: outputs.map(plainSpec),
    ...(answer.prediction !== undefined && { prediction: answer.prediction }),
    ...(answer.scores !== undefined && { scores: answer.scores }),
    validation: {
      holdout: { file: "holdout.csv", target: name },
      golden: { file: "golden.json", tolerance: 0 },
    },
  } satisfies Contract;
  const { draft, holdout, lacking } = readRows(table, strict);

  const labels = Array.isArray(holdout.targets) ? (holdout.targets as readonly string[]) : undefined;
  const asked = rowsToAsk((picked) => tensorsOf(draft, holdout, picked), holdout.rows, labels);
  const { answers, table: given } = await withMissing(lacking, () =>
    askModel(model, modelFile, draft, asked, {
      rows: holdout.rows,
      inputs: allRows(draft, () => holdout),
      outputs: answeredOutputs(draft),
      returned: answeredOutputs(draft),
      batch: batchRows(draft),
    }),
  );
  const { decisions: ofClasses, ...found } =
    labels === undefined
      ? { scored: false, decisions: [] }
      : classesOf(answer, given, { name, cells: labels, file: table.file }, choices);
  const labelled = withClasses(draft, found);
  const measured = await withMissing(lacking, async () =>
    measuredAnswers(labelled, holdout, given, table.file),
  );
  const isGiven = answer.prediction !== undefined;
  const unlikely = isGiven && measured.task === "classification" ? probabilityFault(measured) : undefined;
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
      "No metric can be measured well enough to set a floor.",
      table.file,
      "bring more labelled rows, or other ones: the gate would refuse a model without any demands",
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
        columns: input.columns.map((column) => ({ ...column, ...byName.get(column.name)! })),
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
      ...lacking.decisions,
      ...limits.decisions,
      ...ofFloors,
    ],
    example: { features: first },
  };
}

/** Columns of floats in which a cell is missing. */
interface Lacking {
  /** The objections to these cells, unless the model takes them. */
  readonly findings: readonly Finding[];
  readonly decisions: readonly Decision[];
}

/** Reads the rows, with NaN for what is missing in a column of floats. @throws Mistake if they cannot be read so. */
function readRows<Draft extends Contract>(
  { bytes, file }: Table,
  strict: Draft,
): { readonly draft: Draft; readonly holdout: Holdout; readonly lacking: Lacking } {
  const { value, findings } = parseHoldout(bytes, file, strict);
  if (value !== undefined) return { draft: strict, holdout: value, lacking: { findings: [], decisions: [] } };
  const { value: holdout } = parseHoldout(
    bytes,
    file,
    withColumns(strict, () => true),
  );
  if (holdout === undefined)
    throw missingMistake(findings, "the model is tried on them once the other cells are right");
  const missing = new Map(
    Object.entries(holdout.columns).flatMap(([name, values]) => {
      const rows = values instanceof Float64Array ? values.filter(Number.isNaN).length : 0;
      return rows === 0 ? [] : [[name, rows]];
    }),
  );
  const few = Array.from(missing, ([name, rows]) => `${name} in ${count(rows, "row")}`);
  return {
    draft: withColumns(strict, (name) => missing.has(name)),
    holdout,
    lacking: {
      findings,
      decisions: [
        {
          about: "missing values",
          choice: listed([...missing.keys()], 5),
          why: `${listed(few, 5)} of ${holdout.rows}: the model answers them, and a request may have null there`,
        },
      ],
    },
  };
}

/** The gate's objections, which point to a contract that is not there yet. */
function missingMistake(findings: readonly Finding[], says: string): Mistake {
  return new Mistake(
    findings.map(({ fix, ...finding }) => ({ ...finding, fix: fix.replace(IF_TAKEN, `; ${says}`) })),
  );
}

/** The contract, in which these columns may miss a value if they hold floats. */
function withColumns<Draft extends Contract>(draft: Draft, isMissing: (column: string) => boolean): Draft {
  const inputs = draft.inputs.map((input) => ({
    ...input,
    columns: input.columns!.map((column) => ({
      ...column,
      ...(input.datatype.startsWith("FP") && isMissing(column.name) && { missing: true }),
    })),
  }));
  return { ...draft, inputs };
}

/** @throws Mistake about the missing values if the model does not take them. */
async function withMissing<Result>({ findings }: Lacking, ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Mistake) || findings.length === 0) throw error;
    throw missingMistake(findings, "the model does not take missing values");
  }
}

function classesOf(
  { prediction, scores }: Answer,
  { outputs }: TableAnswers,
  target: Target,
  choices: Choices,
): Classes | ScoredClasses {
  const scored = scores === undefined ? undefined : outputs[scores]!.data;
  if (prediction === undefined) return scoredClasses(scored as Float32Array, target, choices.classes);
  const areNamed = choices.scores !== undefined;
  return classOrder(outputs[prediction]!.data, scored, target, choices.classes, { areNamed });
}

function withClasses(
  { scores, ...draft }: Contract,
  {
    classes,
    scored,
    independent,
    scoresAre,
  }: Partial<Omit<Classes & ScoredClasses, "decisions" | "scored">> & Pick<Classes, "scored">,
): Contract {
  return {
    ...draft,
    ...(scored && scores !== undefined && { scores }),
    ...(scoresAre !== undefined && { scoresAre }),
    ...(classes && { classes: [...classes] }),
    ...(independent && { decision: "independent" }),
  };
}

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

const firstRow = ({ columns }: Holdout, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, columns[name]![0]]));
