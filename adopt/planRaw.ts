/** Plans the contract of a model without labelled rows. Nothing shows that it is right, only that its answers stay the same. */

import { type Given, type Plan, plainSpec } from "./adoptionPlan.ts";
import { askModel } from "./askModel.ts";
import { goldenDocument, madeUp, tolerance } from "./goldenRequests.ts";
import { tensors } from "./matchColumns.ts";
import { mistake } from "./mistake.ts";
import { type ModelToAdopt } from "./readModelFile.ts";

export async function planRaw(model: ModelToAdopt, { modelFile, choices }: Given): Promise<Plan> {
  if (choices.task !== undefined)
    throw mistake(
      `A ${choices.task} is judged on labelled rows, but there are none.`,
      "--task",
      "name them with --holdout and --target, or leave --task out",
    );
  const inputs = tensors("input", model.inputs, modelFile).map(plainSpec);
  const outputs = tensors("output", model.outputs, modelFile).map(plainSpec);
  const prediction = predictionOf(outputs, choices.prediction, modelFile);
  const asked = madeUp(inputs);
  const { answers } = await askModel(model, modelFile, { inputs, outputs }, asked);
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
        why: "replace their inputs in golden.json with real ones, and the outputs with what you expect",
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
