import assert from "node:assert/strict";
import { adviceText, FixableError } from "../../common/fixableError.ts";
import { CannotJudge } from "../../gate/index.ts";
import { PipelineError } from "../../pipeline/pipelineError.ts";
import { RegistryError } from "../../registry/index.ts";
import { SandboxError } from "../../sandbox/sandboxError.ts";

describe("adviceText", () => {
  for (const { advice, is } of [
    { advice: { at: "a.json", fix: "mend it" }, is: "It is broken.\n  at:  a.json\n  fix: mend it" },
    { advice: { fix: "mend it" }, is: "It is broken.\n  fix: mend it" },
    { advice: undefined, is: "It is broken." },
  ])
    it(`says ${Object.keys(advice ?? {}).join(" and ") || "nothing more than what is wrong"}`, () => {
      assert.equal(adviceText("It is broken.", advice), is);
    });
});

describe("FixableError", () => {
  for (const { name, error, at } of [
    { name: "CannotJudge", error: new CannotJudge("Broken.", "mend it"), at: undefined },
    {
      name: "PipelineError",
      error: new PipelineError("Broken.", { at: "here", fix: "mend it" }),
      at: "here",
    },
    { name: "RegistryError", error: new RegistryError("Broken.", "here", "mend it"), at: "here" },
    { name: "SandboxError", error: new SandboxError("Broken.", { at: "here", fix: "mend it" }), at: "here" },
  ])
    it(`is what ${name} is, with the same layout`, () => {
      assert(error instanceof FixableError);
      assert.deepEqual([error.name, error.what, error.at, error.fix], [name, "Broken.", at, "mend it"]);
      assert.equal(error.message, adviceText("Broken.", { ...(at && { at }), fix: "mend it" }));
    });
});
