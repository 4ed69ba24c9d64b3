import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Errors } from "typebox/value";
import { renderJson } from "../../../infra/gate/render/json.ts";
import type { Report } from "../../../infra/gate/report.ts";
import { type ReportJson, reportSchema, reportSchemaText } from "../../../infra/gate/reportSchema.ts";
import { metric, passedReport, refusedReport, report } from "../../support/reports.ts";

type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;
type Whole<T> = T extends object ? { readonly [K in keyof T]-?: Whole<T[K]> } : T;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** Does not compile where the schema and the structure differ: the second finds an optional key that one of them lacks. */
const SAME: [Same<Frozen<ReportJson>, Frozen<Report>>, Same<Whole<ReportJson>, Whole<Report>>] = [true, true];

const faults = (value: unknown) =>
  Errors(reportSchema, value).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`);

describe("the report's schema", () => {
  it("has the keys of the report and no others, as the compiler sees it", () => {
    assert.deepEqual(SAME, [true, true]);
  });

  for (const [name, of] of Object.entries({
    passedReport,
    refusedReport,
    overridden: report({ verdict: "overridden", override: "an outage" }),
    recorded: report({ champion: { how: "recorded", name: "loan-approval 0.9.0", why: "no answer" } }),
    remembered: report({ remembered: true }),
    withoutNumbers: report({
      metrics: [metric({ value: Number.NaN, interval: [Number.NEGATIVE_INFINITY, Number.NaN] })],
    }),
  }))
    it(`takes the JSON of a report: ${name}`, () => {
      assert.deepEqual(faults(JSON.parse(renderJson(of))), []);
    });

  for (const { fact, value, says } of [
    { fact: "another version", value: { ...passedReport, version: 2 }, says: ["/version const"] },
    { fact: "another verdict", value: { ...passedReport, verdict: "fine" }, says: ["/verdict enum"] },
    {
      fact: "one key more",
      value: { ...passedReport, more: 1 },
      says: ["/more boolean", " additionalProperties"],
    },
    {
      fact: "a metric without its interval",
      value: report({ metrics: [{ ...metric(), interval: [0.5] as unknown as [number, number] }] }),
      says: ["/metrics/0/interval minItems"],
    },
    {
      fact: "a digest that is none",
      value: report({ model: { name: "a", version: "1", sha256: "abc" } }),
      says: ["/model/sha256 pattern"],
    },
  ])
    it(`refuses ${fact}`, () => {
      assert.deepEqual(faults(value), says);
    });
});

describe("report.schema.json", () => {
  it("is what reportSchema.ts says", () => {
    assert.equal(
      readFileSync(new URL("../../../infra/gate/report.schema.json", import.meta.url), "utf8"),
      reportSchemaText(),
      "infra/gate/report.schema.json is out of date. Run: npm run report:schema",
    );
  });
});
