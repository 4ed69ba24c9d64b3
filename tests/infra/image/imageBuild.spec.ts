import assert from "node:assert/strict";
import { imageBuild } from "../../../infra/image/imageBuild.ts";

describe("imageBuild", () => {
  it("is a function of the model, its release, the base image and the platforms alone", () => {
    const baseImage = `registry.example/base@sha256:${"0".repeat(64)}`;

    assert.deepEqual(
      imageBuild({ name: "loan-approval", version: "1.0.0" }, "0123456789abcdef", {
        baseImage,
        platforms: ["linux/arm64"],
      }),
      {
        platforms: ["linux/arm64"],
        buildArgs: { BASE_IMAGE: baseImage, SOURCE_DATE_EPOCH: "0" },
        labels: {
          "org.opencontainers.image.title": "loan-approval",
          "org.opencontainers.image.version": "1.0.0",
          "dev.slipway.release": "0123456789abcdef",
        },
        output: "rewrite-timestamp=true,oci-mediatypes=true",
      },
    );
  });
});
