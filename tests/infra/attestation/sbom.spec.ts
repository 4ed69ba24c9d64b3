import assert from "node:assert/strict";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { sbom } from "../../../infra/attestation/sbom.ts";

const hex = (digit: string) => digit.repeat(64);
const contents = {
  release: "0123456789abcdef",
  model: { name: "loan-approval", version: "1.0.0", task: "classification", description: "Loans" },
  files: [
    { path: "native/arm64/libonnxruntime.so.1", sha256: hex("c") },
    { path: "native/amd64/libonnxruntime.so.1", sha256: hex("b") },
    { path: "model/model.onnx", sha256: hex("a") },
    { path: "app/main.cjs", sha256: hex("e") },
  ],
  packages: [
    { name: "@koa/router", version: "15.7.0", licence: "MIT" },
    { name: "odd", version: "1.0.0+x", licence: "SEE LICENSE IN LICENSE.md" },
    { name: "two", version: "2.0.0", licence: "(MIT OR Apache-2.0)" },
    { name: "none", version: "3.0.0" },
    { name: "own", version: "4.0.0", licence: "UNLICENSED" },
  ],
  runtimeVersion: "1.30.0",
  baseImage: `registry.example:5000/node/node24:nonroot@sha256:${hex("d")}`,
} as const;

describe("sbom", () => {
  it("is valid CycloneDX 1.6, by its own schema", async function () {
    this.timeout(120_000); // compiles the schema
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);

    assert.equal(await validator.validate(JSON.stringify(sbom(contents))), null);
  });

  it("names the model with its hash, as a machine-learning model", () => {
    assert.deepEqual(sbom(contents).components[0], {
      type: "machine-learning-model",
      "bom-ref": "model",
      name: "loan-approval",
      version: "1.0.0",
      description: "Loans",
      hashes: [{ alg: "SHA-256", content: hex("a") }],
      modelCard: { modelParameters: { task: "classification" } },
    });
  });

  it("names ONNX Runtime with the hash of each file for each platform", () => {
    assert.deepEqual(sbom(contents).components[1], {
      type: "library",
      "bom-ref": "pkg:github/microsoft/onnxruntime@v1.30.0",
      name: "onnxruntime",
      version: "1.30.0",
      licenses: [{ expression: "MIT" }],
      purl: "pkg:github/microsoft/onnxruntime@v1.30.0",
      components: [
        {
          type: "file",
          name: "native/amd64/libonnxruntime.so.1",
          hashes: [{ alg: "SHA-256", content: hex("b") }],
        },
        {
          type: "file",
          name: "native/arm64/libonnxruntime.so.1",
          hashes: [{ alg: "SHA-256", content: hex("c") }],
        },
      ],
    });
  });

  it("names the base image by digest, and says that it does not know what is in it", () => {
    const { components, compositions } = sbom(contents);

    assert.deepEqual(components[2], {
      type: "container",
      "bom-ref": "base-image",
      name: "registry.example:5000/node/node24",
      version: `sha256:${hex("d")}`,
      purl: `pkg:oci/node24@sha256%3A${hex("d")}?repository_url=registry.example:5000/node/node24&tag=nonroot`,
    });
    assert.deepEqual(compositions, [{ aggregate: "unknown", assemblies: ["base-image"] }]);
  });

  it("names packages by purl, with their licence if it is an expression, or its words", () => {
    assert.deepEqual(sbom(contents).components.slice(3), [
      {
        type: "library",
        "bom-ref": "pkg:npm/%40koa/router@15.7.0",
        name: "@koa/router",
        version: "15.7.0",
        licenses: [{ expression: "MIT" }],
        purl: "pkg:npm/%40koa/router@15.7.0",
      },
      {
        type: "library",
        "bom-ref": "pkg:npm/odd@1.0.0%2Bx",
        name: "odd",
        version: "1.0.0+x",
        licenses: [{ license: { name: "SEE LICENSE IN LICENSE.md" } }],
        purl: "pkg:npm/odd@1.0.0%2Bx",
      },
      {
        type: "library",
        "bom-ref": "pkg:npm/two@2.0.0",
        name: "two",
        version: "2.0.0",
        licenses: [{ expression: "(MIT OR Apache-2.0)" }],
        purl: "pkg:npm/two@2.0.0",
      },
      {
        type: "library",
        "bom-ref": "pkg:npm/none@3.0.0",
        name: "none",
        version: "3.0.0",
        purl: "pkg:npm/none@3.0.0",
      },
      {
        type: "library",
        "bom-ref": "pkg:npm/own@4.0.0",
        name: "own",
        version: "4.0.0",
        licenses: [{ license: { name: "UNLICENSED" } }],
        purl: "pkg:npm/own@4.0.0",
      },
    ]);
  });

  it("has the same bytes for the same release, and another serial number for another one", () => {
    const reversed = { ...contents, files: contents.files.toReversed() };
    const other = sbom({ ...contents, release: "fedcba9876543210" });

    assert.equal(JSON.stringify(sbom(reversed)), JSON.stringify(sbom(contents)));
    assert.match(
      sbom(contents).serialNumber,
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    assert.notEqual(other.serialNumber, sbom(contents).serialNumber);
  });
});
