import assert from "node:assert/strict";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Judgement } from "../../../infra/gate/judge.ts";
import { remembered } from "../../../infra/gate/memory.ts";
import { ModelFolder } from "../../support/modelFolder.ts";

const judgement = (accuracy: number): Judgement => ({ report: { checks: [], metrics: { accuracy } } });

describe("remembered", () => {
  let folder: ModelFolder;
  let memories: ModelFolder;
  let asked: number;
  beforeEach(() => {
    folder = new ModelFolder();
    memories = new ModelFolder();
    asked = 0;
  });
  afterEach(() => {
    folder[Symbol.dispose]();
    memories[Symbol.dispose]();
  });

  /** Each judgement made differs from the one before. */
  const recall = (memory = "new/verdict.json") =>
    remembered(memories.file(memory), folder.path, async () => judgement(++asked));

  it("judges what it does not know, and remembers it in the file", async () => {
    assert.deepEqual(await recall(), judgement(1));
    assert(existsSync(memories.file("new/verdict.json")));
  });

  it("does not judge the same bytes again", async () => {
    await recall();

    assert.deepEqual(await recall(), judgement(1));
  });

  it("does not judge again for other training code", async () => {
    mkdirSync(folder.file("training/.venv"), { recursive: true });
    await recall();
    folder.write("training/train.py", "print('another')");
    folder.write("training/.venv/module.py", "");

    assert.deepEqual(await recall(), judgement(1));
  });

  for (const file of ["contract.json", "model.onnx", "holdout.csv", "golden.json"]) {
    it(`judges again when a byte is added to ${file}`, async () => {
      await recall();
      writeFileSync(folder.file(file), " ", { flag: "a" });

      assert.deepEqual(await recall(), judgement(2));
      assert.deepEqual(await recall(), judgement(2));
    });
  }

  it("judges again when a file is new, gone or renamed", async () => {
    await recall();
    folder.write("more.csv", "a");
    assert.deepEqual(await recall(), judgement(2));

    folder.remove("more.csv");
    folder.write("other.csv", "a");
    assert.deepEqual(await recall(), judgement(3));

    folder.remove("other.csv");
    assert.deepEqual(await recall(), judgement(4));
  });

  it("takes a file that is a link, as data tools put models in place", async () => {
    folder.remove("model.onnx");
    symlinkSync(path.resolve("model/model.onnx"), folder.file("model.onnx"));

    assert.deepEqual(await recall(), judgement(1));
  });

  it("remembers nothing of a judgement that failed", async () => {
    const failure = new Error("no memory");
    const failing = remembered(memories.file("verdict.json"), folder.path, () => Promise.reject(failure));

    await assert.rejects(failing, failure);
    assert.deepEqual(await recall("verdict.json"), judgement(1));
  });

  for (const text of ["", '{"key":"', "null", "{}"]) {
    it(`judges again when the file holds ${JSON.stringify(text)}`, async () => {
      memories.write("verdict.json", text);

      assert.deepEqual(await recall("verdict.json"), judgement(1));
      assert.deepEqual(await recall("verdict.json"), judgement(1));
    });
  }
});
