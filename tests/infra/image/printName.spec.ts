import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { parseContract } from "../../../contract/parseContract.ts";
import { contextFiles, nameOf } from "../../../infra/image/contextFiles.ts";
import { ModelFolder } from "../../support/modelFolder.ts";

describe("npm run --silent release:name", function () {
  this.timeout(60_000);
  it("prints the name that this checkout has under the defaults of Pulumi.yaml, if there is no Pulumi", async () => {
    const empty = mkdtempSync(path.join(tmpdir(), "slipway-path-"));
    using folder = new ModelFolder();
    try {
      const { exitCode, stdout, stderr } = await execa(
        process.execPath,
        ["sandbox/bootstrap.mjs", "infra/image/printName.ts"],
        { env: { PATH: empty }, extendEnv: false, reject: false },
      );

      const contract = parseContract(readFileSync(folder.file("contract.json"), "utf8"), "contract.json");
      const platforms = ["linux/amd64", "linux/arm64"] as const;
      const baseImage = parse(readFileSync("Pulumi.yaml", "utf8")).config["slipway:baseImage"].default;
      const files = await contextFiles({ folder: folder.path, contract }, platforms);
      assert.equal(stdout, await nameOf(files, { baseImage, platforms }));
      assert.equal(
        stderr,
        "No stack is selected, so the defaults of Pulumi.yaml count. (spawnSync pulumi ENOENT)",
      );
      assert.equal(exitCode, 0);
    } finally {
      rmSync(empty, { recursive: true });
    }
  });

  it("refuses an option that it does not have", async () => {
    const { exitCode, stdout, stderr } = await execa(
      process.execPath,
      ["sandbox/bootstrap.mjs", "infra/image/printName.ts", "--stak", "x"],
      { reject: false },
    );

    assert.deepEqual([exitCode, stdout], [1, ""]);
    assert.match(stderr, /unknown option '--stak'/);
  });
});
