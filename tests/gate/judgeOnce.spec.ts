import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { ChampionSource } from "../../gate/evidence/evidence.ts";
import type { Judgement, JudgeOptions } from "../../gate/judge.ts";
import { type Demanded, judgeOnce, type ServingChampion } from "../../gate/judgeOnce.ts";
import { PassedModel, passedModel } from "../../gate/report/passedModel.ts";
import { CHECK_NAMES, type Check, type CheckName } from "../../gate/report/report.ts";
import { verdictOf } from "../../gate/report/verdict.ts";
import { sourceFiles } from "../../gate/sourceFiles.ts";
import { contractOf } from "../support/evidence.ts";
import { ModelFolder } from "../support/modelFolder.ts";
import { check, finding, report, unjudged } from "../support/reports.ts";

const modelSha256 = createHash("sha256").update(readFileSync("model/model.onnx")).digest("hex");
const contract = contractOf({ columns: { x: [1] } });
const override = { sha256: modelSha256.slice(0, 12), reason: "an emergency" };

/** All checks, without an objection. @param number Tells them from those of other judgements. */
const passing = (number: number): Check[] =>
  CHECK_NAMES.map((name) => check(name, `looked at by judgement ${number}`));
/** The same, with one of them replaced. */
const but = (name: CheckName, other: Check | undefined) => (number: number) =>
  passing(number).flatMap((one) => (one.name === name ? (other ?? []) : one));

const objecting = but("metrics", check("metrics", "", { objections: [finding("Bad.")] }));
const killed = but("metrics", unjudged("metrics", "it was killed", { fault: "machine" }));
const ended = but("metrics", unjudged("metrics", "it ended its own process"));

interface Made {
  readonly folder: string;
  readonly remembered?: boolean;
  /** Unset: those of a model that passes. */
  readonly checks?: (number: number) => readonly Check[];
  readonly override?: Demanded["override"];
}

/** A judgement as the gate makes it. @param number Tells it from others. */
function judgement(
  number: number,
  { folder, remembered = false, checks = passing, override }: Made,
): Judgement {
  const made = report({
    ...verdictOf(checks(number), modelSha256, override),
    remembered,
    model: { name: "test", version: "1", sha256: modelSha256 },
    checks: checks(number),
  });
  const passed = passedModel(folder, { report: made, contract }, override);
  return { report: made, contract, ...(passed && { passed }) };
}

/** The check `metrics`, which may be remembered. */
const metricsOf = ({ report }: any) => report.checks.find((one: Check) => one.name === "metrics");

describe("judgeOnce", () => {
  let folder: ModelFolder;
  let memories: ModelFolder;
  let asked: number;
  let options: JudgeOptions | undefined;
  beforeEach(() => {
    folder = new ModelFolder();
    memories = new ModelFolder();
    asked = 0;
  });
  afterEach(() => {
    folder[Symbol.dispose]();
    memories[Symbol.dispose]();
  });

  type Recalled = Demanded & { champion?: ServingChampion; memory?: string; once?: typeof judgeOnce };
  /** Each new judgement differs from the one before. */
  const recall = (args: Recalled & Pick<Made, "checks"> = {}) => {
    const { memory = "new/verdict.json", checks = passing, once = judgeOnce, ...rest } = args;
    return once(folder.path, { memory: memories.file(memory), ...rest }, async (_, given) => {
      options = given;
      return judgement(++asked, { folder: folder.path, checks, override: rest.override });
    });
  };
  /** The judgement with that number, made now or recalled. */
  const made = (number: number, more: Partial<Made> = {}) =>
    judgement(number, { folder: folder.path, ...more });
  const again = (number: number, more: Partial<Made> = {}) => made(number, { ...more, remembered: true });

  /** Changes what is remembered. */
  const tamper = (change: (remembered: any) => void) => memories.editJson("new/verdict.json", change);

  it("judges what it does not know, and remembers it in the file", async () => {
    assert.deepEqual(await recall(), made(1));
    assert(existsSync(memories.file("new/verdict.json")));
  });

  it("does not judge the same bytes again", async () => {
    await recall();

    assert.deepEqual(await recall(), again(1));
  });

  it("also makes a model that may be built of what it remembers", async () => {
    await recall();

    const { report, passed } = await recall();

    assert.equal(report.remembered, true);
    assert(passed instanceof PassedModel);
    PassedModel.assert(passed);
    assert.deepEqual(Object.fromEntries(Object.entries(passed)), {
      folder: folder.path,
      contract,
      sha256: modelSha256,
      report,
    });
  });

  it("does not judge again for other training code", async () => {
    mkdirSync(folder.file("training/.venv"), { recursive: true });
    await recall();
    folder.write("training/train.py", "print('another')");
    folder.write("training/.venv/module.py", "");

    assert.deepEqual(await recall(), again(1));
  });

  for (const file of ["contract.json", "model.onnx", "holdout.csv", "golden.json"]) {
    it(`judges again when a byte is added to ${file}`, async () => {
      await recall();
      writeFileSync(folder.file(file), " ", { flag: "a" });

      assert.deepEqual(await recall(), made(2));
      assert.deepEqual(await recall(), again(2));
    });
  }

  it("judges again when a file is new, gone or renamed", async () => {
    await recall();
    folder.write("more.csv", "a");
    assert.deepEqual(await recall(), made(2));

    folder.remove("more.csv");
    folder.write("other.csv", "a");
    assert.deepEqual(await recall(), made(3));

    folder.remove("other.csv");
    assert.deepEqual(await recall(), made(4));
  });

  it("judges again when a file changes that the contract names, wherever it is", async () => {
    mkdirSync(folder.file("training"));
    folder.write("training/rows.csv", "a");
    folder.editJson("contract.json", ({ validation }) => {
      validation.holdout.file = "training/rows.csv";
    });
    await recall();
    folder.write("training/rows.csv", "b");

    assert.deepEqual(await recall(), made(2));
  });

  it("judges again when a file changes in a folder that is a link, and walks round no ring of links", async () => {
    using elsewhere = new ModelFolder();
    symlinkSync(elsewhere.path, folder.file("data"));
    symlinkSync(folder.path, elsewhere.file("back"));
    await recall();
    elsewhere.write("holdout.csv", "b");

    assert.deepEqual(await recall(), made(2));
  });

  it("takes a file that is a link, as data tools put models in place", async () => {
    folder.remove("model.onnx");
    symlinkSync(path.resolve("model/model.onnx"), folder.file("model.onnx"));

    assert.deepEqual(await recall(), made(1));
  });

  it("leaves a file that cannot be read to the judge", async () => {
    symlinkSync("nowhere", folder.file("other.csv"));

    assert.deepEqual(await recall(), made(1));
  });

  it("does not wait for what comes out of a pipe", async () => {
    folder.remove("contract.json");
    for (const file of ["other.csv", "contract.json"]) execFileSync("mkfifo", [folder.file(file)]);

    assert.deepEqual(await recall(), made(1));
  });

  it("remembers nothing of a judgement that failed", async () => {
    const failure = new Error("no memory");
    const failing = judgeOnce(folder.path, { memory: memories.file("verdict.json") }, () =>
      Promise.reject(failure),
    );

    await assert.rejects(failing, failure);
    assert.deepEqual(await recall({ memory: "verdict.json" }), made(1));
  });

  for (const { fact, checks } of [
    { fact: "is refused", checks: objecting },
    { fact: "was not judged through the machine", checks: killed },
    { fact: "was not judged through the model", checks: ended },
    { fact: "was not judged by all checks", checks: but("metrics", undefined) },
  ])
    it(`remembers nothing of a model that ${fact}`, async () => {
      const { passed } = await recall({ checks });

      assert.equal(passed, undefined);
      assert(!existsSync(memories.file("new/verdict.json")));
      assert.deepEqual(await recall(), made(2));
    });

  it("keeps what it remembers where another model was refused meanwhile", async () => {
    await recall();
    folder.write("more.csv", "a");
    await recall({ checks: objecting });
    folder.remove("more.csv");

    assert.deepEqual(await recall(), again(1));
  });

  it("remembers a model that an override lets through, for that override", async () => {
    const given = { checks: objecting, override };
    const { report, passed } = await recall(given);

    assert.deepEqual([report.verdict, report.override], ["overridden", "an emergency"]);
    assert(passed instanceof PassedModel);
    assert.deepEqual(await recall(given), again(1, given));
    const without = await recall({ checks: objecting });
    assert.deepEqual(without, made(2, { checks: objecting }));
    assert.deepEqual([without.report.verdict, without.passed], ["refused", undefined]);
  });

  describe("believes no file", () => {
    for (const { fact, change } of [
      {
        fact: "of a check that objects",
        change: (remembered: any) => metricsOf(remembered).objections.push(finding("Bad.")),
      },
      {
        fact: "of a check that was not judged",
        change: (remembered: any) =>
          Object.assign(metricsOf(remembered), { outcome: "notJudged", why: "", fault: "machine" }),
      },
      {
        fact: "of a check with an outcome that there is not",
        change: (remembered: any) => {
          metricsOf(remembered).outcome = "passed";
        },
      },
      {
        fact: "without one of the checks",
        change: ({ report }: any) => {
          report.checks = report.checks.filter((one: Check) => one.name !== "metrics");
        },
      },
      {
        fact: "with a check that there is not in place of one that there is",
        change: (remembered: any) => {
          metricsOf(remembered).name = "metric";
        },
      },
      {
        fact: "with a second judgement of a check, which objects",
        change: ({ report }: any) =>
          report.checks.push(check("metrics", "", { objections: [finding("Bad.")] })),
      },
      {
        fact: "with no checks at all",
        change: ({ report }: any) => {
          report.checks = [];
        },
      },
      {
        fact: "whose checks are no list",
        change: ({ report }: any) => {
          delete report.checks;
        },
      },
      {
        fact: "of no model",
        change: ({ report }: any) => {
          delete report.model;
        },
      },
      {
        fact: "without a contract",
        change: (remembered: any) => {
          delete remembered.contract;
        },
      },
      {
        fact: "without a report",
        change: (remembered: any) => {
          delete remembered.report;
        },
      },
    ])
      it(`${fact}, whatever verdict it claims, and judges again`, async () => {
        await recall();
        tamper(change);

        assert.deepEqual(await recall(), made(2));
        assert.deepEqual(await recall(), again(2));
      });

    it("that claims a verdict which its checks do not have", async () => {
      for (const verdict of ["refused", "overridden", "notJudged"]) {
        await recall();
        tamper(({ report }) => {
          report.verdict = verdict;
        });

        const { report, passed } = await recall();

        assert.deepEqual([report.verdict, passed?.report.verdict], ["passed", "passed"]);
      }
    });

    it("that claims to have passed what an override has let through", async () => {
      const given = { checks: objecting, override };
      await recall(given);
      tamper(({ report }) => {
        report.verdict = "passed";
        delete report.override;
      });

      const { report, passed } = await recall(given);

      assert.deepEqual([report.verdict, report.override], ["overridden", "an emergency"]);
      assert.equal(passed?.report.override, "an emergency");
    });

    it("of other bytes", async () => {
      await recall();
      tamper((remembered) => {
        remembered.key = remembered.key.replace(/^./, (digit: string) => (digit === "0" ? "1" : "0"));
      });

      assert.deepEqual(await recall(), made(2));
    });
  });

  for (const text of ["", '{"key":"', "null", "{}"]) {
    it(`judges again when the file holds ${JSON.stringify(text)}`, async () => {
      memories.write("verdict.json", text);

      assert.deepEqual(await recall({ memory: "verdict.json" }), made(1));
      assert.deepEqual(await recall({ memory: "verdict.json" }), again(1));
    });
  }

  it("judges again when the stack demands something else, or has another override", async () => {
    await recall({ floors: {} });
    assert.deepEqual(await recall({ floors: { accuracy: 0.9 } }), made(2));

    assert.deepEqual(await recall({ floors: { accuracy: 0.9 }, override }), made(3));
    assert.deepEqual(options?.floors, { accuracy: 0.9 });
    assert.deepEqual(options?.override, override);
    assert.deepEqual(await recall({ floors: { accuracy: 0.9 }, override }), again(3));

    const other = { ...override, reason: "another" };
    assert.deepEqual(await recall({ floors: { accuracy: 0.9 }, override: other }), made(4));
    assert.deepEqual(await recall({ floors: { accuracy: 0.91 }, override: other }), made(5));
    assert.deepEqual(await recall({ floors: { accuracy: 0.91 } }), made(6));
  });

  for (const [property, value] of Object.entries({ version: "v99.0.0", platform: "darwin", arch: "sparc" }))
    it(`judges again with another ${property} of Node.js`, async () => {
      const own = Object.getOwnPropertyDescriptor(process, property)!;
      await recall();
      Object.defineProperty(process, property, { ...own, value });
      try {
        assert.deepEqual(await recall(), made(2));
        assert.deepEqual(await recall(), again(2));
      } finally {
        Object.defineProperty(process, property, own);
      }
    });

  describe("in a checkout of its own", function () {
    this.timeout(60_000);
    let checkout: string;
    let own: typeof judgeOnce;
    const fileOf = (name: string) => path.join(checkout, name);
    /** Whether it was judged before. */
    const isRecalled = async () => (await recall({ once: own })).report.remembered;
    before(async () => {
      checkout = mkdtempSync(path.join(tmpdir(), "slipway-checkout-"));
      for (const name of [
        "common",
        "contract",
        "gate",
        "infra",
        "model",
        "registry",
        "package.json",
        "package-lock.json",
      ])
        cpSync(name, fileOf(name), {
          recursive: true,
          filter: (source) => !/\/(node_modules|training)$/.test(source),
        });
      symlinkSync(path.resolve("node_modules"), fileOf("node_modules"));
      ({ judgeOnce: own } = await import(pathToFileURL(fileOf("gate/judgeOnce.ts")).href));
    });
    after(() => rmSync(checkout, { recursive: true, force: true }));

    it("judges again with any other byte in a file that takes part in judging, or other packages", async () => {
      const judging = sourceFiles(path.resolve("gate/judgeOnce.ts")).keys();
      const files = [...judging].map((file) => path.relative(process.cwd(), file));
      assert(files.length > 80, String(files.length));
      assert.deepEqual([await isRecalled(), await isRecalled()], [false, true]);

      for (const file of [...files, "package-lock.json"]) {
        appendFileSync(fileOf(file), " ");

        assert.deepEqual([await isRecalled(), await isRecalled()], [false, true], file);
      }
    });

    it("does not judge again with another byte in a file that takes no part", async () => {
      await isRecalled();

      for (const file of ["infra/index.ts", "infra/release/promotion.ts", "gate/new.ts"]) {
        appendFileSync(fileOf(file), " ");

        assert.equal(await isRecalled(), true, file);
      }
    });
  });

  describe("with a release that serves", () => {
    const source: ChampionSource = { name: "release a", folder: "somewhere" };
    const serving = (sha256: string): ServingChampion => ({ sha256, find: async () => source });

    it("compares with it, and judges again when another one serves", async () => {
      await recall({ champion: serving("one") });
      assert.deepEqual(options?.champion, source);
      assert.deepEqual(await recall({ champion: serving("one") }), again(1));
      assert.deepEqual(await recall({ champion: serving("two") }), made(2));
    });

    it("does not judge again when the model itself serves now", async () => {
      await recall({ champion: serving("one") });

      assert.deepEqual(await recall({ champion: serving(modelSha256) }), again(1));
    });

    it("compares a model with itself as little as with nothing", async () => {
      await recall({ champion: serving(modelSha256) });
      assert.deepEqual(options?.champion, { none: "it is the model that serves now" });

      await recall({ memory: "other.json" });
      assert.equal(options?.champion, undefined);
    });
  });
});

describe("sourceFiles", () => {
  let folder: string;
  const fileOf = (name: string) => path.join(folder, name);
  const write = (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(fileOf(name)), { recursive: true });
      writeFileSync(fileOf(name), text);
    }
  };
  /** Files by their names in the folder. */
  const found = (entry: string) =>
    Array.from(sourceFiles(fileOf(entry)), ([file, text]) => [path.relative(folder, file), text]);
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "slipway-sources-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("gives the file and all that it names, directly or not, with their texts, in the order of their names", () => {
    const files = {
      "below/data.json": "{}",
      "below/deep/f.cjs": "",
      "gate/a.ts": "import { b } from \"./b.ts\";\nexport { c } from '../below/c.mts';",
      "gate/b.ts": 'import data from "../below/data.json" with { type: "json" };\nawait import(`./e.mjs`);',
      "below/c.mts": 'const program = new URL("d.js", import.meta.url);',
      "below/d.js": 'require("./deep/f.cjs")',
      "gate/e.mjs": "// nothing more",
    };
    write({ ...files, "gate/other.ts": "", "below/g.ts": 'import "../gate/a.ts"' });

    assert.deepEqual(
      found("gate/a.ts"),
      Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
  });

  it("comes to an end where files name each other", () => {
    const files = { "a.ts": 'import "./b.ts"; import "./a.ts"', "b.ts": 'import "./a.ts"' };
    write(files);

    assert.deepEqual(found("a.ts"), Object.entries(files));
  });

  it("takes no harm from names of packages, of folders and of what is not there", () => {
    const files = { "a.ts": 'import fs from "node:fs"; import koa from "koa.js"; "./none.ts"; "folder.ts"' };
    write(files);
    mkdirSync(fileOf("folder.ts"));

    assert.deepEqual(found("a.ts"), Object.entries(files));
  });

  it("leaves nothing out that the gate imports, nor the program that runs the model", () => {
    const judging = sourceFiles(path.resolve("gate/judgeOnce.ts"));

    for (const [file, text] of judging)
      for (const [, name] of text.matchAll(/\b(?:from|import|import\()\s*["'`](\.{1,2}\/[^"'`\n]+)["'`]/g))
        assert(judging.has(path.join(path.dirname(file), name!)), `${file}: ${name}`);
    for (const name of ["measure/runModel.ts", "onnx/onnx_pb.ts", "checks/skew.ts", "report/verdict.ts"])
      assert(judging.has(path.resolve("gate", name)), name);
  });
});
