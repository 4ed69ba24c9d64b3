import assert from "node:assert/strict";
import type { InferenceImageArgs } from "../../../infra/image/inferenceImage.ts";
import { type Registration, setMocks, valueOf } from "../../support/pulumiMocks.ts";

const digest = `sha256:${"a".repeat(64)}`;
const args: InferenceImageArgs = {
  context: { location: "../.slipway/test/context", release: "0123456789abcdef" },
  build: {
    platforms: ["linux/amd64", "linux/arm64"],
    buildArgs: { BASE_IMAGE: "registry.example/base", SOURCE_DATE_EPOCH: "0" },
    labels: { "dev.slipway.release": "0123456789abcdef" },
    output: "rewrite-timestamp=true,oci-mediatypes=true",
  },
  repository: "localhost:5000/loan-approval",
  pullRepository: "registry:5000/loan-approval",
  builder: undefined,
};

describe("InferenceImage", () => {
  let InferenceImage: typeof import("../../../infra/image/inferenceImage.ts").InferenceImage;
  let registered: Registration[];
  before(async () => {
    await setMocks();
    ({ InferenceImage } = await import("../../../infra/image/inferenceImage.ts"));
  });
  beforeEach(async () => {
    registered = await setMocks({ outputs: { "docker-build:index:Image": { digest } } });
  });

  const component = {
    type: "slipway:image:InferenceImage",
    name: "inference",
    inputs: {},
    parent: undefined,
    retainOnDelete: false,
    dependencies: [],
    customTimeouts: undefined,
  };
  const image = {
    type: "docker-build:index:Image",
    name: "inference",
    inputs: {
      buildArgs: { BASE_IMAGE: "registry.example/base", SOURCE_DATE_EPOCH: "0" },
      buildOnPreview: false,
      context: { location: "../.slipway/test/context" },
      dockerfile: { location: "../.slipway/test/context/Dockerfile" },
      exports: [
        {
          raw: "type=image,name=localhost:5000/loan-approval:0123456789abcdef,push=true,rewrite-timestamp=true,oci-mediatypes=true",
        },
      ],
      labels: { "dev.slipway.release": "0123456789abcdef" },
      network: "default", // the SDK's own default
      platforms: ["linux/amd64", "linux/arm64"],
      push: false,
    },
    parent: "slipway:image:InferenceImage::inference",
    retainOnDelete: true,
    dependencies: [],
    ignoreChanges: ["buildArgs.SLIPWAY_PUT_BACK"],
    customTimeouts: undefined,
  };

  it("builds and pushes under the release's name, and keeps the image when it is no longer declared", async () => {
    await valueOf(new InferenceImage("inference", args).ref);

    assert.deepEqual(registered, [component, image]);
  });

  it("takes a builder by name", async () => {
    await valueOf(new InferenceImage("inference", { ...args, builder: "slipway" }).ref);

    assert.deepEqual(registered, [
      component,
      { ...image, inputs: { ...image.inputs, builder: { name: "slipway" } } },
    ]);
  });

  it("is built once more where the registry has lost it, by an argument that no build uses", async () => {
    await valueOf(new InferenceImage("inference", { ...args, putBack: true }).ref);

    const { buildArgs } = registered[1]!.inputs as { buildArgs: Record<string, string> };
    const { SLIPWAY_PUT_BACK: time = "", ...others } = buildArgs;
    assert(Math.abs(Date.now() - Date.parse(time)) < 60_000, time);
    assert.deepEqual(others, image.inputs.buildArgs);
    assert.equal(registered[1]!.ignoreChanges, undefined);
  });

  it("is referred to by digest, under the name by which nodes pull it", async () => {
    const { ref } = new InferenceImage("inference", args);

    assert.equal(await valueOf(ref), `registry:5000/loan-approval@${digest}`);
  });

  it("is pulled from where it is pushed to, unless told otherwise", async () => {
    const { pullRepository: _, ...rest } = args;

    assert.equal(
      await valueOf(new InferenceImage("inference", rest).ref),
      `localhost:5000/loan-approval@${digest}`,
    );
  });
});
