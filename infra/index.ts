import "./stackTraces.ts"; // first: it guards the errors of all that follows
import * as pulumi from "@pulumi/pulumi";
import { readConfig } from "./config.ts";
import { passGate } from "./gate/passGate.ts";
import { layOutContext } from "./image/buildContext.ts";
import { InferenceImage } from "./image/inferenceImage.ts";
import { findRegistry } from "./registry/findRegistry.ts";
import { InferenceService } from "./workload/inferenceService.ts";

export default async function program() {
  const settings = readConfig();
  const workspace = `../.slipway/${pulumi.getStack()}`;

  // Nothing below is declared unless the model passes: a refusal leaves the stack as it was.
  const model = await passGate("../model", `${workspace}/verdict.json`);
  const { name, version } = model.contract;

  const [context, registry] = await Promise.all([
    layOutContext(model, { ...settings, location: `${workspace}/context` }),
    findRegistry(settings.registry),
  ]);
  const repository = settings.repository ?? name;

  const image = new InferenceImage("inference", {
    ...settings,
    context,
    repository: `${registry.push}/${repository}`,
    pullRepository: `${registry.pull}/${repository}`,
    labels: {
      "org.opencontainers.image.title": name,
      "org.opencontainers.image.version": version,
      "dev.slipway.release": context.release,
    },
  });
  const service = new InferenceService("inference", {
    model: name,
    release: context.release,
    image: image.ref,
    settings,
  });

  return {
    url: service.url,
    image: image.ref,
    release: context.release,
    model: { name, version, sha256: model.sha256, accuracy: model.accuracy },
  };
}
