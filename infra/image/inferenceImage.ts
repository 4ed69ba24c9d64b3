import * as dockerBuild from "@pulumi/docker-build";
import * as pulumi from "@pulumi/pulumi";
import type { BuildContext } from "./buildContext.ts";
import type { ImageBuild } from "./imageBuild.ts";

export interface InferenceImageArgs {
  readonly context: Pick<BuildContext, "location" | "release">;
  readonly build: ImageBuild;
  /** Where tools push to: registry and name, without a tag. */
  readonly repository: string;
  /** The same repository under the name by which nodes pull it. @default repository */
  readonly pullRepository?: string;
  /** A buildx builder. @default the current one */
  readonly builder?: string | undefined;
  /** Whether the registry has lost the image that the stack knows: it is built and pushed again, under the same digest. @default false */
  readonly putBack?: boolean;
}

/** A build argument that the Dockerfile does not use: another value is another build, of the same bytes. */
const PUT_BACK = "SLIPWAY_PUT_BACK";

/** The image of one release, built and pushed under its name. */
export class InferenceImage extends pulumi.ComponentResource {
  /** By digest, as nodes pull it: `repository@sha256:…`. */
  readonly ref: pulumi.Output<string>;
  readonly digest: pulumi.Output<string>;

  constructor(name: string, args: InferenceImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:image:InferenceImage", name, {}, opts);
    const { context, build, repository, pullRepository = repository, builder, putBack = false } = args;
    const image = new dockerBuild.Image(
      name,
      {
        context: { location: context.location },
        dockerfile: { location: `${context.location}/Dockerfile` },
        buildArgs: { ...build.buildArgs, ...(putBack && { [PUT_BACK]: new Date().toISOString() }) },
        exports: [{ raw: `type=image,name=${repository}:${context.release},push=true,${build.output}` }],
        push: false, // the export pushes
        platforms: [...build.platforms],
        labels: { ...build.labels },
        ...(builder === undefined ? {} : { builder: { name: builder } }),
        buildOnPreview: false,
      },
      {
        parent: this,
        // Kept when undeclared: a release that was rolled back to must still find its image.
        retainOnDelete: true,
        // What an earlier `up` gave it stays in the state: without it, this one would push once more.
        ignoreChanges: putBack ? [] : [`buildArgs.${PUT_BACK}`],
      },
    );
    this.digest = image.digest;
    this.ref = pulumi.interpolate`${pullRepository}@${image.digest}`;
    this.registerOutputs({ ref: this.ref });
  }
}
