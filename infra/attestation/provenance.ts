/** How an image was made, as SLSA provenance: https://slsa.dev/spec/v1.0/provenance. Pure. */

export interface Build {
  /** Where the image was pushed: registry and name. */
  readonly repository: string;
  readonly platforms: readonly string[];
  /** By digest. */
  readonly baseImage: string;
  /** The SHA-256 of model.onnx, in hex. */
  readonly modelSha256: string;
  /** Undefined outside of git. */
  readonly source: Source | undefined;
  readonly builder: Builder;
}

export interface Source {
  /** Without a login. Absent if the checkout has no remote. */
  readonly uri?: string;
  /** With `-dirty` if files were changed since. */
  readonly commit: string;
}

export interface Builder {
  readonly id: string;
  /** The address of the one run. */
  readonly invocationId?: string;
}

export const PROVENANCE = "https://slsa.dev/provenance/v1";

/** A name, as the specification asks for, and no address; docs/supply-chain.md says what it stands for. */
const BUILD_TYPE = "https://slipway.dev/build/v1";

/** The predicate of the statement. The statement itself names the image. */
export function provenance({ repository, platforms, baseImage, modelSha256, source, builder }: Build) {
  const { id, invocationId } = builder;
  return {
    buildDefinition: {
      buildType: BUILD_TYPE,
      externalParameters: { repository, platforms, baseImage },
      resolvedDependencies: [
        ...(source === undefined ? [] : [sourceDependency(source)]),
        { uri: `oci://${baseImage}`, digest: { sha256: baseImage.slice(baseImage.lastIndexOf(":") + 1) } },
        { name: "model/model.onnx", digest: { sha256: modelSha256 } },
      ],
    },
    runDetails: {
      builder: { id },
      ...(invocationId !== undefined && { metadata: { invocationId } }),
    },
  };
}

function sourceDependency({ uri, commit }: Source) {
  const [gitCommit = "", dirty] = commit.split("-");
  return {
    ...(uri === undefined ? { name: "source" } : { uri: `git+${uri}` }),
    digest: { gitCommit },
    // Honest about what no commit holds.
    ...(dirty !== undefined && { annotations: { dirty: true } }),
  };
}

/** The in-toto statement that says this of an image: https://github.com/in-toto/attestation. */
export const statement = (
  { repository, digest }: { readonly repository: string; readonly digest: string },
  predicateType: string,
  predicate: object,
) => ({
  _type: "https://in-toto.io/Statement/v1",
  subject: [{ name: repository, digest: { sha256: digest.replace("sha256:", "") } }],
  predicateType,
  predicate,
});
