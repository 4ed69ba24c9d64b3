import "./stackTraces.ts"; // first: it guards the errors of all that follows
import * as pulumi from "@pulumi/pulumi";
import { pinnedRelease } from "./release/pinnedRelease.ts";
import { PIN_REQUEST, parsePinRequest, pinAfter } from "./release/pinRequest.ts";
import { readStack } from "./release/readStack.ts";
import { annotations, appended } from "./release/record.ts";
import type { StackOutputs } from "./release/stackOutputs.ts";
import { fromPulumi } from "./settings/fromPulumi.ts";
import { kubernetesTarget } from "./workload/target.ts";

export default async function program() {
  const settings = fromPulumi();
  const stack = await readStack();
  const target = kubernetesTarget(settings);
  await target.check();
  const request = parsePinRequest(process.env[PIN_REQUEST]);
  const pinned = pinAfter(stack.pinned, request);

  // What judges and builds takes a second to load, which a rollback does not have.
  const wanted = pinned
    ? await pinnedRelease(stack, pinned, request ?? {}, settings)
    : await (await import("./release/newRelease.ts")).newRelease(stack, settings);
  const { proved, ...entry } = wanted;
  const { release, model, judgement, workload } = entry;

  const url = target.deploy({
    model: model.name,
    release,
    image: wanted.image,
    ...(!proved && { goldenTolerance: workload.goldenTolerance }),
    annotations: annotations(wanted, pinned),
  });

  return {
    url,
    image: wanted.image,
    release,
    model: { ...model, ...judgement.metrics },
    // Once the rollout has succeeded, which its address waits for.
    releases: pulumi.all([wanted.image, url]).apply(([image]) => appended(stack, { ...entry, image })),
    serving: url.apply(() => release),
    ...(pinned && { pinned }),
  } satisfies { [Name in keyof StackOutputs]: pulumi.Input<StackOutputs[Name]> };
}
