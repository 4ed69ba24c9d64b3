import assert from "node:assert/strict";
import { execa } from "execa";
import { ModelFolder } from "../../support/modelFolder.ts";

const validate = (...args: string[]) =>
  execa(process.execPath, ["--import", "tsx", "infra/gate/validate.ts", ...args], {
    reject: false,
    stripFinalNewline: false,
  });

describe("npm run validate", () => {
  let folder: ModelFolder;
  beforeEach(() => {
    folder = new ModelFolder();
  });
  afterEach(() => folder[Symbol.dispose]());

  it("exits with 0 and the report for a model that passes", async () => {
    const { exitCode, stdout, stderr } = await validate();

    assert.equal(exitCode, 0, stderr);
    assert.equal(stdout.split("\n")[0], "loan-approval 1.0.0 passed the gate");
    assert.equal(stdout.match(/✔/g)?.length, 5);
    assert.equal(stderr, "");
  });

  it("exits with 1 and every objection for a model that is refused", async () => {
    folder.remove("contract.json");
    const { exitCode, stdout, stderr } = await validate("--model", folder.path);

    assert.equal(exitCode, 1);
    assert.equal(
      stdout,
      `The model is refused: 1 objection
  ✘ contract  model/contract.json

model/contract.json does not exist.
  at:  model/contract.json
  fix: put the file there, or change its name in model/contract.json
`,
    );
    assert.equal(stderr, "");
  });

  for (const { args, says } of [
    { args: ["--champion"], says: "Unknown option '--champion'" },
    { args: ["model"], says: "Unexpected argument 'model'." },
    { args: ["--model"], says: "Option '--model <value>' argument missing" },
  ]) {
    it(`exits with 2 and the usage for ${args.join(" ")}`, async () => {
      const { exitCode, stdout, stderr } = await validate(...args);

      assert.equal(exitCode, 2);
      assert.equal(stdout, "");
      assert(stderr.startsWith(says), stderr);
      assert(stderr.endsWith("\n  usage: npm run validate [-- --model DIR]\n"), stderr);
    });
  }
});
