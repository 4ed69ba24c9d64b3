import assert from "node:assert/strict";
import { type Pin, pinText } from "../../../infra/release/pin.ts";
import { parsePinRequest, pinAfter, pinnedEntry } from "../../../infra/release/pinRequest.ts";
import { recorded } from "../../support/recordedRelease.ts";

const pin: Pin = { release: "a", reason: "it was good", by: "Grace", since: "2026-02-03T04:05:06.000Z" };
const other: Pin = { ...pin, release: "b" };

describe("a pin", () => {
  for (const { fact, request, is } of [
    { fact: "stays where nothing is requested", request: undefined, is: pin },
    { fact: "stays where the request is empty", request: parsePinRequest(""), is: pin },
    { fact: "is replaced", request: parsePinRequest(JSON.stringify({ pin: other })), is: other },
    { fact: "is taken away", request: parsePinRequest('{"pin":null}'), is: undefined },
  ])
    it(fact, () => {
      assert.deepEqual(pinAfter(pin, request), is);
    });

  it("is set if there was none", () => {
    assert.equal(pinAfter(undefined, { pin }), pin);
    assert.equal(pinAfter(undefined, undefined), undefined);
  });

  it("stands for the newest entry of its release, brought back at that time, by that person, for that reason", () => {
    const first = recorded("a", { image: "old" });
    const last = recorded("a", { image: "new" });

    assert.deepEqual(pinnedEntry([first, recorded("b"), last, recorded("c")], pin, undefined), {
      ...last,
      time: pin.since,
      by: "Grace",
      rollback: "it was good",
    });
    assert.equal(pinnedEntry([recorded("b")], pin, undefined), undefined);
  });

  it("stands for another stack's entry when that is promoted, which was no rollback here", () => {
    const promoted = recorded("a", { image: "theirs", rollback: "it was good there" });
    const own = recorded("a", { image: "ours" });
    const { rollback: _, ...entry } = promoted;

    assert.deepEqual(pinnedEntry([own], { ...pin, promotedFrom: "staging" }, promoted), {
      ...entry,
      time: pin.since,
      by: "Grace",
      promotedFrom: "staging",
    });
  });

  it("is said in one line", () => {
    assert.equal(pinText(pin), "pinned to a since 2026-02-03T04:05:06.000Z by Grace: it was good");
  });
});
