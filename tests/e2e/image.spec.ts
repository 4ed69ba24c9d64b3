import assert from "node:assert/strict";
import { readFileSync, utimesSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { parseImageReference } from "../../registry/imageReference.ts";
import { buildctlFlags } from "../../sandbox/components.ts";
import { environment } from "../../sandbox/programEnvironment.ts";
import { copyProject, type Project, root } from "../support/project.ts";

const MEGABYTE = 1e6;
const ACCEPT = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json";

describe("the image", () => {
  let project: Project;
  let image: string;

  before(async () => {
    project = await copyProject({ stack: "image", platforms: "all" });
    await apart(project);
    const { exitCode, all } = await project.pulumi("up", "--yes", "--skip-preview");
    assert.equal(exitCode, 0, all);
    image = (await project.outputs()).image;
  });

  after(async () => {
    await project?.remove();
  });

  it("is the same to the digest when built without cache from another depth, with other file times, under umask 077", async () => {
    const other = await copyProject({
      stack: "image2",
      below: "some/where/deeper",
      platforms: "all",
    });
    await apart(other);
    const umask = process.umask(0o077);
    try {
      utimesSync(other.file("model/model.onnx"), 1, 1);
      await execa("buildctl", [...buildctlFlags, "prune", "--all"], { env: environment });
      const { exitCode, all } = await other.pulumi("up", "--yes", "--skip-preview");

      assert.equal(exitCode, 0, all);
      assert.equal((await other.outputs()).image, image);
    } finally {
      process.umask(umask);
      await other.remove();
    }
  });

  it("is put back where the registry has lost it, and then stays", async () => {
    const { registry, repository, digest } = parseImageReference(image);
    const address = `http://${registry}/v2/${repository}/manifests/${digest}`;
    assert.equal((await fetch(address, { method: "DELETE" })).status, 202);
    assert.equal((await fetch(address, { method: "HEAD" })).status, 404);

    const { exitCode, all } = await project.pulumi("up", "--yes", "--skip-preview");

    assert.equal(exitCode, 0, all);
    assert.equal((await project.outputs()).image, image);
    assert.equal((await fetch(address, { method: "HEAD", headers: { accept: ACCEPT } })).status, 200);
    const again = await project.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.equal(again.exitCode, 0, again.all);
  });

  for (const architecture of ["amd64", "arm64"]) {
    it(`for linux/${architecture} has less than 200 MB unpacked, no shell, no package manager and no holdout`, async () => {
      const entries = await filesOf(image, architecture);

      const size = entries.reduce((sum, entry) => sum + entry.size, 0);
      assert.ok(size > 100 * MEGABYTE && size < 200 * MEGABYTE, `${(size / MEGABYTE).toFixed(1)} MB`);
      const names = entries.map(({ name }) => name);
      for (const wanted of [
        "app/main.cjs",
        "app/model/model.onnx",
        "app/model/contract.json",
        "app/libonnxruntime.so.1",
        "nodejs/bin/node",
      ]) {
        assert.ok(names.includes(wanted), `${wanted} is missing`);
      }
      const programs = /(^|\/)(sh|bash|dash|busybox|apt|apt-get|dpkg|npm|npx|corepack|python3?|perl)$/;
      assert.deepEqual(
        names.filter((name) => programs.test(name) || /holdout|training|\.ts$/.test(name)),
        [],
      );
    });
  }

  it("needs no network and no program to be built: its Dockerfile only copies", () => {
    const lines = readFileSync(path.join(root, "service/Dockerfile"), "utf8").split("\n");
    const instructions = new Set(lines.map((line) => /^([A-Z]+) /.exec(line)?.[1]).filter(Boolean));

    assert.deepEqual([...instructions].toSorted(), ["ARG", "COPY", "ENTRYPOINT", "EXPOSE", "FROM", "USER"]);
  });
});

/** In a repository that no other test has, since the image is deleted from it. */
const apart = ({ pulumi }: Project) => pulumi("config", "set", "slipway:repository", "e2e/image");

interface Manifest {
  readonly manifests?: { readonly digest: string; readonly platform: { readonly architecture: string } }[];
  readonly layers?: { readonly digest: string }[];
}

/** The files of all layers of one platform's image, from the registry itself. */
async function filesOf(reference: string, architecture: string): Promise<{ name: string; size: number }[]> {
  const [repository = "", digest = ""] = reference.split("@");
  const [host, ...below] = repository.split("/");
  const api = `http://${host}/v2/${below.join("/")}`;
  const index = await manifest(`${api}/manifests/${digest}`);
  const own = index.manifests?.find(({ platform }) => platform.architecture === architecture)?.digest;
  const { layers = [] } = await manifest(`${api}/manifests/${own}`);
  const files: { name: string; size: number }[] = [];
  for (const { digest: layer } of layers) {
    const bytes = new Uint8Array(await (await fetch(`${api}/blobs/${layer}`)).arrayBuffer());
    const { stdout } = await execa("tar", ["--list", "--verbose", "--gzip", "--file=-"], { input: bytes });
    for (const line of stdout.split("\n").filter((entry) => entry.startsWith("-"))) {
      const [, , size, , , name = ""] = line.split(/\s+/);
      files.push({ name: name.replace(/^\.?\//, ""), size: Number(size) });
    }
  }
  return files;
}

async function manifest(url: string): Promise<Manifest> {
  return (await (await fetch(url, { headers: { accept: ACCEPT } })).json()) as Manifest;
}
