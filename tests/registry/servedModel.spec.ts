import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pack } from "tar-stream";
import { fetchServedModel } from "../../registry/servedModel.ts";
import { type FakeRegistry, gzippedTarOf, startRegistry, tarOf } from "../support/fakeRegistry.ts";

const FILES = {
  "app/": { type: "directory" },
  "app/model/": { type: "directory" },
  "app/model/model.onnx": "the model",
  "app/model/contract.json": "the contract",
  "app/model/golden.json": "the golden requests",
} as const;
const OURS = {
  "model.onnx": "the model",
  "contract.json": "the contract",
  "golden.json": "the golden requests",
};

const own = process.arch === "x64" ? "amd64" : process.arch;
const fix = "name the image of a release, as `pulumi stack output image` prints it";

describe("fetchServedModel", () => {
  let registry: FakeRegistry;
  let folder: string;
  let to: string;

  beforeEach(async () => {
    registry = await startRegistry();
    folder = mkdtempSync(path.join(tmpdir(), "slipway-champion-"));
    to = path.join(folder, "some", "champion");
  });

  afterEach(() => {
    registry.close();
    rmSync(folder, { recursive: true });
  });

  const layer = async (files: Parameters<typeof tarOf>[0]) => registry.add(await gzippedTarOf(files));
  const written = () =>
    Object.fromEntries(readdirSync(to).map((name) => [name, readFileSync(path.join(to, name), "utf8")]));
  const index = async (platforms: Record<string, Parameters<typeof tarOf>[0]>) => {
    const manifests = [];
    for (const [platform, files] of Object.entries(platforms)) {
      const digest = registry.addImage([await layer(files)]).split("@")[1] ?? "";
      const [os, architecture] = platform.split("/");
      manifests.push({ digest, size: 1, platform: { os, architecture } });
    }
    const { digest } = registry.add(Buffer.from(JSON.stringify({ manifests })));
    return `${registry.host}/loan@${digest}`;
  };
  const refusal = async (image: string, message: string) => {
    await assert.rejects(fetchServedModel(image, { to }), { name: "RegistryError", message });
    assert.deepEqual(existsSync(to) ? readdirSync(to) : [], []);
  };
  const layersRead = () => registry.requests.filter((request) => request.includes("/blobs/")).length;

  it("writes the model, the contract and the golden requests, out of the last layer alone", async () => {
    const image = registry.addImage([
      await layer({ "app/main.cjs": "the service" }),
      await layer({ "./etc/passwd": "nobody", ...FILES, "app/model/more": "more" }),
    ]);

    await fetchServedModel(image, { to });

    assert.deepEqual(written(), OURS);
    assert.equal(layersRead(), 1);
  });

  it("looks for no golden requests if the contract named none", async () => {
    const { "app/model/golden.json": _, ...others } = FILES;
    const image = registry.addImage([await layer({ "app/main.cjs": "the service" }), await layer(others)]);

    await fetchServedModel(image, { to });

    assert.deepEqual(written(), { "model.onnx": "the model", "contract.json": "the contract" });
    assert.equal(layersRead(), 1);
  });

  it("takes a file out of the last layer that has it", async () => {
    const image = registry.addImage([
      await layer({ "app/model/model.onnx": "an older model" }),
      await layer(FILES),
      await layer({ "app/model/contract.json": "a newer contract" }),
      await layer({}),
    ]);

    await fetchServedModel(image, { to });

    assert.deepEqual(written(), { ...OURS, "contract.json": "a newer contract" });
    assert.equal(layersRead(), 3);
  });

  for (const mediaType of [
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
  ])
    it(`unpacks ${mediaType}`, async () => {
      await fetchServedModel(registry.addImage([registry.add(await gzippedTarOf(FILES), mediaType)]), { to });

      assert.deepEqual(written(), OURS);
    });

  it("reads an unpacked layer, and names that begin with ./ or /", async () => {
    const tar = await tarOf({ "./app/model/model.onnx": "dot", "/app/model/contract.json": "slash" });
    const image = registry.addImage([registry.add(tar, "application/vnd.oci.image.layer.v1.tar")]);

    await fetchServedModel(image, { to });

    assert.deepEqual(written(), { "model.onnx": "dot", "contract.json": "slash" });
  });

  describe("from an index", () => {
    it("takes this machine's architecture", async () => {
      const image = await index({ "linux/s390x": {}, "windows/amd64": {}, [`linux/${own}`]: FILES });

      await fetchServedModel(image, { to });

      assert.deepEqual(written(), OURS);
    });

    it("takes another Linux, if there is none for this machine, and no attestation", async () => {
      const image = await index({ "unknown/unknown": {}, [`windows/${own}`]: {}, "linux/s390x": FILES });

      await fetchServedModel(image, { to });

      assert.deepEqual(written(), OURS);
    });

    it("names an image for other systems", async () => {
      const image = await index({ "windows/amd64": FILES });

      await assert.rejects(fetchServedModel(image, { to }), {
        name: "RegistryError",
        message: `This image is for no Linux platform.
  at:  ${image}
  fix: name the image of a release, as \`pulumi stack output image\` prints it`,
      });
    });
  });

  describe("leaves the folder empty and", () => {
    for (const [title, files] of Object.entries<Parameters<typeof tarOf>[0]>({
      "has none": { "app/main.cjs": "the service" },
      "has one elsewhere": { "srv/app/model/model.onnx": "the model", "app/model.onnx": "the model" },
      "has a link in its place": {
        ...FILES,
        "app/model/model.onnx": { type: "symlink", linkname: "/etc/passwd" },
      },
    }))
      it(`says that the image has no model: it ${title}`, async () => {
        const image = registry.addImage([await layer(files)]);

        await refusal(
          image,
          `This is not an image of Slipway's: it has no /app/model/model.onnx.\n  at:  ${image}\n  fix: ${fix}`,
        );
      });

    it("says that the image has no contract", async () => {
      const image = registry.addImage([await layer({ "app/model/model.onnx": "a model" })]);

      await refusal(
        image,
        `This is not an image of Slipway's: it has no /app/model/contract.json.\n  at:  ${image}\n  fix: ${fix}`,
      );
    });

    it("names a layer with other bytes", async () => {
      const wrong = await gzippedTarOf({ ...FILES, "app/model/model.onnx": "bad model" });
      const right = { ...(await layer(FILES)), size: wrong.length };
      const image = registry.addImage([right]);
      const { digest } = registry.add(wrong);
      registry.contents.set(right.digest, wrong);

      await refusal(
        image,
        `${registry.host} gave a different layer than was asked for: its digest is ${digest}.
  at:  ${registry.host}/loan@${right.digest}
  fix: try again; if that does not help, the registry or a proxy in front of it is broken: push the image again`,
      );
    });

    it("names a layer that ends too early", async () => {
      const whole = await layer(FILES);
      const image = registry.addImage([whole]);
      registry.contents.set(
        whole.digest,
        (registry.contents.get(whole.digest) ?? Buffer.of()).subarray(0, -20),
      );

      await refusal(
        image,
        `${registry.host} did not give the whole layer unchanged: it ends after ${whole.size - 20} of ${whole.size} bytes.
  at:  ${registry.host}/loan@${whole.digest}
  fix: try again; if that does not help, push the image again`,
      );
    });

    it("names a layer that is not an archive", async () => {
      const image = registry.addImage([registry.add(Buffer.from("hello"))]);

      await refusal(
        image,
        `A layer of this image cannot be unpacked: incorrect header check.
  at:  ${image}
  fix: see that the disk has room; otherwise push the image again`,
      );
    });

    it("names a packing that it cannot read", async () => {
      const mediaType = "application/vnd.oci.image.layer.v1.tar+zstd";
      const image = registry.addImage([registry.add(await tarOf(FILES), mediaType)]);

      await refusal(
        image,
        `A layer of this image is packed as "${mediaType}"; gzip and plain tar can be read.
  at:  ${image}
  fix: build it with gzip, as BuildKit does by default`,
      );
    });

    for (const name of ["app/model/model.onnx", "var/large"])
      it(`names a layer that ends in the middle of ${name}`, async () => {
        const tar = await tarOf({ [name]: "x".repeat(1e6) });
        const whole = registry.add(tar, "application/vnd.oci.image.layer.v1.tar");
        const image = registry.addImage([whole]);
        registry.contents.set(whole.digest, tar.subarray(0, 5e5));

        await refusal(
          image,
          `${registry.host} did not give the whole layer unchanged: it ends after 500000 of ${tar.length} bytes.
  at:  ${registry.host}/loan@${whole.digest}
  fix: try again; if that does not help, push the image again`,
        );
      });

    it("names a model of more than 2 GiB, unread", async () => {
      const tar = pack();
      tar.entry({ name: "app/model/model.onnx", size: 2 ** 31 + 1 });
      const { value: head } = await tar[Symbol.asyncIterator]().next(); // the entry's bytes never come
      const image = registry.addImage([
        registry.add(Buffer.from(head), "application/vnd.oci.image.layer.v1.tar"),
      ]);

      await refusal(
        image,
        `/app/model/model.onnx has 2147483649 bytes; a model can have 2147483648 at most.
  at:  ${image}
  fix: ${fix}`,
      );
    });

    it("refuses a reference without a digest", async () => {
      await refusal(
        "localhost:5000/loan",
        "This is not an image by digest.\n  at:  localhost:5000/loan\n  fix: write it as HOST/NAME@sha256:… with all 64 hex digits, as `pulumi stack output image` prints it",
      );
    });
  });
});
