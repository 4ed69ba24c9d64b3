import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { bundleService, nativeRuntimeFiles } from "../../service/bundle.ts";
import { type ServiceProcess, spawnService } from "../support/serviceProcess.ts";

function digests(files: readonly { path: string; bytes: Uint8Array }[]): Record<string, string> {
  return Object.fromEntries(
    files.map(({ path, bytes }) => [path, createHash("sha256").update(bytes).digest("hex")]),
  );
}

describe("bundleService", () => {
  let folder: string;
  let here: Awaited<ReturnType<typeof bundleService>>;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "slipway-"));
    here = await bundleService();
  });
  after(() => rmSync(folder, { recursive: true }));

  it("gives the bundle and its map", () => {
    assert.deepEqual(here.map(({ path }) => path).toSorted(), ["main.cjs", "main.cjs.map"]);
  });

  it("gives the same bytes in a clone at another depth, with node_modules a link and under another umask", async () => {
    const clone = join(folder, "a", "deeper", "clone");
    const umask = process.umask(0o077);
    const cwd = process.cwd();
    try {
      for (const part of ["package.json", "service", "model"])
        cpSync(part, join(clone, part), { recursive: true, filter: (path) => !path.includes("training") });
      symlinkSync(resolve("node_modules"), join(clone, "node_modules"));
      // A setting of some folder above must have no say.
      writeFileSync(
        join(folder, "tsconfig.json"),
        '{"compilerOptions":{"target":"es5","useDefineForClassFields":false}}',
      );
      process.chdir(folder);

      assert.deepEqual(digests(await bundleService(clone)), digests(here));
    } finally {
      process.chdir(cwd);
      process.umask(umask);
    }
  });

  it("holds no path of this machine", () => {
    for (const { path, bytes } of here)
      assert(!Buffer.from(bytes).includes(process.cwd()), `${path} names ${process.cwd()}`);
  });

  for (const arch of ["amd64", "arm64"] as const) {
    it(`has native files for ${arch}`, () => {
      const files = nativeRuntimeFiles(arch);

      assert.deepEqual(
        files.map(({ to }) => to),
        ["libonnxruntime.so.1", "onnxruntime_binding.node"],
      );
      for (const { from } of files) assert(existsSync(from), from);
    });
  }

  describe("laid out as in the image", () => {
    let service: ServiceProcess | undefined;
    before(function () {
      const arch = ({ x64: "amd64", arm64: "arm64" } as const)[process.arch as "x64" | "arm64"];
      if (process.platform !== "linux" || !arch) this.skip();
      const app = join(folder, "app");
      mkdirSync(join(app, "model"), { recursive: true });
      for (const { path, bytes } of here) writeFileSync(join(app, path), bytes);
      for (const { from, to } of nativeRuntimeFiles(arch)) copyFileSync(from, join(app, to));
      for (const file of ["model.onnx", "contract.json"])
        copyFileSync(join("model", file), join(app, "model", file));
      service = spawnService({}, ["--enable-source-maps", join(app, "main.cjs")]);
    });
    after(() => service?.child.kill("SIGKILL"));

    it("predicts", async () => {
      const { port } = await service!.line("serving");
      const response = await fetch(`http://127.0.0.1:${port}/predict`, {
        method: "POST",
        body: '{"features":[[50000,35,720],[14000,22,480]]}',
        headers: { "Content-Type": "application/json" },
      });

      assert.equal(response.status, 200);
      assert.deepEqual(((await response.json()) as { prediction: unknown }).prediction, [1, 0]);
    });

    it("stops when told", async () => {
      service!.child.kill("SIGTERM");

      assert.deepEqual(await service!.exit, { code: 0, signal: null });
    });
  });
});
