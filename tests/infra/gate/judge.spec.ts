import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { type Judgement, judge } from "../../../infra/gate/judge.ts";
import { type Objection, objections, type Report } from "../../../infra/gate/report.ts";
import { ModelFolder } from "../../support/modelFolder.ts";

const size = statSync("model/model.onnx").size.toLocaleString("en");
const rows = readFileSync("model/holdout.csv", "utf8").trimEnd().split("\n").length - 1;

/** Judges a copy of the model folder that `breakIt` has changed. */
async function judged(breakIt: (folder: ModelFolder) => void): Promise<Judgement> {
  const folder = new ModelFolder();
  try {
    breakIt(folder);
    return await judge(folder.path);
  } finally {
    folder[Symbol.dispose]();
  }
}

const lines = (report: Report) =>
  report.checks.map(({ name, found, objections }) => `${objections.length} ${name}: ${found}`);

const accuracyIs = (accuracy: number) =>
  `${accuracy.toFixed(4)} on ${rows.toLocaleString("en")} rows, at least 0.85`;

/** Turns every label of a holdout round: what was right is wrong. */
const swapLabels = (csv: string) => csv.replace(/,([01])$/gm, (_, label) => `,${1 - Number(label)}`);

const missing = (file: string, fix: string) => ({
  what: `model/${file} does not exist.`,
  where: `model/${file}`,
  fix,
});

const byPlace = (a: Objection, b: Objection) => a.where.localeCompare(b.where);

describe("judge", () => {
  let accuracy: number;

  it("finds nothing wrong with the model of this project", async () => {
    const { report, contract } = await judge("model");

    accuracy = report.metrics.accuracy ?? NaN;
    assert(accuracy >= 0.85);
    assert.equal(contract?.name, "loan-approval");
    assert.deepEqual(report.model, { name: "loan-approval", version: "1.0.0" });
    assert.deepEqual(lines(report), [
      "0 contract: model/contract.json",
      `0 loads: model.onnx, ${size} bytes`,
      "0 schema: 1 input, 2 outputs as declared",
      "0 golden: 8 requests answered within 0.00001",
      `0 accuracy: ${accuracyIs(accuracy)}`,
    ]);
    assert.deepEqual(report.metrics, { accuracy, rows });
  });

  it("refuses what is not ONNX, in the runtime's words, and asks it nothing more", async () => {
    const { report } = await judged((folder) => folder.write("model.onnx", "no model"));

    assert.deepEqual(lines(report), ["0 contract: model/contract.json", "1 loads: model.onnx, 8 bytes"]);
    assert.deepEqual(report.metrics, {});
    assert.deepEqual(objections(report), [
      {
        what: "The model cannot be loaded and run: Failed to load model because protobuf parsing failed.",
        where: "model/model.onnx",
        fix: "export it again, as ONNX, and try it with onnxruntime in Python",
      },
    ]);
  });

  it("names every missing file at once", async () => {
    const { report, contract } = await judged((folder) => {
      for (const file of ["model.onnx", "golden.json", "holdout.csv"]) folder.remove(file);
    });

    const fix = "put the file there, or change its name in model/contract.json";
    assert.equal(contract?.name, "loan-approval");
    assert.deepEqual(report, {
      model: { name: "loan-approval", version: "1.0.0" },
      checks: [
        { name: "contract", found: "model/contract.json", objections: [] },
        {
          name: "loads",
          found: "model.onnx",
          objections: [missing("model.onnx", "put the model there; README.md says how")],
        },
        { name: "golden", found: "golden.json", objections: [missing("golden.json", fix)] },
        { name: "accuracy", found: "holdout.csv", objections: [missing("holdout.csv", fix)] },
      ],
      metrics: {},
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
          fix: "put the file there, or change its name in model/contract.json",
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
          fix: "say what the model must achieve: README.md shows how",
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
        { ...report, checks: report.checks.map((check) => ({ ...check, objections: [] })) },
        { checks: [{ name: "contract", found: "model/contract.json", objections: [] }], metrics: {} },
      );
      assert.deepEqual(objections(report).toSorted(byPlace), refusal.toSorted(byPlace));
    });
  }

  it("refuses a model that is mostly wrong on the holdout", async () => {
    const { report } = await judged((folder) => folder.edit("holdout.csv", swapLabels));

    const wrong = report.metrics.accuracy ?? NaN;
    assert.equal(wrong.toFixed(12), (1 - accuracy).toFixed(12));
    assert.equal(lines(report).at(-1), `1 accuracy: ${accuracyIs(wrong)}`);
    assert.deepEqual(objections(report), [
      {
        what: `accuracy is ${wrong.toFixed(4)} on ${rows.toLocaleString("en")} rows, and at least 0.85 is demanded.`,
        where: "model/contract.json, /validation/metrics/accuracy/min; model/holdout.csv",
        fix: "train a better model; a lower floor is a line in the contract that a reviewer sees",
      },
    ]);
  });

  it("refuses a golden answer that is no integer where the contract declares one", async () => {
    const { report } = await judged((folder) =>
      folder.editJson("golden.json", ({ requests }) => {
        requests[0].outputs.label = [0.5];
      }),
    );

    assert.deepEqual(
      objections(report).map(({ where }) => where),
      ["model/golden.json, /requests/0/outputs/label"],
    );
  });

  it("refuses a holdout without a row", async () => {
    const { report } = await judged((folder) =>
      folder.edit("holdout.csv", (csv) => csv.slice(0, csv.indexOf("\n") + 1)),
    );

    assert.equal(objections(report).length, 1);
  });

  it("lists the objections of every check: a wrong golden answer, an input under another name, a faulty holdout", async () => {
    const { report } = await judged((folder) => {
      folder.editJson("golden.json", ({ requests }) => {
        requests[1].outputs.label = [1];
      });
      folder.editJson("contract.json", ({ outputs }) => {
        outputs[1].shape = [-1, -1];
      });
      folder.edit("holdout.csv", (csv) => csv.replace(/\n[^,]+,/, "\nmuch,"));
    });

    assert.deepEqual(lines(report), [
      "0 contract: model/contract.json",
      "1 accuracy: holdout.csv",
      `0 loads: model.onnx, ${size} bytes`,
      "1 schema: 1 input, 2 outputs as declared",
      "1 golden: 8 requests answered within 0.00001",
    ]);
    assert.deepEqual(objections(report), [
      {
        what: '"much" is no finite number.',
        where: "model/holdout.csv:2, column income",
        fix: "mend or remove that row",
      },
      {
        what: 'The output "probabilities" is declared as FP32 [-1, -1], and the model has FP32 [-1, 2].',
        where: "model/contract.json, /outputs/1",
        fix: "declare what the model has, or export the model as declared",
      },
      {
        what: "label[0] is 0, and 1 was expected, within 0.00001.",
        where: "model/golden.json, /requests/1 (Little income and a bad score is a clear no)",
        fix: "train or export the model again; if the new answer is right, write it there",
      },
    ]);
  });

  it("names an input that the model has under another name, and what fails for it", async () => {
    const { report } = await judged((folder) => {
      folder.editJson("contract.json", ({ inputs }) => {
        inputs[0].name = "X";
      });
      folder.editJson("golden.json", (golden) => {
        golden.requests = golden.requests
          .slice(0, 1)
          .map(({ inputs, ...rest }: any) => ({ ...rest, inputs: { X: inputs.features } }));
      });
    });

    const [declared, undeclared, golden, accuracy, ...rest] = objections(report).map(({ what }) => what);
    assert.equal(declared, 'The contract declares the input "X", and the model has "features".');
    assert.equal(
      undeclared,
      'The model has the input "features" (FP32 [-1, 3]), which the contract does not declare.',
    );
    assert.match(golden ?? "", /^The model fails on a golden request: .*features/);
    assert.match(accuracy ?? "", /^The model fails on the holdout: .*features/);
    assert.deepEqual(rest, []);
  });
});
