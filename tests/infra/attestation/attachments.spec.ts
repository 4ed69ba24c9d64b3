import assert from "node:assert/strict";
import {
  attachMissing,
  attachmentsOf,
  type Facts,
  isSigned,
} from "../../../infra/attestation/attachments.ts";
import { parseImageReference } from "../../../registry/imageReference.ts";
import { OciRepository } from "../../../registry/ociRepository.ts";
import { listReferrers } from "../../../registry/referrers.ts";
import { type FakeRegistry, startRegistry } from "../../support/fakeRegistry.ts";

const facts: Facts = {
  release: "0123456789abcdef",
  model: { name: "loan", version: "1", task: "raw" },
  files: [{ path: "model/model.onnx", sha256: "a".repeat(64) }],
  baseImage: `registry.example/base@sha256:${"d".repeat(64)}`,
  repository: "registry.example/loan",
  platforms: ["linux/amd64"],
  modelSha256: "a".repeat(64),
  source: { commit: "0123" },
  builder: { id: "x" },
};

describe("attachMissing", function () {
  this.timeout(60_000); // esbuild bundles
  let registry: FakeRegistry;
  let image: string;
  beforeEach(async () => {
    registry = await startRegistry();
    image = registry.addImage([]);
  });
  afterEach(() => registry.close());

  /** What is attached, by its type. */
  async function attached(): Promise<Map<string | undefined, any>> {
    const reference = parseImageReference(image);
    const referrers = await listReferrers(new OciRepository(reference), reference.digest);
    return new Map(
      referrers.map(({ artifactType, digest }) => {
        const { layers } = JSON.parse(String(registry.contents.get(digest)));
        return [artifactType, JSON.parse(String(registry.contents.get(layers[0].digest)))];
      }),
    );
  }

  it("attaches a bill of materials as scanners look for it, with the packages of the real bundle, and a statement of provenance", async () => {
    assert.deepEqual(await attachMissing(image, attachmentsOf(facts)), ["SBOM", "provenance"]);

    const found = await attached();
    const bom = found.get("application/vnd.cyclonedx+json");
    const purls: string[] = bom.components.map(({ purl }: { purl: string }) => purl);
    for (const name of ["koa", "onnxruntime-node", "swagger-ui-dist", "pino", "%40koa/router"])
      assert(
        purls.some((purl) => purl?.startsWith(`pkg:npm/${name}@`)),
        name,
      );
    for (const name of ["mocha", "typescript", "%40pulumi/pulumi", "esbuild"])
      assert(!purls.some((purl) => purl?.startsWith(`pkg:npm/${name}@`)), name);
    const { subject, predicateType } = found.get("application/vnd.in-toto+json");
    const [name, digest] = image.split("@sha256:");
    assert.deepEqual(
      { subject, predicateType },
      {
        subject: [{ name, digest: { sha256: digest } }],
        predicateType: "https://slsa.dev/provenance/v1",
      },
    );
  });

  it("writes nothing a second time, whatever the commit is by then", async () => {
    await attachMissing(image, attachmentsOf(facts));
    registry.requests.length = 0;

    assert.deepEqual(await attachMissing(image, attachmentsOf({ ...facts, source: { commit: "4567" } })), []);
    assert.deepEqual(
      registry.requests.filter((request) => !request.startsWith("GET")),
      [],
    );
  });
});

describe("isSigned", () => {
  const bundle = { mediaType: "", digest: `sha256:${"0".repeat(64)}`, size: 1 };
  const artifactType = "application/vnd.dev.sigstore.bundle.v0.3+json";

  for (const { bundles, signed } of [
    { bundles: 2, signed: false },
    { bundles: 3, signed: true },
  ])
    it(`takes an image with two attestations and ${bundles} bundles for one that is ${signed ? "" : "not wholly "}signed`, async () => {
      const registry = await startRegistry();
      try {
        const image = registry.addImage([]);
        const manifests = [
          { ...bundle, artifactType: "application/vnd.cyclonedx+json" },
          ...Array.from({ length: bundles }, () => ({ ...bundle, artifactType })),
        ];
        const tag = image.split("@")[1]!.replace(":", "-");
        registry.contents.set(tag, Buffer.from(JSON.stringify({ manifests })));

        assert.equal(await isSigned(image, attachmentsOf(facts)), signed);
      } finally {
        registry.close();
      }
    });
});
