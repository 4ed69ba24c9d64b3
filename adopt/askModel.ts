/** Asks a model that is being adopted. Edge. */
import type { Contract, TensorValues } from "../contract/index.ts";
import { CannotJudge } from "../gate/index.ts";
import { failed, type Ran, type Table as RowsToRun, ran, type TableAnswers } from "../gate/instruments.ts";
import { measureOnce } from "../gate/measure/measureModel.ts";
import { type Asked } from "./goldenRequests.ts";
import { mistake } from "./mistake.ts";
import type { ModelToAdopt } from "./readModelFile.ts";

/**
 * @param modelFile The name that was given, for the messages.
 * @throws Mistake if the model does not answer.
 */
export async function askModel(
  { file }: Pick<ModelToAdopt, "file">,
  modelFile: string,
  contract: Pick<Contract, "inputs" | "outputs">,
  asked: readonly Asked[],
  table?: RowsToRun,
): Promise<{ answers: TensorValues[]; table: TableAnswers }> {
  const measured = await measureOnce(file, contract, {
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

/** The name of the one table that the model is run on. */
const ROWS = "rows";
