import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";

const root = path.join(import.meta.dirname, "..", "..");
const written = ["model.onnx", "contract.json", "holdout.csv", "golden.json"];

describe("the example's training", () => {
  it("gives the same bytes again, in a fresh virtual environment", async function () {
    this.timeout(600_000);
    if (process.platform !== "linux" || process.arch !== "x64") {
      console.log(
        "      Skipped: the bytes are known to be the same on Linux on amd64 alone (model/README.md).",
      );
      this.skip();
    }
    const copy = mkdtempSync(path.join(os.tmpdir(), "slipway-training-"));
    try {
      cpSync(path.join(root, "model"), path.join(copy, "model"), {
        recursive: true,
        filter: (file) => !file.endsWith(".venv"),
      });
      for (const file of written.filter((name) => name !== "contract.json"))
        rmSync(path.join(copy, "model", file));

      const { all, failed } = await execa("node", ["model/training/train.mjs"], {
        cwd: copy,
        all: true,
        reject: false,
      });

      assert.equal(failed, false, all);
      for (const file of written) {
        assert.deepEqual(
          readFileSync(path.join(copy, "model", file)),
          readFileSync(path.join(root, "model", file)),
          file,
        );
      }
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});
