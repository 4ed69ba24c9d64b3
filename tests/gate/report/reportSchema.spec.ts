import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Check, Errors } from "typebox/value";
import { renderJson } from "../../../gate/render/json.ts";
import { CHECK_NAMES, type Report } from "../../../gate/report/report.ts";
import { type ReportJson, reportSchema, reportSchemaText } from "../../../gate/report/reportSchema.ts";
import {
  check,
  finding,
  metric,
  passedReport,
  refusedReport,
  report,
  unjudged,
} from "../../support/reports.ts";

type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;
type Whole<T> = T extends object ? { readonly [K in keyof T]-?: Whole<T[K]> } : T;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** Does not compile if the schema and the structure differ. The second finds an optional key that one of them lacks. */
const SAME: [Same<Frozen<ReportJson>, Frozen<Report>>, Same<Whole<ReportJson>, Whole<Report>>] = [true, true];

const faults = (value: unknown) =>
  Errors(reportSchema, value).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`);

const takes = (one: object) => Check(reportSchema, { ...passedReport, checks: [one] });

const without = (one: object, key: string) =>
  Object.fromEntries(Object.entries(one).filter(([name]) => name !== key));

describe("the report's schema", () => {
  it("has the keys of the report and no others, as the compiler sees it", () => {
    assert.deepEqual(SAME, [true, true]);
  });

  for (const [name, of] of Object.entries({
    passedReport,
    refusedReport,
    notJudged: report({
      verdict: "notJudged",
      checks: [unjudged("latency", "it was killed", { fault: "machine", fix: "judge it again" })],
    }),
    everyOutcome: report({
      checks: [
        check("skew", "3 rows", { objections: [finding("Bad.")], warnings: [finding("Odd.")] }),
        { name: "champion", outcome: "notAsked", why: "there is none" },
        unjudged("naive", "the model did not answer the holdout"),
      ],
    }),
    everyCheck: report({ checks: CHECK_NAMES.map((name) => check(name, "")) }),
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
    { fact: "the version before", value: { ...passedReport, version: 1 }, says: ["/version const"] },
    { fact: "a later version", value: { ...passedReport, version: 3 }, says: ["/version const"] },
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

  const judged = check("onnx", "opset 15");
  const notAsked = { name: "onnx", outcome: "notAsked", why: "it is not asked for" };
  const notJudged = unjudged("onnx", "it was killed", { fault: "machine", fix: "judge it again" });

  for (const { outcome, one, optional, others } of [
    {
      outcome: "judged",
      one: judged,
      optional: [] as string[],
      others: { why: "x", fault: "model", fix: "x" },
    },
    {
      outcome: "not asked for",
      one: notAsked,
      optional: [] as string[],
      others: { found: "x", objections: [], warnings: [], fault: "model", fix: "x" },
    },
    {
      outcome: "not judged",
      one: notJudged,
      optional: ["fix"],
      others: { found: "x", objections: [], warnings: [] },
    },
  ]) {
    it(`takes of a check that is ${outcome} all its keys, and none of another outcome`, () => {
      assert(takes(one));
      for (const key of Object.keys(one)) assert.equal(takes(without(one, key)), optional.includes(key), key);
      for (const [key, value] of Object.entries(others)) assert(!takes({ ...one, [key]: value }), key);
    });

    it(`takes no check that is ${outcome} of another name, nor of another outcome`, () => {
      assert(!takes({ ...one, name: "custom" }));
      assert(!takes({ ...one, outcome: "skipped" }));
    });
  }

  it("takes no other fault", () => {
    assert(takes({ ...notJudged, fault: "model" }));
    assert(!takes({ ...notJudged, fault: "nobody" }));
  });
});

describe("report.schema.json", () => {
  it("is what reportSchema.ts says", () => {
    assert.equal(
      readFileSync(new URL("../../../gate/report/report.schema.json", import.meta.url), "utf8"),
      reportSchemaText(),
      "gate/report/report.schema.json is out of date. Run: npm run report:schema",
    );
  });
});
