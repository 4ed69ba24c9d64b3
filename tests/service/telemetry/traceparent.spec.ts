import assert from "node:assert/strict";
import { readTraceparent } from "../../../service/src/telemetry/traceparent.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

describe("readTraceparent", () => {
  for (const [what, header, traceFlags] of [
    ["a recorded caller", `00-${TRACE}-${SPAN}-01`, 1],
    ["a caller that is not recorded", `00-${TRACE}-${SPAN}-00`, 0],
    ["a later version with more fields", `01-${TRACE}-${SPAN}-03-more`, 3],
  ] as const) {
    it(`reads ${what}`, () => {
      assert.deepEqual(readTraceparent(header), { traceId: TRACE, spanId: SPAN, traceFlags });
    });
  }

  for (const [what, header] of [
    ["no header", undefined],
    ["two headers", [`00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-01`]],
    ["the version ff", `ff-${TRACE}-${SPAN}-01`],
    ["more fields than this version has", `00-${TRACE}-${SPAN}-01-more`],
    ["a trace of zeros", `00-${"0".repeat(32)}-${SPAN}-01`],
    ["a span of zeros", `00-${TRACE}-${"0".repeat(16)}-01`],
    ["capital letters", `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ["something short", `00-${TRACE}-${SPAN}`],
  ] as const) {
    it(`takes ${what} as none`, () => {
      assert.equal(readTraceparent(header as string | string[] | undefined), undefined);
    });
  }
});
