/** KServe V1, TensorFlow Serving and MLflow: rows in, predictions out. SageMaker asks the same as MLflow. */
import type { Router } from "@koa/router";
import { answeredOutputs, type ServedContract } from "../../../contract/index.ts";
import type { Predict } from "../engine/prediction.ts";
import type { Predictor } from "../engine/predictor.ts";
import { predictedValues, warningsMember } from "../predict/outputs.ts";
import { jsonHandler } from "../predict/predictHandler.ts";
import type { PredictJson } from "../predict/predictJson.ts";
import { refuseUnlessReady, type ServiceState } from "../processes/state.ts";
import { type Form, invocationReader, predictReader, type ScoringReader } from "./scoringRequest.ts";

export interface ScoringDeps {
  readonly admit: Predictor["admit"];
  readonly predict: Predict;
  readonly contract: ServedContract;
  readonly state: ServiceState;
}

export function mountScoring(router: Router, { admit, predict, contract, state }: ScoringDeps): void {
  const { name } = contract;
  // By the model's own name: a pattern for the first of them would match the second, too.
  router.get(`/v1/models/${name}`, (ctx) => {
    refuseUnlessReady(state);
    ctx.body = { name, ready: true };
  });
  router.post(
    `/v1/models/${name}\\:predict`,
    // TensorFlow answers each form in its own.
    jsonHandler(
      admit,
      scoringJson(predict, contract, predictReader(contract), (form) =>
        form === "inputs" ? "outputs" : "predictions",
      ),
    ),
  );
  router.post(
    "/invocations",
    jsonHandler(
      admit,
      scoringJson(predict, contract, invocationReader(contract), () => "predictions"),
    ),
  );
  router.get("/ping", (ctx) => {
    refuseUnlessReady(state);
    ctx.body = "";
  });
}

/** From parsed JSON to the answer's JSON: `{"predictions": [one entry per row]}`. */
function scoringJson(
  predict: Predict,
  contract: ServedContract,
  read: ScoringReader,
  keyFor: (form: Form) => string,
): PredictJson {
  const outputs = answeredOutputs(contract);
  const values = predictedValues(contract);
  return (body, options) => {
    const { form, features } = read(body);
    return predict(
      features.tensors,
      outputs,
      options,
      (results) => `{"${keyFor(form)}":${values(results, features.rows)}${warningsMember(features)}}`,
    );
  };
}
