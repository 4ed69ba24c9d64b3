import * as pulumi from "@pulumi/pulumi";
import { MODEL_FOLDER } from "../../common/checkout.ts";
import { findRegistry } from "../environment/findRegistry.ts";
import { layOutContext } from "../image/buildContext.ts";
import { imageBuild } from "../image/imageBuild.ts";
import { InferenceImage } from "../image/inferenceImage.ts";
import type { Settings } from "../settings/rules.ts";
import { isLost } from "./isLost.ts";
import { author, builder, commit, source } from "./origin.ts";
import { passGate, recordedJudgement } from "./passGate.ts";
import { currentEntry, type Releases } from "./record.ts";
import { championOf } from "./servingChampion.ts";
import type { WantedRelease } from "./wantedRelease.ts";

/**
 * The release of this checkout: judged, built and pushed.
 *
 * @throws DeployError if the gate refuses the model. Nothing has been declared by then, so the stack stays as it was.
 */
export async function newRelease(
  { record, serving }: Releases,
  settings: Pick<
    Settings,
    | "registry"
    | "repository"
    | "baseImage"
    | "platforms"
    | "builder"
    | "floors"
    | "override"
    | "signedBy"
    | "transparencyLog"
  >,
): Promise<WantedRelease> {
  const { baseImage, platforms } = settings;
  const workspace = `../.slipway/${pulumi.getStack()}`;
  const model = await passGate(MODEL_FOLDER, {
    workspace,
    settings,
    champion: championOf(serving, settings.registry),
  });
  const { name, version, validation } = model.contract;

  const [context, registry] = await Promise.all([
    layOutContext(model, { baseImage, platforms, location: `${workspace}/context` }),
    findRegistry(settings.registry),
  ]);
  const { release } = context;
  const below = settings.repository ?? name;
  const repository = `${registry.push}/${below}`;
  const image = new InferenceImage("inference", {
    context,
    build: imageBuild(model.contract, release, settings),
    builder: settings.builder,
    repository,
    pullRepository: `${registry.pull}/${below}`,
    putBack: await isLost(record, release, repository),
  });

  const memoryMebibytes = validation?.budgets?.memoryMebibytes;
  const built = commit();
  const entry = currentEntry(serving, {
    release,
    model: { name, version, sha256: model.sha256 },
    judgement: recordedJudgement(model),
    ...(built !== undefined && { commit: built }),
    time: new Date().toISOString(),
    by: author(),
  });
  const attested = () =>
    pulumi.all([image.ref, image.digest]).apply(async ([ref, digest]) => {
      const { attestRelease } = await import("../attestation/attestRelease.ts");
      const facts = {
        release,
        model: model.contract,
        files: context.files,
        repository,
        baseImage,
        platforms,
        modelSha256: model.sha256,
        source: source(entry.commit),
        builder: builder(process.env),
      };
      await attestRelease(`${repository}@${digest}`, facts, settings, serving?.release === release);
      return ref;
    });
  return {
    ...entry,
    workload: {
      goldenTolerance: validation?.golden.tolerance ?? 0,
      ...(memoryMebibytes !== undefined && { memoryMebibytes }),
    },
    // Not in a preview: it knows the digest if nothing has to be built, and must attach and sign nothing.
    image: pulumi.runtime.isDryRun() ? image.ref : attested(),
    proved: false,
  };
}
