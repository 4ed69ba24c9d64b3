import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { importsOf } from "../support/imports.ts";
import { trackedFiles } from "../support/trackedFiles.ts";

const QUIET = "common/quietRuntime.ts";
const RUNTIME = "onnxruntime-node";

describe("ONNX Runtime tells nobody which models it loads", () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), "slipway-home-"));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  /** The files in the home folder after a model was loaded. */
  async function kept(imports: readonly string[]): Promise<string[]> {
    const load = [
      ...imports.map((name) => `await import(${JSON.stringify(name)});`),
      `const { InferenceSession } = await import("${RUNTIME}");`,
      `await InferenceSession.create("model/model.onnx");`,
    ];
    // Without this process's environment: with CI set, the runtime is quiet anyway.
    const env = { PATH: process.env["PATH"], HOME: home };
    const args = ["--import", "tsx", "--input-type=module", "--eval", load.join("\n")];
    await execa(process.execPath, args, { env, extendEnv: false });
    return readdirSync(home, { recursive: true, encoding: "utf8" });
  }

  it("if it is told so first", async () => {
    assert.deepEqual(await kept([path.resolve(QUIET)]), []);
  });

  it("and would otherwise, on Linux", async function () {
    if (process.platform !== "linux") this.skip();
    assert.notDeepEqual(await kept([]), []);
  });

  it("wherever it is loaded", function () {
    if (!trackedFiles()) this.skip();
    const loading = (trackedFiles() ?? [])
      .filter((file) => file.endsWith(".ts"))
      .map((file) => ({ file, loaded: importsOf(file).filter(({ typeOnly }) => !typeOnly) }))
      .filter(({ loaded }) => loaded.some(({ of }) => of === RUNTIME));
    assert(loading.length > 0);
    for (const { file, loaded } of loading) {
      const order = loaded.map(({ of }) => of).filter((name) => name === QUIET || name === RUNTIME);
      assert.equal(order[0], QUIET, `${file} imports ${RUNTIME} without ${QUIET} before it`);
    }
  });
});
