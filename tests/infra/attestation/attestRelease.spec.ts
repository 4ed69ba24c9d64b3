import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { type FakeRegistry, startRegistry } from "../../support/fakeRegistry.ts";
import { setMocks } from "../../support/pulumiMocks.ts";

const signing = { signedBy: undefined, transparencyLog: true };
const facts = {
  release: "0123456789abcdef",
  model: { name: "loan", version: "1", task: "raw" },
  files: [],
  repository: "registry.example/loan",
  baseImage: `registry.example/base@sha256:${"d".repeat(64)}`,
  platforms: ["linux/amd64"],
  modelSha256: "a".repeat(64),
  source: undefined,
  builder: { id: "x" },
} as const;
const install = "install cosign 3 (https://docs.sigstore.dev/cosign/system_config/installation)";

describe("attestRelease, without cosign and with a registry that takes no attachment,", () => {
  let attestRelease: typeof import("../../../infra/attestation/attestRelease.ts").attestRelease;
  let registry: FakeRegistry;
  let image: string;
  const { PATH, COSIGN_KEY, SIGSTORE_ID_TOKEN } = process.env;

  before(async () => {
    await setMocks();
    ({ attestRelease } = await import("../../../infra/attestation/attestRelease.ts"));
  });
  beforeEach(async () => {
    process.env["PATH"] = "/nowhere";
    registry = await startRegistry();
    registry.intercept = (_request, response) => {
      response.writeHead(403).end();
      return true;
    };
    image = registry.addImage([]);
  });
  afterEach(() => {
    registry.close();
    for (const [name, value] of Object.entries({ PATH, COSIGN_KEY, SIGSTORE_ID_TOKEN }))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  });

  it("lets the release go on", async () => {
    await attestRelease(image, facts, signing, false);
  });

  it("stops one that no node could pull, since nobody answers; what serves already goes on", async () => {
    registry.close();

    await assert.rejects(attestRelease(image, facts, signing, false), (error: Error) => {
      assert(pulumi.RunError.isInstance(error)); // a DeployError's prototype is that of a RunError
      assert.match(error.message, new RegExp(`^${registry.host} cannot be reached: connect ECONNREFUSED `));
      return true;
    });
    await attestRelease(image, facts, signing, true);
  });

  it("lets a job with an identity go on, which it may have for its cloud alone", async () => {
    process.env["SIGSTORE_ID_TOKEN"] = "x";

    await attestRelease(image, facts, signing, false);
  });

  it("refuses if there is a key", async () => {
    process.env["COSIGN_KEY"] = "awskms:///alias/loan";

    await assert.rejects(attestRelease(image, facts, signing, false), {
      message: `There is a key to sign with, and cosign is not on the PATH.
  at:  key awskms:///alias/loan
  fix: ${install}`,
    });
  });

  it("refuses where the stack demands signatures", async () => {
    const demanding = { ...signing, signedBy: { key: "cosign.pub" } };

    await assert.rejects(attestRelease(image, facts, demanding, false), {
      message: `This stack demands signatures, and cosign is not on the PATH.
  at:  ${image}; Pulumi.test.yaml, key slipway:signedBy
  fix: ${install}`,
    });
  });
});
