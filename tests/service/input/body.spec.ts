import assert from "node:assert/strict";
import { refuseTooDeepJson } from "../../../service/src/input/body.ts";
import { RequestError } from "../../../service/src/problems/requestError.ts";

const check = (json: string) => () => refuseTooDeepJson(Buffer.from(json));

describe("refuseTooDeepJson", () => {
  for (const [open, close] of [
    ["[", "]"],
    ['{"a":', "}"],
  ] as const) {
    it(`takes 32 levels of ${open} and no more`, () => {
      check(`${open.repeat(32)}1${close.repeat(32)}`)();
      assert.throws(
        check(`${open.repeat(33)}1${close.repeat(33)}`),
        (error) => error instanceof RequestError && error.problem.status === 422,
      );
    });
  }

  for (const json of [
    `[${"[1],".repeat(1_000)}1]`,
    `["${"[".repeat(100)}"]`,
    `["\\"${"[".repeat(100)}"]`,
    `["\\\\",[1],"${"{".repeat(100)}"]`,
  ])
    it(`counts levels, and not what is closed or text: ${json.slice(0, 30)}…`, () => {
      assert.doesNotThrow(check(json));
    });

  it("sees what comes after text", () => {
    assert.throws(check(`["\\\\",${"[".repeat(40)}`));
  });

  it("takes far less time than it takes to parse", () => {
    const brackets = `${"[".repeat(500_000)}${"]".repeat(500_000)}`;
    // By the clock it depends on what else the machine does.
    const before = process.cpuUsage();
    assert.throws(check(brackets));
    const { user, system } = process.cpuUsage(before);

    assert(user + system < 20_000, `${user + system} µs`);
  });
});
