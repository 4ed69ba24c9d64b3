import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { ChampionSource } from "../../../infra/gate/champion.ts";
import type { Judgement, JudgeOptions } from "../../../infra/gate/judge.ts";
import { type Demanded, judgeOnce, type Serving } from "../../../infra/gate/memory.ts";
import { ModelFolder } from "../../support/modelFolder.ts";

const modelSha256 = createHash("sha256").update(readFileSync("model/model.onnx")).digest("hex");

/** @param number Tells it from the others. */
const judgement = (
  number: number,
  remembered = false,
  verdict: "passed" | "refused" = "passed",
): Judgement => ({
  report: {
    version: 1,
    verdict,
    remembered,
    checks: [{ name: `judgement ${number}`, found: "", objections: [], warnings: [] }],
    metrics: [],
    champion: { how: "not compared", why: "there is none" },
  },
});
const again = (number: number) => judgement(number, true);

describe("judgeOnce", () => {
  let folder: ModelFolder;
  let memories: ModelFolder;
  let asked: number;
  let options: JudgeOptions | undefined;
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
  const recall = (args: Demanded & { serving?: Serving; memory?: string; verdict?: "refused" } = {}) => {
    const { memory = "new/verdict.json", verdict, ...rest } = args;
    return judgeOnce(folder.path, { memory: memories.file(memory), ...rest }, async (_, given) => {
      options = given;
      return judgement(++asked, false, verdict);
    });
  };

  it("judges what it does not know, and remembers it in the file", async () => {
    assert.deepEqual(await recall(), judgement(1));
    assert(existsSync(memories.file("new/verdict.json")));
  });

  it("does not judge the same bytes again", async () => {
    await recall();

    assert.deepEqual(await recall(), again(1));
  });

  it("does not judge again for other training code", async () => {
    mkdirSync(folder.file("training/.venv"), { recursive: true });
    await recall();
    folder.write("training/train.py", "print('another')");
    folder.write("training/.venv/module.py", "");

    assert.deepEqual(await recall(), again(1));
  });

  for (const file of ["contract.json", "model.onnx", "holdout.csv", "golden.json"]) {
    it(`judges again when a byte is added to ${file}`, async () => {
      await recall();
      writeFileSync(folder.file(file), " ", { flag: "a" });

      assert.deepEqual(await recall(), judgement(2));
      assert.deepEqual(await recall(), again(2));
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

  it("leaves a file that cannot be read to the judge", async () => {
    symlinkSync("nowhere", folder.file("other.csv"));

    assert.deepEqual(await recall(), judgement(1));
  });

  it("remembers nothing of a judgement that failed", async () => {
    const failure = new Error("no memory");
    const failing = judgeOnce(folder.path, { memory: memories.file("verdict.json") }, () =>
      Promise.reject(failure),
    );

    await assert.rejects(failing, failure);
    assert.deepEqual(await recall({ memory: "verdict.json" }), judgement(1));
  });

  it("remembers no refusal, which may have been the machine's fault", async () => {
    await recall({ verdict: "refused" });

    assert.deepEqual(await recall(), judgement(2));
  });

  for (const text of ["", '{"key":"', "null", "{}"]) {
    it(`judges again when the file holds ${JSON.stringify(text)}`, async () => {
      memories.write("verdict.json", text);

      assert.deepEqual(await recall({ memory: "verdict.json" }), judgement(1));
      assert.deepEqual(await recall({ memory: "verdict.json" }), again(1));
    });
  }

  it("judges again when the stack demands something else, or has another override", async () => {
    await recall({ floors: {} });
    assert.deepEqual(await recall({ floors: { accuracy: 0.9 } }), judgement(2));

    const override = { sha256: modelSha256, reason: "an emergency" };
    assert.deepEqual(await recall({ floors: { accuracy: 0.9 }, override }), judgement(3));
    assert.deepEqual(options?.floors, { accuracy: 0.9 });
    assert.deepEqual(options?.override, override);
  });

  describe("with a release that serves", () => {
    const source: ChampionSource = { name: "release a", folder: "somewhere" };
    const serving = (sha256: string): Serving => ({ sha256, find: async () => source });

    it("compares with it, and judges again when another one serves", async () => {
      await recall({ serving: serving("one") });
      assert.deepEqual(options?.champion, source);
      assert.deepEqual(await recall({ serving: serving("one") }), again(1));
      assert.deepEqual(await recall({ serving: serving("two") }), judgement(2));
    });

    it("does not judge again when the model itself has become what serves", async () => {
      await recall({ serving: serving("one") });

      assert.deepEqual(await recall({ serving: serving(modelSha256) }), again(1));
    });

    it("compares a model with itself as little as with nothing", async () => {
      await recall({ serving: serving(modelSha256) });
      assert.deepEqual(options?.champion, { none: "it is the model that serves now" });

      await recall({ memory: "other.json" });
      assert.equal(options?.champion, undefined);
    });
  });
});
