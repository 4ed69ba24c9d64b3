import assert from "node:assert/strict";
import { problemInstance, requestIdOf } from "../../../service/src/http/requestId.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("requestIdOf", () => {
  for (const id of [
    "a",
    "7f3e1c5a-0b1d-4a57-9c1e-2f8d8a1b6c3d",
    "Root=1-67891233-abcdef012345678912345678",
    "user@host:1.2_3~4+5/6=",
    "x".repeat(128),
  ]) {
    it(`takes the caller's ${JSON.stringify(id.slice(0, 50))}`, () => {
      assert.equal(requestIdOf({ "x-request-id": id }), id);
    });
  }

  for (const [what, id] of [
    ["none", undefined],
    ["an empty one", ""],
    ["one of 129 characters", "x".repeat(129)],
    ["one with a space", "a b"],
    ["one with a quote", 'a"b'],
    ["one with a line break", "a\nb"],
    ["one with letters beyond ASCII", "ä"],
    ["one that begins with a slash", "/a"],
  ] as const) {
    it(`makes one up for ${what}`, () => {
      assert.match(requestIdOf({ "x-request-id": id }), UUID);
    });
  }

  it("makes up another each time", () => {
    assert.notEqual(requestIdOf({}), requestIdOf({}));
  });
});

describe("problemInstance", () => {
  it("is a URN", () => {
    assert.equal(problemInstance("a/b=1"), "urn:slipway:request:a/b=1");
  });
});
