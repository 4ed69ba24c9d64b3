import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { buildProgress } from "../../sandbox/toolchain.ts";

describe("buildProgress", () => {
  for (const { done, total, seconds, says } of [
    { done: 1, total: 5000, seconds: 0.1, says: "1 of 5000 packages compiled" },
    { done: 400, total: 5000, seconds: 9.9, says: "400 of 5000 packages compiled" },
    { done: 500, total: 5000, seconds: 60, says: "500 of 5000 packages compiled, about 9 min left" },
    { done: 2500, total: 5000, seconds: 90, says: "2500 of 5000 packages compiled, about 2 min left" },
    { done: 2500, total: 5000, seconds: 89, says: "2500 of 5000 packages compiled, about 90 s left" },
    { done: 4500, total: 5000, seconds: 300, says: "4500 of 5000 packages compiled, about 40 s left" },
    { done: 4999, total: 5000, seconds: 600, says: "4999 of 5000 packages compiled, about 10 s left" },
    { done: 5000, total: 5000, seconds: 600, says: "5000 packages compiled, linking" },
    { done: 5001, total: 5000, seconds: 600, says: "5001 packages compiled, linking" },
  ]) {
    it(`says "${says}" after ${seconds} s`, () => {
      assert.equal(buildProgress(done, total, seconds), says);
    });
  }
});

describe("the toolchain", () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), "slipway-toolchain-"));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  function program(name: string, script: string): string {
    const file = path.join(home, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return file;
  }

  /** Evaluates an expression with toolchain.ts in scope, on a machine that has only `home`. */
  async function evaluate(expression: string): Promise<string> {
    const code = `const toolchain = await import("./sandbox/toolchain.ts");
      console.log(JSON.stringify(await (${expression}).catch((error) => error.message)));`;
    const env = { PATH: `${home}/bin`, PULUMI_HOME: `${home}/pulumi`, XDG_CACHE_HOME: `${home}/cache` };
    const { stdout } = await execa(
      process.execPath,
      ["--import", "tsx", "--input-type=module", "--eval", code],
      { env },
    );
    return JSON.parse(stdout);
  }

  it("is taken from an installed Pulumi CLI and installed plugins of the right versions", async () => {
    const installed = {
      pulumi: program("bin/pulumi", "echo v3.245.0"),
      "pulumi-resource-kubernetes": program(
        "pulumi/plugins/resource-kubernetes-v4.25.0/pulumi-resource-kubernetes",
        "",
      ),
      "pulumi-resource-docker-build": program(
        "pulumi/plugins/resource-docker-build-v0.0.22/pulumi-resource-docker-build",
        "",
      ),
    };

    assert.deepEqual(await evaluate("toolchain.installedTools()"), installed);
  });

  it("is not taken from other versions, nor from the sandbox itself", async () => {
    program("bin/pulumi", "echo v3.200.0");
    program("pulumi/plugins/resource-kubernetes-v4.24.0/pulumi-resource-kubernetes", "");
    const own = program("cache/slipway/toolchain/0/plugin", "");
    mkdirSync(path.join(home, "pulumi/plugins/resource-docker-build-v0.0.22"), { recursive: true });
    symlinkSync(
      own,
      path.join(home, "pulumi/plugins/resource-docker-build-v0.0.22/pulumi-resource-docker-build"),
    );

    assert.deepEqual(await evaluate("toolchain.installedTools()"), {});
  });

  it("asks for Go if it has to be built and Go is missing or old", async () => {
    const missing = await evaluate("toolchain.findToolchain(() => {})");
    program("bin/go", "echo go1.19.8");
    const old = await evaluate("toolchain.findToolchain(() => {})");

    const fix =
      "install Go 1.26.0 or later (https://go.dev/doc/install), put it on PATH, and run the same command again";
    assert.equal(
      missing,
      `Go was not found on PATH; it is needed once, to build the sandbox's programs.\n  fix: ${fix}`,
    );
    assert.equal(old, `Go on PATH is go1.19.8, too old.\n  fix: ${fix}`);
  });
});
