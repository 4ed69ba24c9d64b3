import "./stackTraces.ts"; // first: it guards the errors of all that follows
import * as pulumi from "@pulumi/pulumi";
import { pinnedRelease } from "./release/pinnedRelease.ts";
import { PIN_REQUEST, parsePinRequest, pinAfter } from "./release/pinRequest.ts";
import { readStack } from "./release/readStack.ts";
import { annotations, appended } from "./release/record.ts";
import { fromPulumi } from "./settings/fromPulumi.ts";
import { checkNamespace } from "./workload/checkNamespace.ts";
import { InferenceService } from "./workload/inferenceService.ts";

export default async function program() {
  const settings = fromPulumi();
  const stack = await readStack();
  await checkNamespace(settings);
  const request = parsePinRequest(process.env[PIN_REQUEST]);
  const pinned = pinAfter(stack.pinned, request);

  // What judges and builds takes a second to load, which a rollback does not have.
  const wanted = pinned
    ? await pinnedRelease(stack, pinned, request ?? {}, settings)
    : await (await import("./release/newRelease.ts")).newRelease(stack.record, settings);
  const { proved, ...entry } = wanted;
  const { release, model, judgement, workload } = entry;

  const service = new InferenceService("inference", {
    model: model.name,
    release,
    image: wanted.image,
    ...(!proved && { goldenTolerance: workload.goldenTolerance }),
    settings,
    annotations: annotations(wanted, pinned),
  });

  return {
    url: service.url,
    image: wanted.image,
    release,
    model: { ...model, ...judgement.metrics },
    // Once the rollout has succeeded, which its address waits for.
    releases: pulumi
      .all([wanted.image, service.url])
      .apply(([image]) => appended(stack.record, { ...entry, image })),
    ...(pinned && { pinned }),
  };
}
