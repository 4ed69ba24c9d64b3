import "./stackTraces.ts"; // first: it guards the errors of all that follows
import * as pulumi from "@pulumi/pulumi";
import { readConfig } from "./config.ts";
import { passGate } from "./gate/passGate.ts";
import { layOutContext } from "./image/buildContext.ts";
import { InferenceImage } from "./image/inferenceImage.ts";
import { findRegistry } from "./registry/findRegistry.ts";
import { readRecord } from "./release/readRecord.ts";
import { annotations, appended, standingJudgement } from "./release/record.ts";
import { serving } from "./release/serving.ts";
import { checkNamespace } from "./workload/checkNamespace.ts";
import { InferenceService } from "./workload/inferenceService.ts";

export default async function program() {
  const settings = readConfig();
  const workspace = `../.slipway/${pulumi.getStack()}`;
  const record = await readRecord();
  await checkNamespace(settings);

  // Nothing below is declared unless the model passes: a refusal leaves the stack as it was.
  const model = await passGate("../model", {
    workspace,
    settings,
    serving: serving(record, settings.registry),
  });
  const { name, version } = model.contract;

  const [context, registry] = await Promise.all([
    layOutContext(model, { ...settings, location: `${workspace}/context` }),
    findRegistry(settings.registry),
  ]);
  const { release } = context;
  const repository = settings.repository ?? name;
  const judgement = standingJudgement(record, release, model.judgement);

  const image = new InferenceImage("inference", {
    ...settings,
    context,
    repository: `${registry.push}/${repository}`,
    pullRepository: `${registry.pull}/${repository}`,
    labels: {
      "org.opencontainers.image.title": name,
      "org.opencontainers.image.version": version,
      "dev.slipway.release": release,
    },
  });
  const service = new InferenceService("inference", {
    model: name,
    release,
    image: image.ref,
    goldenTolerance: model.contract.validation?.golden.tolerance ?? 0,
    settings,
    annotations: annotations(judgement),
  });

  const summary = { name, version, sha256: model.sha256 };
  return {
    url: service.url,
    image: image.ref,
    release,
    model: { ...summary, ...judgement.metrics },
    // Once the rollout has succeeded, which its address waits for.
    releases: pulumi
      .all([image.ref, service.url])
      .apply(([image]) => appended(record, { release, image, model: summary, judgement })),
  };
}
