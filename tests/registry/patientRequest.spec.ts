import assert from "node:assert/strict";
import { reason } from "../../registry/patientRequest.ts";

const refused = (address: string) => new Error(`connect ECONNREFUSED ${address}`);

describe("reason", () => {
  for (const { title, cause, says } of [
    {
      title: "what fetch hides",
      cause: refused("127.0.0.1:5000"),
      says: "connect ECONNREFUSED 127.0.0.1:5000",
    },
    {
      title: "the first of several addresses",
      cause: new AggregateError([refused("::1:5000"), refused("127.0.0.1:5000")]),
      says: "connect ECONNREFUSED ::1:5000",
    },
    { title: "fetch's own words if it hides nothing", cause: undefined, says: "fetch failed" },
  ])
    it(`names ${title}`, () => {
      assert.equal(reason(new TypeError("fetch failed", { cause })), says);
    });
});
