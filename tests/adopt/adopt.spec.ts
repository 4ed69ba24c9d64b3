import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { EXAMPLE } from "../../adopt/modelFolder.ts";
import { parseExactJson } from "../../contract/exactJson.ts";
import { judge } from "../../gate/judge.ts";
import { objections } from "../../gate/report/report.ts";
import { zipMapModel } from "../support/attackModels.ts";
import { handedOn } from "../support/handedOn.ts";
import { buildModel, floats, ints, type Node, node, value } from "../support/onnxBuilder.ts";
import { externalDataModel, ORDINARY } from "../support/onnxModels.ts";
import { runHere } from "../support/runHere.ts";
import { serveModel } from "../support/servedModel.ts";
import { postJson } from "../support/serviceApp.ts";

const command = ["--import", "tsx", "adopt/index.ts"];
const run = (...args: string[]) => runHere("adopt/index.ts", args);

const read = (...file: string[]) => readFileSync(path.join(...file));
const readJson = (...file: string[]) => JSON.parse(read(...file).toString());

/** The models that are adopted from just their two files, and what must be found out about each. */
const MODELS: Readonly<Record<string, object>> = {
  "breast-cancer": { task: "classification", prediction: "label", scores: "probabilities", classes: [0, 1] },
  diabetes: { task: "regression", prediction: "variable" },
  "digits-cnn": {
    task: "classification",
    prediction: "digit",
    scores: "probabilities",
    classes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  },
  "digits-mlp": {
    task: "classification",
    prediction: "label",
    scores: "probabilities",
    classes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  },
  messages: {
    task: "classification",
    prediction: "label",
    scores: "probabilities",
    classes: ["billing", "delivery", "returns"],
  },
  purchases: {
    task: "classification",
    prediction: "label",
    scores: "probabilities",
    classes: ["bought", "left"],
  },
  wine: { task: "classification", prediction: "label", scores: "probabilities", classes: [0, 1, 2] },
};

const LOANS = "model/model.onnx --holdout model/holdout.csv --target approved --name loan".split(" ");

const spawn = handedOn();

describe("EXAMPLE", () => {
  it("is the model that the project comes with, which may be replaced unasked", () => {
    assert.equal(createHash("sha256").update(read("model/model.onnx")).digest("hex"), EXAMPLE);
  });
});

describe("npm run adopt", function () {
  this.timeout(60_000);
  let work: string;
  let folder: string;
  beforeEach(() => {
    work = mkdtempSync(path.join(tmpdir(), "slipway-adopt-"));
    folder = path.join(work, "adopted");
  });
  afterEach(() => rmSync(work, { recursive: true }));

  /** The process that runs the model starts this many times, and then ends at once. */
  function runBroken(startsBefore: number, ...args: string[]) {
    const [bin, starts] = [path.join(work, "bin"), path.join(work, "starts")];
    mkdirSync(bin);
    writeFileSync(
      path.join(bin, "sh"),
      `#!/bin/sh\nprintf . >>'${starts}'\n[ "$(wc -c <'${starts}')" -gt ${startsBefore} ] && exit 3\nexec /bin/sh "$@"\n`,
      { mode: 0o755 },
    );
    const env = { PATH: `${bin}${path.delimiter}${process.env["PATH"]}` };
    return runHere("adopt/index.ts", [...args, "--model", folder], { env });
  }

  it("is tested on all models of the folder", () => {
    const folders = readdirSync("tests/models").filter((name) => !/[_.]/.test(name));

    assert.deepEqual(folders.toSorted(), Object.keys(MODELS));
  });

  for (const [name, found] of Object.entries({
    ...MODELS,
    "loan-approval": { ...MODELS["breast-cancer"] },
  })) {
    it(`adopts ${name}, and the gate passes what it writes`, async () => {
      const from = name === "loan-approval" ? "model" : `tests/models/${name}`;
      const known = readJson(from, "contract.json");
      const { target } = known.validation.holdout;

      const { exitCode, stdout, stderr } = await run(
        `${from}/model.onnx`,
        "--holdout",
        `${from}/holdout.csv`,
        "--target",
        target,
        "--name",
        name,
        "--model",
        folder,
      );

      assert.equal(exitCode, 0, stderr + stdout);
      const contract = readJson(folder, "contract.json");
      const { task, prediction, scores, classes } = contract;
      assert.deepEqual(JSON.parse(JSON.stringify({ task, prediction, scores, classes })), found);
      const ports = (side: "inputs" | "outputs", of: typeof known) =>
        of[side].map((tensor: any) => [
          tensor.name,
          tensor.datatype,
          tensor.shape,
          tensor.columns?.map((column: any) => column.name),
        ]);
      assert.deepEqual(ports("inputs", contract), ports("inputs", known));
      assert.deepEqual(ports("outputs", contract), ports("outputs", known));
      for (const file of ["model.onnx", "holdout.csv"])
        assert.deepEqual(read(folder, file), read(from, file), file);
      const { report } = await judge(folder, { spawn });
      assert.deepEqual(objections(report), []);
      assert.equal(report.verdict, "passed");
      // Each floor is kept with certainty; otherwise it would soon be missed.
      for (const { metric, interval, demand } of report.metrics.filter(
        ({ demand }) => demand !== undefined,
      )) {
        const worst = interval[demand!.kind === "min" ? 0 : 1];
        assert(demand!.kind === "min" ? worst >= demand!.bound : worst <= demand!.bound, metric);
      }
      assert.deepEqual(readdirSync(folder).toSorted(), [
        "contract.json",
        "golden.json",
        "holdout.csv",
        "model.onnx",
      ]);
    });
  }

  it("makes the same model folder from Parquet as from CSV", async () => {
    let said = "";
    for (const [name, holdout] of [
      ["csv", "tests/models/purchases/holdout.csv"],
      ["parquet", "tests/adopt/parquet/purchases.parquet"],
    ] as const) {
      const args = ["--holdout", holdout, "--target", "outcome", "--name", "purchases", "--model"];
      const ended = await run("tests/models/purchases/model.onnx", ...args, path.join(work, name));
      assert.equal(ended.exitCode, 0, ended.stderr + ended.stdout);
      said = ended.stdout;
    }

    for (const file of ["contract.json", "golden.json", "model.onnx"])
      assert.deepEqual(read(work, "parquet", file), read(work, "csv", file), file);
    const [csv, made] = ["csv", "parquet"].map((name) => read(work, name, "holdout.csv").toString());
    assert.equal(made, csv!.replaceAll(/\.0(?=,)/g, "")); // Python writes 3.0
    assert.match(said, /^ {2}holdout\.csv: made from tests\/adopt\/parquet\/purchases\.parquet$/m);
  });

  it("says what it decided, and why", async () => {
    const { stdout } = await run(
      "model/model.onnx",
      "--holdout",
      "model/holdout.csv",
      "--target",
      "approved",
      "--name",
      "loan",
      "--model",
      folder,
    );

    assert.equal(stdout.replace(/(?<=^Next:\n)[^]*/m, "…"), SAID.replaceAll("FOLDER", folder));
  });

  for (const { fact, model, says } of [
    {
      fact: "logits",
      model: () => scoring([]),
      says: `  scoresAre: numbers
    the scores run from -5.62 to 5, and probabilities from 0 to 1: no log loss,
    no calibration; end the model with a softmax, or with a sigmoid for two
    classes, or say "scoresAre": "logits" if they are logits
`,
    },
    {
      fact: "percentages",
      model: () =>
        scoring([node("Softmax", ["raw"], ["p"], { axis: 1 }), node("Mul", ["p", "factor"], ["scores"])]),
      says: `  scoresAre: numbers
    the scores run from 0.3612 to 99.64, and probabilities from 0 to 1: no log
    loss, no calibration; they are percentages: divide them by 100 inside the
    model
`,
    },
  ])
    it(`says so in the contract if the scores are not probabilities: ${fact}`, async () => {
      writeFileSync(path.join(work, "loans.onnx"), model());

      const { exitCode, stdout, stderr } = await run(
        path.join(work, "loans.onnx"),
        "--holdout",
        "model/holdout.csv",
        "--target",
        "approved",
        "--model",
        folder,
      );

      assert.equal(exitCode, 0, stderr + stdout);
      assert(
        stdout.includes(
          `\n  classes: 0, 1\n    in the order of the scores: each row's highest score goes with its label\n${says}  columns: `,
        ),
        stdout,
      );
      const contract = readJson(folder, "contract.json");
      const { scores, scoresAre, decision, threshold, classes } = contract;
      assert.deepEqual(
        { scores, scoresAre, decision, threshold, classes },
        {
          scores: "scores",
          scoresAre: "numbers",
          decision: undefined,
          threshold: undefined,
          classes: [0, 1],
        },
      );
      assert.deepEqual(Object.keys(contract.validation.metrics), ["accuracy", "balancedAccuracy", "rocAuc"]);
      const { report } = await judge(folder, { spawn });
      assert.deepEqual(objections(report), []);
      assert.equal(report.verdict, "passed");
    });

  for (const { fact, model, made, says } of [
    {
      fact: "logits",
      model: () => loanScores([0, 1]),
      made: { scoresAre: "logits", classes: [0, 1] },
      says: /scoresAre: logits they are no probabilities: their softmax is answered; if they are no logits, say "numbers" in the contract/,
    },
    {
      fact: "a single logit",
      model: () => loanScores([1]),
      made: { scoresAre: "logits", classes: [0, 1] },
      says: /scoresAre: logits some are not from 0 to 1: their logistic function is answered; if they are no logits, say "numbers" in the contract/,
    },
    {
      fact: "a single probability, of the class that is named first",
      model: () => loanScores([-1], "Sigmoid"),
      made: { classes: [1, 0] },
      says: /classes: 1, 0 the score is that of 0: its mean is 0\.\d+ in the rows of 0, and 0\.\d+ in those of 1/,
    },
    {
      fact: "probabilities",
      model: () => loanScores([0, 1], "Softmax"),
      made: { classes: [0, 1] },
      says: /classes: 0, 1 the target numbers the scores from 0 on; the highest score is the target's in 0\.\d+ of the rows/,
    },
  ])
    it(`makes the label of a model that gives none: ${fact}`, async () => {
      writeFileSync(path.join(work, "loans.onnx"), model());

      const { exitCode, stdout, stderr } = await run(
        path.join(work, "loans.onnx"),
        "--holdout",
        "model/holdout.csv",
        "--target",
        "approved",
        "--model",
        folder,
      );

      assert.equal(exitCode, 0, stderr + stdout);
      assert.match(stdout.replace(/\s+/g, " "), says);
      const { task, prediction, scores, scoresAre, classes, validation } = readJson(folder, "contract.json");
      assert.deepEqual(
        { task, prediction, scores, scoresAre, classes },
        {
          task: "classification",
          prediction: undefined,
          scores: "scores",
          scoresAre: "probabilities",
          ...made,
        },
      );
      assert(validation.metrics.accuracy.min > 0.6, JSON.stringify(validation.metrics));
      const { report } = await judge(folder, { spawn });
      assert.deepEqual([objections(report), report.verdict], [[], "passed"]);
      const service = await serveModel(folder);
      try {
        const answered = await postJson(
          `${service.url}/predict`,
          '{"features":[[50000,40,800],[50000,40,400]]}',
        );
        const answer = (await answered.json()) as { prediction: number[]; scores: number[][] };
        assert.deepEqual(answer.prediction, [1, 0]);
        const ofOne = answer.scores.map((row) => row[classes.indexOf(1)]!);
        // By numpy: 1 / (1 + numpy.exp(-0.02 * x + 12))
        assert(
          Math.abs(ofOne[0]! - 0.9820137900379085) < 1e-6 && Math.abs(ofOne[1]! - 0.01798620996209156) < 1e-6,
          String(ofOne),
        );
        for (const row of answer.scores) assert(Math.abs(row[0]! + row[1]! - 1) < 1e-6, String(row));
      } finally {
        await service.close();
      }
    });

  for (const { exporter, declared, keepdims, adopted } of [
    { exporter: "LightGBM", declared: [1], keepdims: 0, adopted: [-1] },
    { exporter: "CatBoost", declared: [-1], keepdims: 1, adopted: [-1, 1] },
  ])
    it(`takes the shape in which the label is given, not the one that ${exporter} declares`, async () => {
      const nodes = [
        node("Gemm", ["features", "weights", "bias"], ["scores"]),
        node("ArgMax", ["scores"], ["label"], { axis: 1, keepdims }),
      ];
      const initializers = [floats("weights", [0, 0, 0, 0, 0, 0.02], [3, 2]), floats("bias", [0, -12], [2])];
      const inputs = [value("features", "FP32", [-1, 3])];
      const outputs = [value("label", "INT64", declared), value("scores", "FP32", [-1, 2])];
      writeFileSync(path.join(work, "loans.onnx"), buildModel({ inputs, outputs, nodes, initializers }));

      const args = ["--holdout", "model/holdout.csv", "--target", "approved", "--model", folder];
      const ended = await run(path.join(work, "loans.onnx"), ...args);

      assert.equal(ended.exitCode, 0, ended.stderr + ended.stdout);
      const contract = readJson(folder, "contract.json");
      assert.deepEqual([contract.outputs[0].shape, contract.prediction], [adopted, "label"]);
      const { report } = await judge(folder, { spawn });
      assert.deepEqual([objections(report), report.verdict], [[], "passed"]);
      const service = await serveModel(folder);
      try {
        const answered = await postJson(
          `${service.url}/predict`,
          '{"features":[[50000,40,800],[50000,40,400]]}',
        );
        assert.deepEqual(((await answered.json()) as { prediction: number[] }).prediction, [1, 0]);
      } finally {
        await service.close();
      }
    });

  it("lets values be missing that the model answers, from the holdout to the caller", async () => {
    writeFileSync(path.join(work, "stump.onnx"), stump());
    const cells = ["", "NaN", "null", "NA"];
    const rows = Array.from({ length: 200 }, (_, i) => {
      const x = (i * 37) % 200;
      return i % 10 === 0 ? `${cells[(i / 10) % 4]},10.${i % 7}` : `${x},${x <= 100 ? 10 : 20}.${i % 7}`;
    });
    writeFileSync(path.join(work, "stump.csv"), ["x,y", ...rows].join("\n"));

    const args = ["--holdout", path.join(work, "stump.csv"), "--target", "y", "--model", folder];
    const { exitCode, stdout, stderr } = await run(path.join(work, "stump.onnx"), ...args);

    assert.equal(exitCode, 0, stderr + stdout);
    assert.match(
      stdout.replaceAll(/\s+/g, " "),
      / missing values: x x in 20 rows of 200: the model answers them, and a request may have null there /,
    );
    assert.deepEqual(readJson(folder, "contract.json").inputs[0].columns, [
      { name: "x", missing: true, min: 0, max: 400 },
    ]);
    const { report } = await judge(folder, { spawn });
    assert.deepEqual([objections(report), report.verdict], [[], "passed"]);
    const service = await serveModel(folder);
    try {
      const ask = async (route: string, body: unknown) =>
        (await (await postJson(service.url + route, JSON.stringify(body))).json()) as Record<string, any>;
      const features = [{ x: null }, [150], [50]];
      assert.deepEqual((await ask("/predict", { features })).prediction, [10, 20, 10]);
      const input = { name: "X", datatype: "FP32", shape: [3, 1], data: [null, 150, 50] };
      const { outputs } = await ask("/v2/models/stump/infer", { inputs: [input] });
      assert.deepEqual(outputs[0].data, [10, 20, 10]);
    } finally {
      await service.close();
    }
  });

  /** Adopts the file, which must stay as it is. @returns the contract. */
  async function mended(model: Uint8Array, says: RegExp): Promise<Record<string, any>> {
    const file = path.join(work, "loans.onnx");
    writeFileSync(file, model);
    const args = ["--holdout", "model/holdout.csv", "--target", "approved", "--model", folder];
    const { exitCode, stdout, stderr } = await run(file, ...args);

    assert.equal(exitCode, 0, stderr + stdout);
    assert.match(stdout.replaceAll(/\s+/g, " "), says);
    assert.deepEqual(read(file), Buffer.from(model));
    const { report } = await judge(folder, { spawn });
    assert.deepEqual([objections(report), report.verdict], [[], "passed"]);
    const contract = readJson(folder, "contract.json");
    assert.equal(contract.provenance.originalSha256, createHash("sha256").update(model).digest("hex"));
    return contract;
  }

  describe("mends what Node.js cannot read, and leaves the file as it is:", () => {
    it("the ZipMap that scikit-learn's and CatBoost's exporters make of scores", async () => {
      const { outputs, scores, classes, provenance } = await mended(
        zipMapModel("probabilities"),
        / model\.onnx: the ZipMap of "probabilities" is left out: it gives the scores as a tensor Node\.js reads it only so; it computes the same, and the file that you named is as it was /,
      );

      assert.deepEqual([scores, classes], ["probabilities", [0, 1]]);
      assert.deepEqual(outputs, [
        { name: "label", datatype: "INT64", shape: [-1] },
        { name: "probabilities", datatype: "FP32", shape: [-1, 2] },
      ]);
      assert.deepEqual(provenance.repaired, [
        'the ZipMap of "probabilities" is left out: it gives the scores as a tensor',
      ]);
    });

    it("weights in another file", async () => {
      const weights = Float32Array.of(...ORDINARY.weights);
      writeFileSync(path.join(work, "loans.onnx.data"), new Uint8Array(weights.buffer));
      const { provenance } = await mended(
        externalDataModel("loans.onnx.data"),
        / model\.onnx: the data of 1 tensor is put into the file, from loans\.onnx\.data /,
      );
      rmSync(path.join(work, "loans.onnx.data"));

      assert.deepEqual(provenance.repaired, [
        "the data of 1 tensor is put into the file, from loans.onnx.data",
      ]);
      assert.equal((await judge(folder, { spawn })).report.verdict, "passed");
    });
  });

  it("takes the classes from a file, one in each line", async () => {
    writeFileSync(path.join(work, "loans.onnx"), loanScores([1, 0], "Softmax"));
    writeFileSync(path.join(work, "labels.txt"), "1\n0\n");

    const args = ["--holdout", "model/holdout.csv", "--target", "approved", "--model", folder];
    const ended = await run(
      path.join(work, "loans.onnx"),
      ...args,
      "--classes",
      path.join(work, "labels.txt"),
    );

    assert.equal(ended.exitCode, 0, ended.stderr + ended.stdout);
    assert.deepEqual(readJson(folder, "contract.json").classes, [1, 0]);
  });

  it("adopts labelled rows of integers beyond 2^53", async () => {
    const nodes = [node("Mod", ["user_id", "two"], ["odd"]), node("Reshape", ["odd", "flat"], ["label"])];
    writeFileSync(
      path.join(work, "ids.onnx"),
      buildModel({
        inputs: [value("user_id", "INT64", [-1, 1])],
        outputs: [value("label", "INT64", [-1])],
        nodes,
        initializers: [ints("two", [2]), ints("flat", [-1], [1])],
      }),
    );
    const rows = Array.from({ length: 400 }, (_, i) => 2n ** 53n + 7919n * BigInt(i) + 1n);
    writeFileSync(
      path.join(work, "ids.csv"),
      ["user_id,odd", ...rows.map((id) => `${id},${id % 2n}`)].join("\n"),
    );

    const args = ["--holdout", path.join(work, "ids.csv"), "--target", "odd", "--model", folder];
    const { exitCode, stdout, stderr } = await run(path.join(work, "ids.onnx"), ...args);

    assert.equal(exitCode, 0, stderr + stdout);
    assert.deepEqual(readJson(folder, "contract.json").inputs[0].columns, [{ name: "user_id" }]);
    const { report } = await judge(folder, { spawn });
    const { value: accuracy } = report.metrics.find(({ metric }) => metric === "accuracy")!;
    assert.equal(accuracy, 1); // one lost digit would make it 0.5
  });

  it("makes golden requests that a request can hold for a model of pictures", async () => {
    const picture = value("image", "FP32", [-1, 3, 224, 224]);
    const nodes = [node("GlobalAveragePool", ["image"], ["pooled"]), node("Flatten", ["pooled"], ["means"])];
    const model = { inputs: [picture], outputs: [value("means", "FP32", [-1, 3])], nodes };
    writeFileSync(path.join(work, "means.onnx"), buildModel(model));

    const { exitCode, stdout, stderr } = await run(path.join(work, "means.onnx"), "--model", folder);

    assert.equal(exitCode, 0, stderr + stdout);
    assert.equal((await judge(folder, { spawn })).report.verdict, "passed");
  });

  it("adopts integers beyond 2^53 to their last digit", async () => {
    const ids = value("ids", "INT64", [-1]);
    writeFileSync(
      path.join(work, "ids.onnx"),
      buildModel({
        inputs: [ids],
        outputs: [value("next", "INT64", [-1])],
        nodes: [node("Add", ["ids", "large"], ["even"]), node("Add", ["even", "one"], ["next"])],
        initializers: [ints("large", [2 ** 62]), ints("one", [1])],
      }),
    );

    const { exitCode, stdout, stderr } = await run(path.join(work, "ids.onnx"), "--model", folder);

    assert.equal(exitCode, 0, stderr + stdout);
    const { requests } = parseExactJson(read(folder, "golden.json").toString()) as {
      requests: { inputs: { ids: number[] }; outputs: { next: bigint[] } }[];
    };
    assert(requests.length > 0);
    for (const { inputs, outputs } of requests)
      assert.deepEqual(
        outputs.next,
        inputs.ids.map((id) => BigInt(id) + 2n ** 62n + 1n),
      );
    assert.equal((await judge(folder, { spawn })).report.verdict, "passed");
  });

  describe("on a machine that cannot run the model", () => {
    const WHY = `The process that runs the model was ended with exit code 3.
  fix: judge it again, on a machine that has the memory and the time for it\n`;

    for (const { fact, startsBefore } of [
      { fact: "to look at it", startsBefore: 0 },
      { fact: "to see what it answers", startsBefore: 1 },
      { fact: "on the data", startsBefore: 2 },
    ])
      it(`says so, blames neither model nor data, and changes nothing: ${fact}`, async () => {
        const { exitCode, stdout, stderr } = await runBroken(startsBefore, ...LOANS);

        assert.deepEqual([exitCode, stdout, stderr], [2, "", WHY]);
        assert(!existsSync(folder));
      });

    it("shows what was not judged, and changes nothing", async () => {
      const { exitCode, stdout, stderr } = await runBroken(3, ...LOANS);

      assert.deepEqual([exitCode, stderr], [2, ""]);
      assert.match(stdout, /^loan 1\.0\.0 could not be judged on this machine: 13 checks of 20 not judged$/m);
      assert(
        stdout.includes(
          `\n  that runs the model was ended with exit code 3.\n  fix: judge it again, on a machine that has the memory and the time for it\n`,
        ),
        stdout,
      );
      assert.match(stdout, new RegExp(`^Nothing was changed in ${folder}/\\.`, "m"));
      assert(!existsSync(folder));
    });
  });

  it("adopts a model without data by made-up golden requests", async () => {
    const tokens = value("tokens", "INT64", [-1, -1]);
    const nodes = [node("Cast", ["tokens"], ["vector"], { to: 1 })];
    writeFileSync(
      path.join(work, "embedder.onnx"),
      buildModel({ inputs: [tokens], outputs: [value("vector", "FP32", [-1, -1])], nodes }),
    );

    const { exitCode, stdout, stderr } = await run(path.join(work, "embedder.onnx"), "--model", folder);

    assert.equal(exitCode, 0, stderr + stdout);
    assert.deepEqual(readJson(folder, "contract.json"), {
      $schema: "../contract/contract.schema.json",
      name: "embedder",
      version: "1.0.0",
      task: "raw",
      inputs: [{ name: "tokens", datatype: "INT64", shape: [-1, -1] }],
      outputs: [{ name: "vector", datatype: "FP32", shape: [-1, -1] }],
      prediction: "vector",
      validation: { golden: { file: "golden.json", tolerance: 0.00001 } },
      provenance: { adoptedFrom: "embedder.onnx", exportedBy: "slipway-tests 1.0" },
    });
    assert.equal((await judge(folder, { spawn })).report.verdict, "passed");
  });

  it("removes the holdout of the model before, if the new one has none", async () => {
    writeFileSync(path.join(work, "plus.onnx"), plus());
    mkdirSync(folder);
    for (const file of ["contract.json", "holdout.csv", "notes.md"])
      writeFileSync(path.join(folder, file), "before");

    const { exitCode, stderr } = await run(path.join(work, "plus.onnx"), "--model", folder, "--force");

    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(readdirSync(folder).toSorted(), [
      "contract.json",
      "golden.json",
      "model.onnx",
      "notes.md",
    ]);
  });

  it("keeps the model that is there unless told otherwise", async () => {
    writeFileSync(path.join(work, "plus.onnx"), plus());
    mkdirSync(folder);
    writeFileSync(path.join(folder, "contract.json"), '{"name": "churn", "version": "2.1.0"}');

    const kept = await run(path.join(work, "plus.onnx"), "--model", folder);

    assert.deepEqual([kept.exitCode, kept.stdout], [2, ""]);
    assert.equal(
      kept.stderr,
      `${folder}/ holds churn 2.1.0, and nothing was changed.\n  fix: replace it with --force, once it is committed or no longer wanted\n`,
    );
    assert.deepEqual(readdirSync(folder), ["contract.json"]);
  });

  it("changes nothing if the gate refuses, and leaves what it would have written to be mended", async () => {
    const rows = read("model/holdout.csv").toString().trim().split("\n").slice(0, 400);
    const leaking = rows.map((row) =>
      row.startsWith("income") ? row : row.replace(/,(\d+),(\d)$/, ",7$2,$2"),
    );
    writeFileSync(path.join(work, "loans.csv"), leaking.join("\n"));

    const { exitCode, stdout } = await run(
      "model/model.onnx",
      "--holdout",
      path.join(work, "loans.csv"),
      "--target",
      "approved",
      "--name",
      "loan",
      "--model",
      folder,
    );

    assert.equal(exitCode, 1, stdout);
    assert.match(stdout, /^loan 1\.0\.0 is refused: \d objections?/m);
    assert.match(stdout, new RegExp(`^Nothing was changed in ${folder}/\\.`, "m"));
    assert.match(
      stdout,
      new RegExp(
        `npm run validate -- --model \\.slipway/adopt\nWhen it passes, take it: cp \\.slipway/adopt/\\* ${folder}/\n$`,
      ),
    );
    assert.deepEqual(readdirSync(work), ["loans.csv"]);
    assert.deepEqual(readJson(".slipway/adopt/contract.json").name, "loan");
  });

  it("asks on a terminal what it cannot know, and takes its guess if the answer is empty", async function () {
    if (!/util-linux/.test(spawnSync("script", ["--version"], { encoding: "utf8" }).stdout ?? "")) {
      console.log("      Skipped: it needs util-linux' script, which makes a terminal.");
      this.skip();
    }
    const typed = `${process.execPath} ${command.join(" ")} model/model.onnx --holdout model/holdout.csv --model ${folder}`;

    const terminal = execa("script", ["-qec", typed, "/dev/null"], { env: { NO_COLOR: "1" }, reject: false });
    terminal.stdin.write("loans\n\n"); // and no end, for which script would press Ctrl-D
    const { exitCode, stdout } = await terminal;

    const said = stripVTControlCharacters(stdout);
    assert.equal(exitCode, 0, said);
    assert.match(said, /What is the model called, in URLs and in the cluster\?/);
    assert.match(said, /Which column of the data holds the right answers\? \[approved\]/);
    assert.equal(readJson(folder, "contract.json").name, "loans");
    assert.equal(readJson(folder, "contract.json").validation.holdout.target, "approved");
  });
});

/** Says yes to a credit score above 600. @param after Nodes that make `scores` from `raw`, unless these are the scores. */
const scoring = (after: readonly Node[]) =>
  buildModel({
    inputs: [value("features", "FP32", [-1, 3])],
    outputs: [value("label", "INT64", [-1]), value("scores", "FP32", [-1, 2])],
    nodes: [
      node("Gemm", ["features", "weights", "bias"], [after.length === 0 ? "scores" : "raw"]),
      ...after,
      node("ArgMax", ["scores"], ["label"], { axis: 1, keepdims: 0 }),
    ],
    initializers: [
      floats("weights", [0, 0, 0, 0, 0, 0.02], [3, 2]),
      floats("bias", [0, -12], [2]),
      floats("factor", [100]),
    ],
  });

/** Scores alone, one for each of these signs, which says how a score goes with the credit score. */
const loanScores = (signs: readonly number[], last?: "Sigmoid" | "Softmax") =>
  buildModel({
    inputs: [value("features", "FP32", [-1, 3])],
    outputs: [value("scores", "FP32", [-1, signs.length])],
    nodes: [
      node("Gemm", ["features", "weights", "bias"], [last === undefined ? "scores" : "raw"]),
      ...(last === undefined ? [] : [node(last, ["raw"], ["scores"])]),
    ],
    initializers: [
      floats(
        "weights",
        [...signs.map(() => 0), ...signs.map(() => 0), ...signs.map((sign) => 0.02 * sign)],
        [3, signs.length],
      ),
      floats(
        "bias",
        signs.map((sign) => -12 * sign),
        [signs.length],
      ),
    ],
  });

/** A tree: 10 up to 100 and if the value is missing, 20 above. */
const stump = () =>
  buildModel({
    inputs: [value("X", "FP32", [-1, 1])],
    outputs: [value("Y", "FP32", [-1, 1])],
    nodes: [
      {
        ...node("TreeEnsembleRegressor", ["X"], ["Y"], {
          n_targets: 1,
          nodes_treeids: [0, 0, 0],
          nodes_nodeids: [0, 1, 2],
          nodes_featureids: [0, 0, 0],
          nodes_values: { floats: [100, 0, 0] },
          nodes_modes: { strings: ["BRANCH_LEQ", "LEAF", "LEAF"] },
          nodes_truenodeids: [1, 0, 0],
          nodes_falsenodeids: [2, 0, 0],
          nodes_missing_value_tracks_true: [1, 0, 0],
          target_treeids: [0, 0],
          target_nodeids: [1, 2],
          target_ids: [0, 0],
          target_weights: { floats: [10, 20] },
        }),
        domain: "ai.onnx.ml",
      },
    ],
    domains: { "ai.onnx.ml": 3 },
  });

const plus = () =>
  buildModel({
    inputs: [value("x", "FP32", [-1, 2])],
    outputs: [value("y", "FP32", [-1, 2])],
    nodes: [node("Add", ["x", "x"], ["y"])],
  });

const SAID = `loan 1.0.0: opset 21, ai.onnx.ml 1, IR 10, 1 operator, skl2onnx 1.20.0

What was decided, and why:
  task: classification
    the output "label" gives one integer per row, a label
  prediction: label
    the only output with one label per row
  scores: probabilities
    it gives "probabilities" FP32 [-1, 2]
  classes: 0, 1
    in the order of the scores: each row's highest score goes with its label
  columns: income, age, credit_score
    the 3 columns besides the target, in the file's order: the model does not
    say which value is which
  income: 0 to 700,000
    the data holds 8000 to 315,757; room for as much again, and nothing below 0
  age: 0 to 140
    the data holds 18 to 79; room for as much again, and nothing below 0
  credit_score: 0 to 1400
    the data holds 319 to 850; room for as much again, and nothing below 0
  accuracy: at least 0.896
    it is 0.9073 on 3,000 rows, and 0.8964 to 0.9172 at 95 % confidence
  balancedAccuracy: at least 0.891
    it is 0.9026 on 3,000 rows, and 0.8910 to 0.9131 at 95 % confidence
  rocAuc: at least 0.953
    it is 0.9606 on 3,000 rows, and 0.9531 to 0.9670 at 95 % confidence

loan 1.0.0 passed the gate

Written to FOLDER/: model.onnx, contract.json, holdout.csv, golden.json

Next:
…`;
