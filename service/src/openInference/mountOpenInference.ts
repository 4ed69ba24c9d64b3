/** The Open Inference Protocol V2 over REST, with its extension for binary tensors. */
import type { Router, RouterMiddleware } from "@koa/router";
import type { ServedContract } from "../../../contract/index.ts";
import type { Predict } from "../engine/prediction.ts";
import type { Predictor } from "../engine/predictor.ts";
import { RequestError, unavailable } from "../problems/requestError.ts";
import type { ServiceState } from "../processes/state.ts";
import { inferHandler } from "./inferHandler.ts";

export interface OpenInferenceDeps {
  readonly admit: Predictor["admit"];
  readonly predict: Predict;
  readonly contract: ServedContract;
  /** The release's name: the server's version. */
  readonly release: string;
  readonly state: ServiceState;
}

export function mountOpenInference(
  router: Router,
  { admit, predict, contract, release, state }: OpenInferenceDeps,
): void {
  const { name, version } = contract;
  const model = {
    name,
    versions: [version],
    platform: "onnx_onnxv1",
    inputs: contract.inputs.map(described),
    outputs: contract.outputs.map(described),
  };
  const refuseUnlessReady = () => {
    if (state.phase !== "ready") throw unavailable(`The service is ${state.phase}.`);
  };
  const known = refuseOtherModels(contract);

  router.get("/v2", (ctx) => {
    ctx.body = { name: "slipway", version: release, extensions: ["binary_tensor_data"] };
  });
  router.get("/v2/health/live", (ctx) => {
    ctx.body = { live: true };
  });
  router.get("/v2/health/ready", (ctx) => {
    refuseUnlessReady();
    ctx.body = { ready: true };
  });
  router.get(ofModel(""), known, (ctx) => {
    ctx.body = model;
  });
  router.get(ofModel("/ready"), known, (ctx) => {
    refuseUnlessReady();
    ctx.body = { name, ready: true };
  });
  router.post(ofModel("/infer"), known, inferHandler(admit, predict, contract));
}

/** The same for the model and for its one version. */
function ofModel(suffix: string): string[] {
  return [`/v2/models/:name${suffix}`, `/v2/models/:name/versions/:version${suffix}`];
}

/** Without what the protocol does not have, such as columns. */
function described({ name, datatype, shape }: ServedContract["outputs"][number]): unknown {
  return { name, datatype, shape };
}

function refuseOtherModels({ name, version }: Pick<ServedContract, "name" | "version">): RouterMiddleware {
  return async function requireModel({ params }, next) {
    const { name: askedName, version: askedVersion = version } = params;
    if (askedName !== name)
      throw new RequestError("not-found", `There is no model ${JSON.stringify(askedName)}, only ${name}.`);
    if (askedVersion !== version)
      throw new RequestError(
        "not-found",
        `There is no version ${JSON.stringify(askedVersion)} of ${name}, only ${version}.`,
      );
    await next();
  };
}
