import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { bundleService, nativeRuntimeFiles } from "../../service/bundle.ts";
import { freePorts } from "../support/freePorts.ts";
import { layOutService, needsImagePlatform } from "../support/serviceLayout.ts";
import { type ServiceProcess, spawnService } from "../support/serviceProcess.ts";

function digests(files: readonly { path: string; bytes: Uint8Array }[]): Record<string, string> {
  return Object.fromEntries(
    files.map(({ path, bytes }) => [path, createHash("sha256").update(bytes).digest("hex")]),
  );
}

/** The proof as its Job runs it; `lines` without the service's log. */
async function prove(
  app: string,
  ...args: string[]
): Promise<{ code: number | undefined; lines: string[]; error: string }> {
  const [port, platformPort] = await freePorts(2);
  const { exitCode, stdout, stderr } = await execa(process.execPath, [join(app, "prove.cjs"), ...args], {
    env: { PORT: `${port}`, PLATFORM_PORT: `${platformPort}`, HOST: "127.0.0.1", DRAIN_MS: "0" },
    reject: false,
  });
  const lines = stdout.split("\n").filter((line) => !line.startsWith("{"));
  return { code: exitCode, lines, error: stderr };
}

describe("bundleService", () => {
  let folder: string;
  let here: Awaited<ReturnType<typeof bundleService>>;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "slipway-"));
    here = await bundleService();
  });
  after(() => rmSync(folder, { recursive: true }));

  it("gives a bundle for each process of the service and one for its proof, their maps, and the files of the page", () => {
    assert.deepEqual(here.map(({ path }) => path).toSorted(), [
      "main.cjs",
      "main.cjs.map",
      "prove.cjs",
      "prove.cjs.map",
      "runner.cjs",
      "runner.cjs.map",
      "swagger-ui-bundle.js",
      "swagger-ui.css",
      "tracing.cjs",
      "tracing.cjs.map",
      "worker.cjs",
      "worker.cjs.map",
    ]);
  });

  it("gives the same bytes in a clone at another depth, with node_modules a link and under another umask", async () => {
    const clone = join(folder, "a", "deeper", "clone");
    const umask = process.umask(0o077);
    const cwd = process.cwd();
    try {
      for (const part of ["package.json", "common", "contract", "service", "model"])
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
    let app: string;
    before(needsImagePlatform);
    before(() => {
      app = join(folder, "app");
      layOutService(app, here);
      service = spawnService({}, [join(app, "main.cjs")]);
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

    it("shows its page, with what lies beside the bundle and an example from the golden requests", async () => {
      const { port } = await service!.line("serving");
      const url = `http://127.0.0.1:${port}`;
      const files = ["swagger-ui-bundle.js", "swagger-ui.css"];
      const given = await Promise.all(
        files.map(async (file) => Buffer.from(await (await fetch(`${url}/docs/${file}`)).arrayBuffer())),
      );
      const document = await (await fetch(`${url}/openapi.json`)).text();

      files.forEach((file, i) => assert(given[i]!.equals(readFileSync(join(app, file))), file));
      assert(document.includes('{"features":[50000,35,720]}'), document);
    });

    it("says where an error was thrown: in the source, or without a map in the bundle", async () => {
      // It throws where it wants to tell the worker that there is no such folder, since there is no worker.
      const thrown = async () =>
        (await execa(process.execPath, [join(app, "runner.cjs"), "no-such-folder"], { reject: false }))
          .stderr;
      const source = readFileSync("service/src/programs/runner.ts", "utf8").split("\n");
      const line = source.findIndex((text) => text.startsWith("  process.send!(")) + 1;
      const mapped = await thrown();
      rmSync(join(app, "runner.cjs.map"));

      assert(
        mapped.includes(`process.send is not a function\n    at service/src/programs/runner.ts:${line}:11\n`),
        mapped,
      );
      assert.match(await thrown(), /function\n    at .*\/app\/runner\.cjs:\d+:\d+$/m);
    });

    it("stops when told", async () => {
      service!.child.kill("SIGTERM");

      assert.deepEqual(await service!.exit, { code: 0, signal: null });
    });

    it("answers its golden requests as expected", async () => {
      const { code, lines } = await prove(app, "--tolerance=0.00001", "--deadline=10");

      assert.equal(code, 0);
      assert.equal(lines.length, 1);
      assert.match(lines[0]!, /^Proof passed: 8 golden requests answered as expected, in \d\.\d s\.$/);
    });

    it("is found out by a golden request that expects another answer", async () => {
      const file = join(app, "model", "golden.json");
      const golden = JSON.parse(readFileSync(file, "utf8"));
      golden.requests[1].outputs.label = [1];
      writeFileSync(file, JSON.stringify(golden));

      assert.deepEqual(await prove(app, "--tolerance=0.00001", "--deadline=10"), {
        code: 1,
        lines: [
          "Golden request 2 (Little income and a bad score is a clear no): label[0] is 0, and 1 was expected.",
          "Proof failed: 1 of 8 golden requests not answered as expected.",
        ],
        error: "",
      });
    });

    it("gives up its proof at the deadline", async () => {
      const { code, lines } = await prove(app, "--tolerance=0", "--deadline=0.05");

      assert.equal(code, 1);
      assert.match(lines.join(), /^Proof failed: 0\.05 seconds were over while the service was starting/);
    });

    for (const args of [[], ["--tolerance=-1", "--deadline=5"], ["--tolerance=0", "--deadline=x"]]) {
      it(`says how its proof is run to ${JSON.stringify(args)}`, async () => {
        const { code, error } = await prove(app, ...args);

        assert.equal(code, 1);
        assert.match(error, /^Error: usage: prove\.cjs --tolerance NUMBER --deadline SECONDS$/m);
      });
    }
  });
});
