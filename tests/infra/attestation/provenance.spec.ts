import assert from "node:assert/strict";
import { type Build, provenance, statement } from "../../../infra/attestation/provenance.ts";
import { builder, remoteUri } from "../../../infra/release/origin.ts";

const build: Build = {
  repository: "ghcr.io/acme/loan",
  platforms: ["linux/amd64"],
  baseImage: `registry.example/base@sha256:${"d".repeat(64)}`,
  modelSha256: "a".repeat(64),
  source: { uri: "https://github.com/acme/loan", commit: "0123abc" },
  builder: { id: "https://github.com/acme/loan/x.yml@main", invocationId: "https://github.com/run/1" },
};

describe("provenance", () => {
  it("says how, of what and by whom the image was built", () => {
    assert.deepEqual(provenance(build), {
      buildDefinition: {
        buildType: "https://slipway.dev/build/v1",
        externalParameters: {
          repository: "ghcr.io/acme/loan",
          platforms: ["linux/amd64"],
          baseImage: build.baseImage,
        },
        resolvedDependencies: [
          { uri: "git+https://github.com/acme/loan", digest: { gitCommit: "0123abc" } },
          { uri: `oci://${build.baseImage}`, digest: { sha256: "d".repeat(64) } },
          { name: "model/model.onnx", digest: { sha256: "a".repeat(64) } },
        ],
      },
      runDetails: {
        builder: { id: "https://github.com/acme/loan/x.yml@main" },
        metadata: { invocationId: "https://github.com/run/1" },
      },
    });
  });

  it("says that the checkout held more than its commit", () => {
    const { buildDefinition } = provenance({ ...build, source: { commit: "0123abc-dirty" } });

    assert.deepEqual(buildDefinition.resolvedDependencies[0], {
      name: "source",
      digest: { gitCommit: "0123abc" },
      annotations: { dirty: true },
    });
  });

  it("names no source outside of git", () => {
    const { buildDefinition } = provenance({ ...build, source: undefined });

    assert.equal(buildDefinition.resolvedDependencies.length, 2);
  });

  it("is said of one image, by digest", () => {
    assert.deepEqual(statement({ repository: "ghcr.io/acme/loan", digest: "sha256:ab" }, "type", { a: 1 }), {
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ name: "ghcr.io/acme/loan", digest: { sha256: "ab" } }],
      predicateType: "type",
      predicate: { a: 1 },
    });
  });
});

describe("remoteUri", () => {
  for (const { remote, shown } of [
    {
      remote: "https://ada:secret@github.com/acme/loan.git?token=x",
      shown: "https://github.com/acme/loan.git",
    },
    { remote: "git@github.com:acme/loan.git", shown: "ssh://git@github.com/acme/loan.git" },
    { remote: "ssh://git:secret@host:22/loan.git", shown: "ssh://git@host:22/loan.git" },
    { remote: "/srv/git/loan.git", shown: undefined },
    { remote: "file:///srv/git/loan.git", shown: undefined },
    { remote: undefined, shown: undefined },
  ])
    it(`makes ${shown} of ${remote}`, () => {
      assert.equal(remoteUri(remote), shown);
    });
});

describe("builder", () => {
  it("is the workflow and its run on GitHub, and somebody's own machine elsewhere", () => {
    const env = {
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_REPOSITORY: "acme/loan",
      GITHUB_WORKFLOW_REF: "acme/loan/.github/workflows/deploy.yml@refs/heads/main",
      GITHUB_RUN_ID: "7",
      GITHUB_RUN_ATTEMPT: "2",
    };

    assert.deepEqual(builder(env), {
      id: "https://github.com/acme/loan/.github/workflows/deploy.yml@refs/heads/main",
      invocationId: "https://github.com/acme/loan/actions/runs/7/attempts/2",
    });
    assert.deepEqual(builder({}), { id: "https://slipway.dev/builder/own-machine" });
  });
});
