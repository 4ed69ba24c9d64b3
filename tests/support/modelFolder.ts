/** A copy of the model folder for a test to break. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export class ModelFolder {
  readonly path = mkdtempSync(path.join(tmpdir(), "slipway-model-"));

  constructor() {
    for (const file of ["model.onnx", "contract.json", "holdout.csv", "golden.json"])
      cpSync(path.join("model", file), this.file(file));
  }

  file(name: string): string {
    return path.join(this.path, name);
  }

  write(name: string, content: string | Uint8Array): void {
    writeFileSync(this.file(name), content);
  }

  edit(name: string, change: (text: string) => string): void {
    this.write(name, change(readFileSync(this.file(name), "utf8")));
  }

  /** Changes a JSON file in place. */
  editJson(name: string, change: (value: any) => void): void {
    this.edit(name, (text) => {
      const value = JSON.parse(text);
      change(value);
      return JSON.stringify(value, null, 2);
    });
  }

  remove(name: string): void {
    rmSync(this.file(name));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
