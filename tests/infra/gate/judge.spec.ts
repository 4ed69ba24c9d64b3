import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { type Judgement, type JudgeOptions, judge } from "../../../infra/gate/judge.ts";
import { type Finding, objections, type Report } from "../../../infra/gate/report.ts";
import { aroundLinearModel } from "../../support/badArtefacts.ts";
import { ModelFolder } from "../../support/modelFolder.ts";

/** Judges a copy of the model folder that `breakIt` has changed. */
async function judged(breakIt: (folder: ModelFolder) => void, options?: JudgeOptions): Promise<Judgement> {
  using folder = new ModelFolder();
  breakIt(folder);
  return await judge(folder.path, options);
}

const stateOf = (report: Report) =>
  Object.fromEntries(
    report.checks.map(({ name, objections, notJudged }) => [name, notJudged ?? objections.length]),
  );

const missing = (file: string, fix: string) => ({
  what: `model/${file} does not exist.`,
  where: `model/${file}`,
  fix,
});

const byPlace = (a: Finding, b: Finding) => a.where.localeCompare(b.where);

describe("judge", () => {
  it("finds nothing wrong with the model of this project, and compares it with none", async () => {
    const { report, contract } = await judge("model");

    assert.equal(report.verdict, "passed");
    assert.equal(contract?.name, "loan-approval");
    assert.deepEqual(
      report.checks.map(({ name, objections, warnings }) => [name, ...objections, ...warnings]),
      [
        ["contract"],
        ["onnx"],
        ["loads"],
        ["schema"],
        ["golden"],
        ["nondeterminism"],
        ["holdout"],
        ["skew"],
        ["repeatedRows"],
        ["leakage"],
        ["metrics"],
        ["champion"],
        ["naive"],
        ["weakSegments"],
        ["batchDependence"],
        ["invariances"],
        ["latency"],
        ["memory"],
      ],
    );
    assert.match(report.model?.sha256 ?? "", /^[0-9a-f]{64}$/);
    assert.equal(report.holdout?.rows, 3000);
    assert.equal(report.metrics[0]?.value.toFixed(4), "0.9073");
    assert.deepEqual(report.champion, { how: "not compared", why: "no other model was named" });
  });

  it("names every missing file at once, and judges what it can", async () => {
    const { report } = await judged((folder) => {
      for (const file of ["model.onnx", "golden.json", "holdout.csv"]) folder.remove(file);
    });

    const fix = "put the file there, or change its name in model/contract.json";
    assert.deepEqual(objections(report), [
      missing("model.onnx", "put the model there; README.md says how"),
      missing("golden.json", fix),
      missing("holdout.csv", fix),
    ]);
    assert.deepEqual(stateOf(report), {
      contract: 0,
      onnx: 1,
      loads: "it is no model that could be loaded",
      schema: "the model does not load",
      golden: 1,
      nondeterminism: "the model answered no golden request",
      holdout: 1,
      skew: "the holdout cannot be used",
      repeatedRows: "the holdout cannot be used",
      leakage: "the holdout cannot be used",
      metrics: "the model did not answer the holdout",
      champion: "the model has no answers to be compared",
      naive: "the model did not answer the holdout",
      weakSegments: "the model did not answer the holdout",
      batchDependence: "the model did not answer the holdout",
      invariances: "the holdout cannot be used",
      latency: "the model was not run",
      memory: "the model was not run to the end",
    });
  });

  it("names a file that cannot be read", async () => {
    const { report } = await judged((folder) => {
      folder.remove("golden.json");
      mkdirSync(folder.file("golden.json"));
    });

    assert.deepEqual(objections(report), [
      {
        what: "model/golden.json cannot be read: EISDIR: illegal operation on a directory, read",
        where: "model/golden.json",
        fix: "put the file there, or change its name in model/contract.json",
      },
    ]);
  });

  for (const { fact, breakIt, refusal } of [
    {
      fact: "says that there is no contract",
      breakIt: (folder: ModelFolder) => folder.remove("contract.json"),
      refusal: [
        {
          what: "model/contract.json does not exist.",
          where: "model/contract.json",
          fix: "put it there: npm run adopt writes one",
        },
      ],
    },
    {
      fact: "says that a contract demands nothing",
      breakIt: (folder: ModelFolder) =>
        folder.editJson("contract.json", (contract) => delete contract.validation),
      refusal: [
        {
          what: "The contract demands nothing: it has no validation.",
          where: "model/contract.json, /validation",
          fix: "say what the model must achieve: docs/gate.md has what can be demanded, docs/adopt.md an example",
        },
      ],
    },
    {
      fact: "names every problem of a contract, with the fix where there is one",
      breakIt: (folder: ModelFolder) =>
        folder.editJson("contract.json", (contract) => {
          contract.inputz = [];
          contract.version = "";
          contract.validation.metrics.accuracy.min = 85;
        }),
      refusal: [
        {
          what: "/version: must be at most 63 of letters, digits, '.', '_' and '-', with a letter or digit at either end, got \"\"",
          where: "model/contract.json, /version",
          fix: "model/contract.schema.json says what may stand there",
        },
        {
          what: "/validation/metrics/accuracy/min: must be at most 1, got 85",
          where: "model/contract.json, /validation/metrics/accuracy/min",
          fix: "model/contract.schema.json says what may stand there",
        },
        {
          what: "/inputz: is not a key that a contract has here",
          where: "model/contract.json, /inputz",
          fix: 'did you mean "inputs"?',
        },
      ],
    },
    {
      fact: "says where a contract stops being JSON",
      breakIt: (folder: ModelFolder) => folder.write("contract.json", '{\n  "name": ,\n}'),
      refusal: [
        {
          what: 'The contract: is not JSON: expected a value, found ","',
          where: "model/contract.json:2:11",
          fix: "model/contract.schema.json says what may stand there",
        },
      ],
    },
  ]) {
    it(`${fact}, and judges no further`, async () => {
      const { report, contract } = await judged(breakIt);

      assert.equal(contract, undefined);
      assert.deepEqual(
        { ...report, checks: report.checks.map(({ name, found }) => ({ name, found })) },
        {
          version: 1,
          remembered: false,
          verdict: "refused",
          checks: [{ name: "contract", found: "model/contract.json" }],
          metrics: [],
          champion: { how: "not compared", why: "there is no contract" },
        },
      );
      assert.deepEqual(objections(report).toSorted(byPlace), refusal.toSorted(byPlace));
    });
  }

  it("lists the objections of every check: a wrong golden answer, a floor, a drop, a budget", async () => {
    const { report } = await judged(
      (folder) => {
        aroundLinearModel(folder);
        folder.editJson("golden.json", ({ requests: [request] }) => {
          request.outputs.label = [0];
        });
        folder.editJson("contract.json", ({ validation }) => {
          validation.metrics.accuracy.min = 0.9;
          validation.budgets = { memoryMebibytes: 0.001 };
        });
      },
      { champion: { name: "the example", folder: "model" } },
    );

    const objecting = report.checks.filter(({ objections }) => objections.length > 0);
    assert.deepEqual(
      objecting.map(({ name }) => name),
      ["golden", "metrics", "champion", "memory"],
    );
  });

  describe("with a champion", () => {
    it("judges both on the same rows", async () => {
      const { report } = await judged(() => {}, { champion: { name: "itself", folder: "model" } });

      assert.equal(report.verdict, "passed");
      assert.deepEqual(report.champion, { how: "judged", name: "itself" });
      const [accuracy] = report.metrics;
      assert.equal(accuracy?.champion?.value, accuracy?.value);
      assert.equal(accuracy?.champion?.difference, 0);
    });

    it("takes what was recorded of the same rows where its image is not to be had, and says so", async () => {
      const { holdout } = (await judge("model")).report;
      const bytes = readFileSync("model/holdout.csv");
      assert.equal(holdout?.sha256, createHash("sha256").update(bytes).digest("hex"));
      const recorded = { metrics: { accuracy: 0.95 }, holdoutSha256: holdout.sha256 };
      const image = `127.0.0.1:9/none@sha256:${"0".repeat(64)}`;

      const { report } = await judged(() => {}, { champion: { name: "release a", image, recorded } });

      assert.equal(report.champion.how, "recorded");
      assert.equal(report.verdict, "refused");
      const [objection, ...others] = objections(report);
      assert.match(
        objection?.what ?? "",
        /^accuracy is 0\.9073, and 0\.9500 in the record of release a, on the same 3,000 rows: /,
      );
      assert.deepEqual(others, []);

      const other = await judged(() => {}, {
        champion: { name: "release a", image, recorded: { ...recorded, holdoutSha256: "another" } },
      });
      assert.equal(other.report.verdict, "passed");
      assert.equal(other.report.champion.how, "not compared");
    });

    it("does not hold against a model that the champion's contract is faulty", async () => {
      using champion = new ModelFolder();
      champion.editJson("contract.json", (contract) => {
        contract.colour = "red";
      });

      const { report } = await judged(() => {}, { champion: { name: "the old one", folder: champion.path } });

      assert.equal(report.verdict, "passed");
      assert.match(
        report.champion.how === "not compared" ? report.champion.why : "",
        /^the old one is not comparable: contract\.json has a problem:\n {2}\/colour: /,
      );
    });

    it("does not hold against a model that the champion takes other columns", async () => {
      using champion = new ModelFolder();
      champion.editJson("contract.json", ({ inputs: [input], validation }) => {
        input.columns[0].name = "salary";
        delete validation.invariances;
      });

      const { report } = await judged(() => {}, { champion: { name: "the old one", folder: champion.path } });

      assert.equal(report.verdict, "passed");
      assert.deepEqual(report.champion, {
        how: "not compared",
        why: 'the old one is not comparable: The holdout has no column "salary"; it has income, age, credit_score, approved.',
      });
    });
  });
});
