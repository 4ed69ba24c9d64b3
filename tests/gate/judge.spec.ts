import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { type Judgement, type JudgeOptions, judge } from "../../gate/judge.ts";
import { PassedModel } from "../../gate/report/passedModel.ts";
import {
  CHECK_NAMES,
  type Check,
  type CheckName,
  type Finding,
  objections,
  type Report,
  warnings,
} from "../../gate/report/report.ts";
import { exitCodeOf } from "../../gate/report/verdict.ts";
import { loanModel } from "../support/attackModels.ts";
import { aroundLinearModel } from "../support/badArtefacts.ts";
import { broken } from "../support/brokenWire.ts";
import { handedOn } from "../support/handedOn.ts";
import { ModelFolder } from "../support/modelFolder.ts";
import { node } from "../support/onnxBuilder.ts";
import { crashAtRunModel } from "../support/onnxModels.ts";

/** SHA-256 of a file in the model folder, in hex. */
const sha256Of = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");

const spawn = handedOn();

/** Judges a copy of the model folder that `breakIt` has changed. */
async function judged(breakIt: (folder: ModelFolder) => void, options?: JudgeOptions): Promise<Judgement> {
  using folder = new ModelFolder();
  breakIt(folder);
  return await judge(folder.path, { spawn, ...options });
}

/** The number of objections, or why there is none. */
function state(check: Check): number | string {
  switch (check.outcome) {
    case "judged":
      return check.objections.length;
    case "notAsked":
      return `not asked: ${check.why}`;
    case "notJudged":
      return `not judged, the ${check.fault}'s fault: ${check.why}`;
  }
}
const stateOf = (report: Report) =>
  Object.fromEntries(report.checks.map((check) => [check.name, state(check)]));

/** The outcome of every check: judged without an objection by default. */
const allBut = (others: Partial<Record<CheckName, number | string>>) => ({
  ...Object.fromEntries(CHECK_NAMES.map((name) => [name, 0])),
  ...others,
});

/** These need only the model's file. */
const OF_FILES: readonly CheckName[] = ["contract", "onnx", "skew", "repeatedRows", "leakage"];
/** Outcome of all checks that need the model to run. */
const ofNoRun = (why: string) =>
  Object.fromEntries(
    CHECK_NAMES.filter((name) => !OF_FILES.includes(name) && name !== "champion").map((name) => [name, why]),
  );

const checkOf = (report: Report, name: CheckName) => report.checks.find((check) => check.name === name);

const NO_OTHER = "not asked: no other model was named";

const missing = (file: string, fix: string) => ({
  what: `model/${file} does not exist.`,
  where: `model/${file}`,
  fix,
});

const byPlace = (a: Finding, b: Finding) => a.where.localeCompare(b.where);

/** Removes everything that demands right answers from a contract. */
function demandNothing(contract: any): void {
  contract.task = "raw";
  delete contract.scores;
  delete contract.classes;
  contract.validation = { golden: contract.validation.golden };
}

const highFloor = (folder: ModelFolder) =>
  folder.editJson("contract.json", ({ validation }) => {
    validation.metrics.accuracy.min = 0.999;
  });
const otherAnswer = (folder: ModelFolder) =>
  folder.editJson("golden.json", ({ requests: [request] }) => {
    request.outputs.label = request.outputs.label.map((label: number) => 1 - label);
  });

/** Differences of the metrics from those of a champion, which is the example with changes. */
const against = async (change: (champion: ModelFolder) => void, ours?: (folder: ModelFolder) => void) => {
  using champion = new ModelFolder();
  change(champion);
  const { report } = await judged(ours ?? (() => {}), {
    champion: { name: "the old one", folder: champion.path },
  });
  assert.deepEqual(report.champion, { how: "judged", name: "the old one" });
  return Object.fromEntries(report.metrics.map(({ metric, champion }) => [metric, champion?.difference]));
};

const unlisted = (folder: ModelFolder) =>
  folder.editJson("contract.json", (contract) => {
    delete contract.classes;
    delete contract.scores;
    contract.validation.metrics = { accuracy: { min: 0.2 } };
    delete contract.validation.slices;
    delete contract.validation.invariances;
    delete contract.validation.classes;
  });

describe("judge", () => {
  it("finds nothing wrong with the model of this project, and compares it with none", async () => {
    const { report, contract } = await judge("model", { spawn });

    assert.deepEqual([report.version, report.verdict, report.remembered], [2, "passed", false]);
    assert.equal(contract?.name, "loan-approval");
    assert.deepEqual(
      report.checks.map(({ name }) => name),
      [
        "contract",
        "onnx",
        "loads",
        "schema",
        "golden",
        "nondeterminism",
        "holdout",
        "agreement",
        "skew",
        "repeatedRows",
        "leakage",
        "metrics",
        "champion",
        "naive",
        "weakSegments",
        "batchDependence",
        "declaredValues",
        "invariances",
        "latency",
        "memory",
      ],
    );
    assert.deepEqual(stateOf(report), allBut({ champion: NO_OTHER }));
    assert.deepEqual(warnings(report), []);
    assert.deepEqual(report.model, {
      name: "loan-approval",
      version: "1.0.0",
      sha256: sha256Of("model/model.onnx"),
    });
    assert.deepEqual(report.holdout, {
      file: "model/holdout.csv",
      rows: 3000,
      sha256: sha256Of("model/holdout.csv"),
    });
    assert.deepEqual(report.golden, { file: "model/golden.json", sha256: sha256Of("model/golden.json") });
    assert.equal(report.metrics[0]?.value.toFixed(4), "0.9073");
    assert.deepEqual(report.champion, { how: "not compared", why: "no other model was named" });
  });

  it("names every missing file at once, and judges what it can", async () => {
    const { report, passed } = await judged((folder) => {
      for (const file of ["model.onnx", "golden.json", "holdout.csv"]) folder.remove(file);
    });

    assert.deepEqual([report.verdict, passed], ["refused", undefined]);
    assert.deepEqual(
      [report.model, report.golden, report.holdout],
      [{ name: "loan-approval", version: "1.0.0" }, undefined, undefined],
    );
    const fix = "put the file there, or change its name in model/contract.json";
    assert.deepEqual(objections(report), [
      missing("model.onnx", "put the model there; README.md says how"),
      missing("golden.json", fix),
      missing("holdout.csv", fix),
    ]);
    const noModel = "not judged, the model's fault: its file is refused";
    const noHoldout = "not judged, the model's fault: the holdout cannot be used";
    assert.deepEqual(stateOf(report), {
      contract: 0,
      onnx: 1,
      loads: noModel,
      schema: noModel,
      golden: 1,
      nondeterminism: "not judged, the model's fault: the model answered no golden request",
      holdout: 1,
      agreement: noHoldout,
      skew: noHoldout,
      repeatedRows: noHoldout,
      leakage: noHoldout,
      metrics: noHoldout,
      champion: NO_OTHER,
      naive: noHoldout,
      weakSegments: noHoldout,
      batchDependence: noHoldout,
      declaredValues: "not judged, the model's fault: there is no row in which a value could be tried",
      invariances: noHoldout,
      latency: noModel,
      memory: noModel,
    });
  });

  it("says of a model without a holdout what is not asked for, and why", async () => {
    const noHoldout = "not asked: the contract names no holdout";
    const unknown = "not asked: the right answers of a raw model are not known";
    const state = {
      holdout: noHoldout,
      agreement: "not asked: a raw model gives neither labels nor scores",
      skew: noHoldout,
      repeatedRows: noHoldout,
      leakage: unknown,
      metrics: "not asked: neither contract nor stack demands any",
      naive: unknown,
      weakSegments: unknown,
      batchDependence: noHoldout,
      invariances: "not asked: the contract names none",
    };
    const first = await judged((folder) =>
      folder.editJson("contract.json", (contract) => {
        demandNothing(contract);
        for (const column of contract.inputs[0].columns) {
          delete column.min;
          delete column.max;
        }
      }),
    );
    const second = await judged((folder) => folder.editJson("contract.json", demandNothing), {
      champion: { name: "the example", folder: "model" },
    });

    assert.deepEqual(
      stateOf(first.report),
      allBut({
        ...state,
        champion: NO_OTHER,
        declaredValues: "not asked: the contract declares no ranges, categories or texts",
      }),
    );
    assert.deepEqual(
      stateOf(second.report),
      allBut({ ...state, champion: "not asked: there are no rows to compare on" }),
    );
    for (const { report, passed } of [first, second]) {
      assert.deepEqual([report.verdict, report.metrics, report.holdout], ["passed", [], undefined]);
      assert.equal(report.golden?.sha256, sha256Of("model/golden.json"));
      assert(passed instanceof PassedModel);
    }
  });

  it("refuses a model that ends its own process, and says of no other check that it was judged", async () => {
    const { report, passed } = await judged((folder) => aroundLinearModel(folder, crashAtRunModel()));

    const ended = "not judged, the model's fault: the model's process ended before that";
    assert.deepEqual([report.verdict, passed], ["refused", undefined]);
    assert.deepEqual(
      stateOf(report),
      allBut({
        ...ofNoRun(ended),
        loads: 0,
        schema: 0,
        golden: 1,
        nondeterminism: "not judged, the model's fault: the model answered no golden request",
        champion: NO_OTHER,
        invariances: "not asked: the contract names none",
        latency:
          "not judged, the model's fault: the model fails on rows or requests that it would be timed with",
      }),
    );
  });

  for (const { fact, spawn, why, before } of [
    {
      fact: "its process is killed from outside",
      spawn: broken("killedChild", 0),
      why: /^The process that runs the model was ended by SIGKILL, as the system does when memory runs out\.$/,
      before: [],
    },
    {
      fact: "its process is killed from outside while it answers the holdout",
      spawn: broken("killedChild", 1 + 2 * 8 + 1), // loaded, and each golden request twice
      why: /^The process that runs the model was ended by SIGKILL, as the system does when memory runs out\.$/,
      before: ["loads", "schema", "golden"],
    },
    {
      fact: "an answer of its process was lost",
      spawn: broken("lostMessage", 1 + 2 * 8),
      why: /^Answer 18 of the process that runs the model did not arrive\.$/,
      before: ["loads", "schema", "golden"],
    },
    {
      fact: "its process has sent more answers than have arrived, which comes out at the end",
      spawn: broken("miscount", 0),
      why: /^It has sent \d+ answers, and \d+ were asked for\.$/,
      before: [],
    },
  ])
    it(`says nothing of a model if ${fact}, and lets it through only by an override`, async () => {
      const { report, passed } = await judged(() => {}, { spawn });

      assert.deepEqual([report.verdict, exitCodeOf(report.verdict)], ["notJudged", 2]);
      assert.equal(passed, undefined);
      assert.deepEqual(objections(report), []);
      const open = report.checks.filter((check) => check.outcome === "notJudged");
      assert.match(open[0]?.why ?? "", why);
      for (const check of open)
        assert.deepEqual(
          { ...check, name: "" },
          {
            name: "",
            outcome: "notJudged",
            why: open[0]?.why,
            fault: "machine",
            fix: "judge it again, on a machine that has the memory and the time for it",
          },
        );
      assert.deepEqual(
        stateOf(report),
        allBut({
          ...ofNoRun(`not judged, the machine's fault: ${open[0]?.why}`),
          ...Object.fromEntries(before.map((name) => [name, 0])),
          champion: NO_OTHER,
        }),
      );
      assert.deepEqual(report.metrics, []);

      const override = { sha256: sha256Of("model/model.onnx").slice(0, 12), reason: "an emergency" };
      const second = await judged(() => {}, { spawn, override });
      const isLoaded = before.includes("golden"); // the service itself needs it
      assert.equal(second.report.verdict, isLoaded ? "overridden" : "notJudged");
      assert.equal(second.passed instanceof PassedModel, isLoaded);
    });

  describe("gives a model to build", () => {
    const override = { sha256: sha256Of("model/model.onnx").slice(0, 12), reason: "an emergency" };
    for (const { verdict, fact, breakIt, options } of [
      { verdict: "passed", fact: "without an objection", breakIt: () => {}, options: {} },
      { verdict: "passed", fact: "that needs no override", breakIt: () => {}, options: { override } },
      { verdict: "overridden", fact: "that an override means", breakIt: highFloor, options: { override } },
    ] as const)
      it(`if it is ${verdict}: one ${fact}`, async () => {
        using folder = new ModelFolder();
        breakIt(folder);

        const { report, contract, passed } = await judge(folder.path, { spawn, ...options });

        assert.equal(report.verdict, verdict);
        assert.equal(report.override, verdict === "overridden" ? "an emergency" : undefined);
        assert(passed instanceof PassedModel);
        PassedModel.assert(passed);
        assert.deepEqual(Object.fromEntries(Object.entries(passed)), {
          folder: folder.path,
          contract,
          sha256: sha256Of("model/model.onnx"),
          report,
        });
      });

    const another = { ...override, sha256: "0123456789ab" };
    for (const { verdict, fact, breakIt, options } of [
      { verdict: "refused", fact: "under its floor", breakIt: highFloor, options: {} },
      {
        verdict: "refused",
        fact: "for which there is an override of another",
        breakIt: highFloor,
        options: { override: another },
      },
      {
        verdict: "refused",
        fact: "on whose answers the service cannot stand, with an override",
        breakIt: otherAnswer,
        options: { override },
      },
      {
        verdict: "refused",
        fact: "without a contract, with an override",
        breakIt: (folder: ModelFolder) => folder.remove("contract.json"),
        options: { override },
      },
      {
        verdict: "notJudged",
        fact: "whose process was killed",
        breakIt: () => {},
        options: { spawn: broken("killedChild", 0) },
      },
    ] as const)
      it(`not if it is ${verdict}: one ${fact}`, async () => {
        const judgement = await judged(breakIt, options);

        assert.equal(judgement.report.verdict, verdict);
        assert(!("passed" in judgement));
        assert.equal(judgement.report.override, undefined);
      });
  });

  it("names a file that cannot be read", async () => {
    const { report } = await judged((folder) => {
      folder.remove("golden.json");
      mkdirSync(folder.file("golden.json"));
    });

    assert.deepEqual(objections(report), [
      {
        what: "model/golden.json cannot be read: it is a folder.",
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
          fix: "say what the model must achieve: docs/gate.md lists what can be demanded, docs/adopt.md has an example",
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
          what: "/version: must have at most 63 letters, digits, '.', '_' and '-', with a letter or digit at either end, got \"\"",
          where: "model/contract.json, /version",
          fix: "contract/contract.schema.json says what is allowed there",
        },
        {
          what: "/validation/metrics/accuracy/min: must be at most 1, got 85",
          where: "model/contract.json, /validation/metrics/accuracy/min",
          fix: "contract/contract.schema.json says what is allowed there",
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
          fix: "contract/contract.schema.json says what is allowed there",
        },
      ],
    },
  ]) {
    it(`${fact}, and judges no further`, async () => {
      const { report, contract, passed } = await judged(breakIt);

      assert.deepEqual([contract, passed], [undefined, undefined]);
      const [check, ...others] = report.checks;
      assert(check?.outcome === "judged");
      assert.deepEqual(
        { ...report, checks: [{ ...check, objections: check.objections.length }, ...others] },
        {
          version: 2,
          remembered: false,
          verdict: "refused",
          checks: [
            {
              name: "contract",
              outcome: "judged",
              found: "model/contract.json",
              objections: refusal.length,
              warnings: [],
            },
          ],
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

    const objecting = report.checks.filter(
      (check) => check.outcome === "judged" && check.objections.length > 0,
    );
    assert.deepEqual(
      objecting.map(({ name }) => name),
      ["golden", "metrics", "champion", "memory"],
    );
    assert.equal(report.verdict, "refused");
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

    const image = `127.0.0.1:9/none@sha256:${"0".repeat(64)}`;
    const recorded = { metrics: { accuracy: 0.9 }, holdoutSha256: sha256Of("model/holdout.csv") };
    const CANNOT_BE_HAD = [
      { source: { image }, why: "127.0.0.1:9 cannot be reached: bad port." },
      { source: { unreachable: "the cluster does not answer" }, why: "the cluster does not answer" },
    ] as const;

    for (const { source, why } of CANNOT_BE_HAD) {
      const [how] = Object.keys(source);
      const name = "release a";

      it(`takes what was recorded of the same rows if it is not to be had (${how}), and says so`, async () => {
        const { report, passed } = await judged(() => {}, { champion: { name, recorded, ...source } });

        assert.equal(report.verdict, "passed");
        assert(passed instanceof PassedModel);
        assert.deepEqual(report.champion, { how: "recorded", name, why });
        assert.deepEqual(stateOf(report), allBut({}));
        const [accuracy] = report.metrics;
        assert.deepEqual(accuracy?.champion, { value: 0.9, difference: accuracy!.value - 0.9 });
      });

      it(`refuses a model that is worse than was recorded of the same rows (${how})`, async () => {
        const better = { ...recorded, metrics: { accuracy: 0.95 } };
        const { report, passed } = await judged(() => {}, {
          champion: { name, recorded: better, ...source },
        });

        assert.deepEqual([report.champion.how, report.verdict, passed], ["recorded", "refused", undefined]);
        assert.deepEqual(stateOf(report), allBut({ champion: 1 }));
        assert.deepEqual(objections(report), [
          {
            what: "accuracy is 0.9073, and 0.9500 in the record of release a, on the same 3,000 rows: worse by 0.0427, and at most 0.01 is allowed.",
            where: "model/contract.json, /validation/champion/maxDrop/accuracy; model/holdout.csv",
            fix: "train a better model; a larger drop is a line in the contract that a reviewer sees",
          },
        ]);
      });

      for (const { fact, given } of [
        {
          fact: "what was recorded of it is of other rows",
          given: { ...recorded, holdoutSha256: "another" },
        },
        { fact: "nothing was recorded of it", given: undefined },
      ])
        it(`does not judge a model if it is not to be had (${how}), and ${fact}`, async () => {
          const champion = { name, ...source, ...(given && { recorded: given }) };
          const { report, passed } = await judged(() => {}, { champion });

          assert.deepEqual([report.verdict, passed], ["notJudged", undefined]);
          assert.deepEqual(report.champion, {
            how: "not compared",
            why: `release a is not available: ${why}`,
          });
          assert.deepEqual(
            stateOf(report),
            allBut({ champion: `not judged, the machine's fault: release a is not available: ${why}` }),
          );
          assert.deepEqual(checkOf(report, "champion"), {
            name: "champion",
            outcome: "notJudged",
            why: `release a is not available: ${why}`,
            fault: "machine",
            fix: "try again when its registry can be reached; if its image is lost for good, an override lets this model through without a comparison",
          });
        });
    }

    it("lets a model through by an override where the champion is lost for good", async () => {
      const { report, passed } = await judged(() => {}, {
        champion: { name: "release a", image },
        override: { sha256: sha256Of("model/model.onnx").slice(0, 12), reason: "its registry burnt down" },
      });

      assert.deepEqual([report.verdict, report.override], ["overridden", "its registry burnt down"]);
      assert(passed instanceof PassedModel);
    });

    it("blames the machine where the champion's process is killed from outside", async () => {
      const spawns = [broken("killedChild", Number.POSITIVE_INFINITY), broken("killedChild", 1)];
      const { report, passed } = await judged(() => {}, {
        champion: { name: "the old one", folder: "model" },
        spawn: (limits) => spawns.shift()!(limits),
      });

      assert.deepEqual([report.verdict, passed, spawns.length], ["notJudged", undefined, 0]);
      assert.deepEqual(
        stateOf(report),
        allBut({
          champion:
            "not judged, the machine's fault: The process that runs the model was ended by SIGKILL, as the system does when memory runs out.",
        }),
      );
    });

    it("compares the same classes in another order, each by its own scores", async () => {
      const reversed = await against((champion) =>
        champion.editJson("contract.json", (contract) => {
          contract.classes = [1, 0];
        }),
      );

      assert.equal(reversed["accuracy"], 0);
      // The contract now gives its scores to the other class.
      assert(reversed["rocAuc"]! > 0.9 && reversed["rocAuc"]! < 0.93, String(reversed["rocAuc"]));
    });

    it("asks nothing of what the champion was judged by when it was new", async () => {
      const differences = await against((champion) =>
        champion.editJson("contract.json", (contract) => {
          contract.validation = { anything: "else" };
        }),
      );

      assert.equal(differences["accuracy"], 0);
    });

    it("counts another label of a champion as wrong, if no contract lists the classes", async () => {
      const differences = await against((champion) => {
        aroundLinearModel(champion, loanModel({ label: [node("Neg", ["winner"], ["label"])] }));
        unlisted(champion);
      }, unlisted);

      assert(differences["accuracy"]! > 0, JSON.stringify(differences));
    });

    for (const { fact, change, why } of [
      {
        fact: "the champion's contract is faulty",
        change: (champion: ModelFolder) =>
          champion.editJson("contract.json", (contract) => {
            contract.colour = "red";
          }),
        why: /^its contract has \/colour: is not a key that a contract has here$/,
      },
      {
        fact: "the champion's contract is a pipe",
        change: (champion: ModelFolder) => {
          champion.remove("contract.json");
          execFileSync("mkfifo", [champion.file("contract.json")]);
        },
        why: /^its contract cannot be read: it is no regular file, but a pipe, a device or a socket$/,
      },
      {
        fact: "the champion takes other columns",
        change: (champion: ModelFolder) =>
          champion.editJson("contract.json", ({ inputs: [input], validation }) => {
            input.columns[0].name = "salary";
            delete validation.invariances;
          }),
        why: /^The holdout has no column "salary"; it has income, age, credit_score, approved\.$/,
      },
      {
        fact: "the champion has another task",
        change: (champion: ModelFolder) => champion.editJson("contract.json", demandNothing),
        why: /^its task is raw$/,
      },
      {
        fact: "the champion has other classes",
        change: (champion: ModelFolder) =>
          champion.editJson("contract.json", (contract) => {
            contract.classes = [0, 1, 2];
            delete contract.scores;
          }),
        why: /^its classes are 0, 1, 2$/,
      },
      {
        fact: "the champion does not load",
        change: (champion: ModelFolder) => champion.write("model.onnx", "no model"),
        why: /^it does not load: .*protobuf/i,
      },
      {
        fact: "the champion has other inputs than its contract says",
        change: (champion: ModelFolder) =>
          champion.editJson("contract.json", ({ inputs: [input] }) => {
            input.name = "others";
          }),
        why: /^the model has other inputs or outputs$/,
      },
      {
        fact: "the champion ends its own process",
        change: (champion: ModelFolder) => aroundLinearModel(champion, crashAtRunModel()),
        why: /^its process ended with SIGFPE$/,
      },
    ])
      it(`does not hold against a model that ${fact}, but warns of it`, async () => {
        using champion = new ModelFolder();
        change(champion);

        const { report, passed } = await judged(() => {}, {
          champion: { name: "the old one", folder: champion.path },
        });

        assert.equal(report.verdict, "passed");
        assert(passed instanceof PassedModel);
        assert(report.champion.how === "not compared");
        const prefix = "the old one is not comparable: ";
        assert.equal(report.champion.why.slice(0, prefix.length), prefix);
        assert.match(report.champion.why.slice(prefix.length), why);
        assert.deepEqual(stateOf(report), allBut({}));
        assert.deepEqual(checkOf(report, "champion"), {
          name: "champion",
          outcome: "judged",
          found: "nothing to compare with",
          objections: [],
          warnings: [
            {
              what: `The model was not compared with the one that serves: ${report.champion.why.replace(/\.$/, "")}.`,
              where: "model/contract.json and model/holdout.csv",
              fix: "compare them by hand, on rows that both take: npm run validate -- --champion FOLDER-OR-IMAGE",
            },
          ],
        });
        assert.equal(warnings(report).length, 1);
      });
  });
});
