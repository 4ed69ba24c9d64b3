/** The Open Inference Protocol V2 over REST, with the extensions of Triton's that are named below. */
import type { Router } from "@koa/router";
import { shortJson } from "../../../common/shortJson.ts";
import type { ServedContract } from "../../../contract/index.ts";
import type { Predict } from "../engine/prediction.ts";
import type { Predictor } from "../engine/predictor.ts";
import { isObject } from "../input/body.ts";
import { invalidValue } from "../problems/faults.ts";
import { refuseUnlessReady, type ServiceState } from "../processes/state.ts";
import type { Metrics } from "../telemetry/serviceMetrics.ts";
import { inferHandler } from "./inferHandler.ts";
import { modelConfig } from "./modelConfig.ts";
import { modelStatistics } from "./modelStatistics.ts";
import { refuseOtherModels } from "./refuseOtherModels.ts";
import { readOptionalJson } from "./requestBody.ts";

/** Not "model_repository", which would mean that models can be loaded and unloaded as well as listed. */
const EXTENSIONS = ["binary_tensor_data", "model_configuration", "statistics"];

export interface OpenInferenceDeps {
  readonly admit: Predictor["admit"];
  readonly predict: Predict;
  readonly contract: ServedContract;
  /** The release's name: the server's version. */
  readonly release: string;
  readonly state: ServiceState;
  readonly metrics: Pick<Metrics, "inferences">;
}

export function mountOpenInference(
  router: Router,
  { admit, predict, contract, release, state, metrics }: OpenInferenceDeps,
): void {
  const { name, version } = contract;
  const model = {
    name,
    versions: [version],
    platform: "onnx_onnxv1",
    inputs: contract.inputs.map(described),
    outputs: contract.outputs.map(described),
  };
  const config = modelConfig(contract);
  const known = refuseOtherModels(contract);

  router.get("/v2", (ctx) => {
    ctx.body = { name: "slipway", version: release, extensions: EXTENSIONS };
  });
  router.get("/v2/health/live", (ctx) => {
    ctx.body = { live: true };
  });
  router.get("/v2/health/ready", (ctx) => {
    refuseUnlessReady(state);
    ctx.body = { ready: true };
  });
  router.get(ofModel(""), known, (ctx) => {
    ctx.body = model;
  });
  router.get(ofModel("/ready"), known, (ctx) => {
    refuseUnlessReady(state);
    ctx.body = { name, ready: true };
  });
  router.post(ofModel("/infer"), known, inferHandler(admit, predict, contract));
  router.get(ofModel("/config"), known, (ctx) => {
    ctx.body = config;
  });
  router.get(ofModel("/stats"), known, (ctx) => {
    ctx.body = modelStatistics(contract, metrics.inferences());
  });
  router.post("/v2/repository/index", async (ctx) => {
    const ready = state.phase === "ready";
    const wantsReady = readReady(await readOptionalJson(ctx));
    const listed = ready
      ? { name, version, state: "READY", reason: "" }
      : { name, version, state: "UNAVAILABLE", reason: `the service is ${state.phase}` };
    ctx.body = ready || !wantsReady ? [listed] : [];
  });
}

/** Whether a request for the index wants the models that are ready alone: `{"ready": true}`. */
function readReady(body: unknown): boolean {
  if (body === undefined) return false;
  if (!isObject(body))
    throw invalidValue(
      { pointer: "", text: "the body" },
      `must be an object or empty, got ${shortJson(body)}`,
    );
  const { ready = false } = body;
  if (typeof ready === "boolean") return ready;
  throw invalidValue({ pointer: "/ready", text: "ready" }, `must be true or false, got ${shortJson(ready)}`);
}

/** The same for the model and for its one version. */
function ofModel(suffix: string): string[] {
  return [`/v2/models/:name${suffix}`, `/v2/models/:name/versions/:version${suffix}`];
}

/** Without what the protocol does not have, such as columns. */
function described({ name, datatype, shape }: ServedContract["outputs"][number]): unknown {
  return { name, datatype, shape };
}
