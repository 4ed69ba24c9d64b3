import assert from "node:assert/strict";
import { answeredOutputs } from "../../contract/answeredOutputs.ts";

describe("answeredOutputs", () => {
  it("are the prediction, and the scores if there are any", () => {
    assert.deepEqual(answeredOutputs({ prediction: "y" }), ["y"]);
    assert.deepEqual(answeredOutputs({ prediction: "y", scores: "p" }), ["y", "p"]);
  });
});
