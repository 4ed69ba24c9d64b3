import assert from "node:assert/strict";
import { wantsColour } from "../../common/colour.ts";

describe("wantsColour", () => {
  for (const { isTTY, env, is } of [
    { isTTY: true, env: {}, is: true },
    { isTTY: true, env: { TERM: "xterm-256color" }, is: true },
    { isTTY: true, env: { TERM: "dumb" }, is: false },
    { isTTY: false, env: {}, is: false },
    { isTTY: false, env: { CI: "true" }, is: false },
    { isTTY: true, env: { NO_COLOR: "1" }, is: false },
    { isTTY: true, env: { NO_COLOR: "" }, is: true },
    { isTTY: false, env: { FORCE_COLOR: "1" }, is: true },
    { isTTY: false, env: { FORCE_COLOR: "1", TERM: "dumb" }, is: true },
    { isTTY: true, env: { FORCE_COLOR: "0" }, is: false },
    { isTTY: true, env: { FORCE_COLOR: "1", NO_COLOR: "1" }, is: false },
  ])
    it(`is ${is} ${isTTY ? "on a terminal" : "in a file"} with ${JSON.stringify(env)}`, () => {
      assert.equal(wantsColour({ isTTY }, env), is);
    });
});
