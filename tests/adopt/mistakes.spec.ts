import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { deflateSync } from "node:zlib";
import { buildModel, floats, node, value } from "../support/onnxBuilder.ts";
import {
  customDomainModel,
  externalDataModel,
  futureOpsetModel,
  identityModel,
  linearModel,
  nanModel,
} from "../support/onnxModels.ts";
import { runHere } from "../support/runHere.ts";

type Content = string | Uint8Array;

interface MistakeCase {
  readonly name: string;
  /** Files by name, beside `loans.csv`; a name that ends with a slash is a folder. */
  readonly files?: Readonly<Record<string, Content>>;
  readonly args: readonly string[];
  /** Absent: 1. Wrong usage: 2. */
  readonly exitCode?: 2;
  readonly says: string;
}

const PICKLE = Buffer.from("80049518000000", "hex");
const LFS = `version https://git-lfs.github.com/spec/v1\noid sha256:${"4d".repeat(32)}\nsize 12345678\n`;
const JUDGED = ["model.onnx", "--holdout", "loans.csv", "--target", "approved", "--name", "loans"];
const good = linearModel();
const holdout = readFileSync("model/holdout.csv", "utf8");
const csv = (change: (line: string) => string) =>
  holdout.trim().split("\n").slice(0, 200).map(change).join("\n");

const parquet = (name: string) => readFileSync(path.join(import.meta.dirname, "parquet", `${name}.parquet`));

function notACell(column: string, type: string, fix?: string): string {
  const leaveOut = `leave it out, in pandas: df = df.drop(columns=["${column}"]); or, if the model takes it, write it as the model takes it`;
  return `The column "${column}" is of type ${type}, but a cell of the holdout is a number, a boolean or text.
  at:  loans.parquet, column ${column}
  fix: ${fix ?? leaveOut}`;
}

/** Gives its scores in a list that no ZipMap has made. */
const listOfScores = () =>
  buildModel({
    inputs: [value("features", "FP32", [-1, 3])],
    outputs: [
      {
        name: "scores",
        type: {
          value: {
            case: "sequenceType",
            value: { elemType: { value: { case: "tensorType", value: { elemType: 1 } } } },
          },
        },
      },
    ],
    nodes: [node("SequenceConstruct", ["features"], ["scores"])],
  });

const labelAndNumber = () =>
  buildModel({
    inputs: [value("features", "FP32", [-1, 3])],
    outputs: [value("label", "INT64", [-1]), value("number", "FP32", [-1, 1])],
    nodes: [
      node("Gemm", ["features", "weights"], ["number"]),
      node("ArgMax", ["features"], ["label"], { axis: 1, keepdims: 0 }),
    ],
    initializers: [floats("weights", [1, 2, 3], [3, 1])],
  });

const scoresAlone = () =>
  buildModel({
    inputs: [value("features", "FP32", [-1, 3])],
    outputs: [value("logits", "FP32", [-1, 2])],
    nodes: [node("MatMul", ["features", "weights"], ["logits"])],
    initializers: [floats("weights", [1, 2, 3, 4, 5, 6], [3, 2])],
  });

/** Gives this many classes. In each row, all except the first two have the lowest score. */
const scoring = (classes: number) =>
  buildModel({
    inputs: [value("features", "FP32", [-1, 3])],
    outputs: [value("label", "INT64", [-1]), value("scores", "FP32", [-1, classes])],
    nodes: [
      node("Gemm", ["features", "weights", "bias"], ["scores"]),
      node("ArgMax", ["scores"], ["label"], { axis: 1, keepdims: 0 }),
    ],
    initializers: [
      floats(
        "weights",
        Array.from({ length: 3 * classes }, (_, i) => (i === 2 * classes + 1 ? 0.02 : 0)),
        [3, classes],
      ),
      floats("bias", [0, -12, ...Array.from({ length: classes - 2 }, () => -1000)], [classes]),
    ],
  });

/** Gives some rows a third class. */
const thirdLabel = (line: string) => line.replace(/^(\d+7),(.*),\d$/, "$1,$2,2");

const shaped = (shape: readonly number[]) =>
  buildModel({
    inputs: [value("features", "FP32", shape)],
    outputs: [value("prediction", "FP32", [shape[0]!, 1])],
    nodes: [node("ReduceMean", ["features", "axis"], ["prediction"], { keepdims: 1 })],
    initializers: [{ name: "axis", dims: [1n], dataType: 7, int64Data: [1n] }],
  });

const cases: readonly MistakeCase[] = [
  {
    name: "a pickle",
    files: { "model.onnx": PICKLE },
    args: ["model.onnx"],
    says: `The file is a Python pickle (protocol 4), as joblib and pickle write it, not ONNX.
  at:  model.onnx
  fix: convert it in Python: skl2onnx.to_onnx(model, X[:1], options={"zipmap": False}).SerializeToString()`,
  },
  {
    name: "a compressed joblib file",
    files: { "rf.joblib": deflateSync(PICKLE) },
    args: ["rf.joblib"],
    says: `The file is compressed with zlib, as joblib does with a pickle, not ONNX.
  at:  rf.joblib
  fix: convert it in Python: skl2onnx.to_onnx(model, X[:1], options={"zipmap": False}).SerializeToString()`,
  },
  {
    name: "a PyTorch file",
    files: { "model.pt": "PK\u0003\u0004 … model/data.pkl" },
    args: ["model.pt"],
    says: `The file is a zip archive as PyTorch writes it, not ONNX.
  at:  model.pt
  fix: export it in Python: torch.onnx.export(model, (example,), "model.onnx", external_data=False)`,
  },
  {
    name: "a folder of TensorFlow's",
    files: { "saved/": "", "saved/saved_model.pb": "x" },
    args: ["saved"],
    says: `saved is a folder as TensorFlow writes it (SavedModel), not ONNX.
  at:  saved
  fix: convert it: pip install tf2onnx && python -m tf2onnx.convert --saved-model saved --output model.onnx`,
  },
  {
    name: "a folder with an ONNX file",
    files: { "models/": "", "models/loans.onnx": good },
    args: ["models"],
    says: `models is a folder, not an ONNX file.
  at:  models
  fix: name the file: models/loans.onnx`,
  },
  {
    name: "a Git LFS pointer",
    files: { "model.onnx": LFS },
    args: ["model.onnx"],
    says: `The file is a Git LFS pointer to 12,345,678 bytes, not the model itself.
  at:  model.onnx
  fix: git lfs pull`,
  },
  {
    name: "external data",
    files: { "model.onnx": externalDataModel("model.onnx.data") },
    args: ["model.onnx"],
    says: `The model's data is in "model.onnx.data", which does not exist.
  at:  model.onnx
  fix: put that file beside the model, under the name that it had when the model was exported`,
  },
  {
    name: "external data in another folder",
    files: { "model.onnx": externalDataModel("../weights.data") },
    args: ["model.onnx"],
    says: `The model's data is in "../weights.data", which does not exist.
  at:  model.onnx
  fix: put that file beside the model, under the name that it had when the model was exported`,
  },
  {
    name: "external data outside the model's folder",
    files: { "model.onnx": externalDataModel("/etc/hostname") },
    args: ["model.onnx"],
    says: `The model's data is in "/etc/hostname", which is not in the folder of the model.
  at:  model.onnx
  fix: put that file beside the model, under the name that it had when the model was exported`,
  },
  {
    name: "an IR that is too new",
    files: { "model.onnx": identityModel({ ir: 14 }) },
    args: ["model.onnx"],
    says: `The model's IR version is 14, and onnxruntime-node 1.30.0 takes at most 13.
  at:  model.onnx, ir_version
  fix: export it with an older onnx package, or set it in Python: model.ir_version = 13`,
  },
  {
    name: "an opset that is too new",
    files: { "model.onnx": futureOpsetModel() },
    args: ["model.onnx"],
    says: `The model uses opset 27 of ai.onnx, and onnxruntime-node 1.30.0 takes at most 26.
  at:  model.onnx, opset_import
  fix: export it for a lower opset: target_opset of skl2onnx, opset_version of torch.onnx.export`,
  },
  {
    name: "operators of another domain",
    files: { "model.onnx": customDomainModel() },
    args: ["model.onnx"],
    says: `The model uses "com.acme:Frobnicate" of the domain "com.acme", which onnxruntime-node 1.30.0 does not know.
  at:  model.onnx, operators
  fix: export it with only operators of ai.onnx and ai.onnx.ml; what they cannot do belongs before or after the model`,
  },
  {
    name: "a file that is not there",
    args: ["nowhere.onnx"],
    says: `nowhere.onnx does not exist.
  at:  nowhere.onnx
  fix: name the ONNX file that your training wrote`,
  },
  {
    name: "scores in a list",
    files: { "model.onnx": listOfScores() },
    args: JUDGED,
    says: `The output "scores" is not a tensor but a list of dictionaries or the like, as ZipMap makes from scores.
  at:  model.onnx, the output "scores"
  fix: export it without: skl2onnx.to_onnx(model, X[:1], options={"zipmap": False}); onnxmltools' convert_lightgbm(…, zipmap=False)`,
  },
  {
    name: "a CSV with semicolons",
    files: { "loans.csv": csv((line) => line.replaceAll(",", ";")) },
    args: JUDGED,
    says: `The holdout's header is a single cell, "income;age;credit_score;approved": its cells are separated by semicolons, not by commas.
  at:  loans.csv:1
  fix: write the file with commas between the cells and points in the numbers`,
  },
  {
    name: "a target that is not there",
    args: JUDGED.with(4, "Approved?"),
    says: `The data has no column "Approved?"; it has income, age, credit_score, approved.
  at:  loans.csv:1, and --target
  fix: did you mean "approved"?`,
  },
  {
    name: "a target that resembles no column",
    args: JUDGED.with(4, "xyz"),
    says: `The data has no column "xyz"; it has income, age, credit_score, approved.
  at:  loans.csv:1, and --target
  fix: name one of them with --target`,
  },
  {
    name: "data that is not there",
    args: JUDGED.with(2, "nowhere.csv"),
    says: `nowhere.csv does not exist.
  at:  nowhere.csv
  fix: name a CSV or Parquet file of labelled rows with --holdout`,
  },
  {
    name: "a file that is named as Parquet, and is CSV",
    files: { "loans.parquet": csv((line) => line) },
    args: JUDGED.with(2, "loans.parquet"),
    says: `The file is named as Parquet, but begins with "income,age,credit_score,approved\\n109279,", not with PAR1.
  at:  loans.parquet
  fix: name a CSV .csv; otherwise write Parquet, in pandas: df.to_parquet("holdout.parquet", index=False)`,
  },
  {
    name: "a Git LFS pointer for Parquet",
    files: { "loans.parquet": LFS },
    args: JUDGED.with(2, "loans.parquet"),
    says: `The file is a Git LFS pointer, not Parquet.
  at:  loans.parquet
  fix: git lfs pull`,
  },
  {
    name: "Parquet that is cut off",
    files: { "loans.parquet": parquet("zstd").subarray(0, 5000) },
    args: JUDGED.with(2, "loans.parquet"),
    says: `The Parquet file is cut off: its 5,000 bytes do not end with PAR1.
  at:  loans.parquet
  fix: copy or download it again, whole`,
  },
  {
    name: "Parquet without its middle",
    files: {
      "loans.parquet": Buffer.concat([parquet("zstd").subarray(0, 900), parquet("zstd").subarray(1000)]),
    },
    args: JUDGED.with(2, "loans.parquet"),
    says: `The Parquet file is damaged, or written in a way that hyparquet does not read: thrift unhandled type: 15.
  at:  loans.parquet
  fix: write it again, or as CSV, in Python: pandas.read_parquet("loans.parquet").to_csv("holdout.csv", index=False)`,
  },
  ...["encrypted", "encrypted-column"].map((file) => ({
    name: `${file} Parquet`,
    files: { "loans.parquet": parquet(file) },
    args: JUDGED.with(2, "loans.parquet"),
    says: `The Parquet file is encrypted.
  at:  loans.parquet
  fix: write it without encryption, or as CSV`,
  })),
  {
    name: "a folder of Parquet files, as Spark writes it",
    files: { "spark.parquet/": "" },
    args: JUDGED.with(2, "spark.parquet"),
    says: `spark.parquet is a folder, not a single file.
  at:  spark.parquet
  fix: make one file of it, in pandas: pandas.read_parquet("spark.parquet").to_parquet("holdout.parquet", index=False)`,
  },
  {
    name: "columns of Parquet that are neither numbers nor text",
    files: { "loans.parquet": parquet("unusable") },
    args: JUDGED.with(2, "loans.parquet"),
    says: [
      notACell("born", "DATE"),
      notACell("seen", "TIMESTAMP"),
      notACell("at", "TIME"),
      notACell("price", "DECIMAL", 'in pandas: df["price"] = df["price"].astype(float)'),
      notACell("raw", "BYTE_ARRAY"),
    ].join("\n\n"),
  },
  {
    name: "nested columns of Parquet, and the index that pandas writes",
    files: { "loans.parquet": parquet("nested") },
    args: JUDGED.with(2, "loans.parquet"),
    says: [
      notACell("pixels", "LIST"),
      notACell("point", "STRUCT"),
      notACell("tags", "MAP"),
      `The column "__index_level_0__" is the index that pandas writes.
  at:  loans.parquet, column __index_level_0__
  fix: leave the index out: df.to_parquet("holdout.parquet", index=False)`,
    ].join("\n\n"),
  },
  {
    name: "a target that is not in the Parquet file",
    files: { "loans.parquet": parquet("purchases") },
    args: JUDGED.with(2, "loans.parquet").with(4, "Outcome?"),
    says: `The data has no column "Outcome?"; it has channel, country, gender, visits, basket_value, days_since_visit, outcome.
  at:  loans.parquet as CSV:1, and --target
  fix: did you mean "outcome"?`,
  },
  {
    name: "the index that pandas writes",
    files: { "loans.csv": csv((line) => (line.startsWith("income") ? `,${line}` : `7,${line}`)) },
    args: JUDGED,
    says: `Column 1 has no name, like the index that pandas writes.
  at:  loans.csv:1
  fix: leave the index out: df.to_csv("holdout.csv", index=False)`,
  },
  {
    name: "one column too few",
    files: { "loans.csv": csv((line) => line.slice(line.indexOf(",") + 1)) },
    args: JUDGED,
    says: `The model takes 3 values per row, but the data has 2 columns besides the target "approved": age, credit_score.
  at:  loans.csv:1; model.onnx, the input "features" of FP32 [-1, 3]
  fix: give the columns that the model was trained on, after the same preprocessing, in the same order`,
  },
  {
    name: "a cell that is not a number",
    files: { "loans.csv": csv((line) => line.replace("43374,", "unknown,")) },
    args: JUDGED,
    says: `1 of 199 rows has a word for a missing value in income: "unknown" in line 3.
  at:  loans.csv:3, column income
  fix: fill them as in training, or leave those rows out, in pandas: df = df[df["income"].notna() & ~df["income"].isin(["unknown"])]; the model does not take missing values`,
  },
  {
    name: "a boolean, as pandas writes it",
    files: { "loans.csv": csv((line) => line.replace("43374,", "True,")) },
    args: JUDGED,
    says: `1 of 199 rows has a truth value as a word in income: "True" in line 3.
  at:  loans.csv:3, column income
  fix: write them as in training, in pandas: df["income"] = df["income"].astype(str).str.lower().replace({"true": "1"}).astype(float)`,
  },
  {
    name: "cells of several columns that are not numbers, for different reasons",
    files: {
      "loans.csv": csv((line) =>
        line.startsWith("income") ? line : line.replace(/^(\d+),(\d+),/, "$1 EUR,,"),
      ),
    },
    args: JUDGED,
    says: `199 of 199 rows have an amount with its currency in income: "109279 EUR" in line 2, "43374 EUR" in line 3, "55410 EUR" in line 4, ….
  at:  loans.csv:2, column income
  fix: write the number alone, in pandas: df["income"] = df["income"].str.replace(r"^[^\\d+()-]+|[^\\d()]+$", "", regex=True).astype(float)

199 of 199 rows have an empty cell in age: lines 2, 3, 4, ….
  at:  loans.csv:2, column age
  fix: fill them as in training, or leave those rows out, in pandas: df = df.dropna(subset=["age"]); the model is tried on them once the other cells are right`,
  },
  {
    name: "labels with other names",
    files: { "loans.csv": csv((line) => line.replace(/,1$/, ",yes").replace(/,0$/, ",no")) },
    args: JUDGED,
    says: `The model answers 0, 1, and the target "approved" holds no, yes: they have no label in common.
  at:  loans.csv, column approved
  fix: write the labels as the model gives them, in pandas: df["approved"] = df["approved"].map({…})`,
  },
  {
    name: "answers that are not numbers",
    files: { "model.onnx": nanModel() },
    args: JUDGED,
    says: `The model's answers cannot be used: its output "probabilities" holds NaN for the row in line 2, and 6,000 values in all that are no finite numbers.
  at:  loans.csv
  fix: leave out rows that the model cannot answer, or export it so that it answers each with finite numbers`,
  },
  {
    name: "several numbers per row, and more different targets",
    files: { "model.onnx": scoresAlone() },
    args: ["model.onnx", "--holdout", "loans.csv", "--target", "age", "--name", "loans"],
    says: `The model gives 2 numbers per row ("logits"), and the target "age" holds 62 different values: it has no score for each.
  at:  loans.csv, column age; model.onnx, "logits" FP32 [-1, 2]
  fix: name the column with the label as --target; several numbers per row can be adopted without --holdout, by golden requests alone`,
  },
  {
    name: "--scores with a single number beside a label",
    files: { "model.onnx": labelAndNumber() },
    args: [...JUDGED, "--scores", "number"],
    says: `The output "number" FP32 [-1, 1] does not give one score per class for each row.
  at:  model.onnx, and --scores
  fix: name another of the outputs label, number`,
  },
  {
    name: "more classes than there are scores",
    files: { "model.onnx": scoresAlone() },
    args: [...JUDGED, "--classes", "0,1,2"],
    says: `--classes names 3, and the model has scores for 2.
  at:  --classes
  fix: name each class once, in the order of the scores`,
  },
  {
    name: "classes of which the target has none",
    files: { "model.onnx": scoresAlone() },
    args: [...JUDGED, "--classes", "no,yes"],
    says: `The target "approved" holds "1", which --classes does not name: no, yes.
  at:  loans.csv, column approved; --classes
  fix: write the labels in both the same way`,
  },
  {
    name: "a fixed number of rows",
    files: { "model.onnx": shaped([1, 3]) },
    args: JUDGED,
    says: `The input "features" is FP32 [1, 3]: it takes a fixed number of rows, but a holdout may have any number.
  at:  model.onnx, the input "features"
  fix: leave the first dimension free: torch.onnx.export(…, dynamic_shapes={"features": {0: "rows"}}); skl2onnx: FloatTensorType([None, …])`,
  },
  {
    name: "any number of values per row",
    files: { "model.onnx": shaped([-1, -1]) },
    args: [...JUDGED, "--task", "regression"],
    says: `The input "features" is FP32 [-1, -1]: it does not say how many values a row has.
  at:  model.onnx, the input "features"
  fix: fix all dimensions but the first: skl2onnx.to_onnx(model, X[:1]) does; or leave out --holdout, and only golden requests judge the model`,
  },
  {
    name: "a name that Kubernetes does not take",
    args: JUDGED.with(6, "My Loans!"),
    says: `The name "My Loans!" is not a DNS label: at most 63 of a-z, 0-9 and -, a letter first, no - at the end.
  at:  --name
  fix: --name my-loans`,
  },
  {
    name: "an output that is not there",
    args: [...JUDGED, "--prediction", "lable"],
    says: `The model has no output "lable"; it has label, probabilities.
  at:  model.onnx, and --prediction
  fix: did you mean "label"?`,
  },
  {
    name: "a feature that is not there",
    args: [...JUDGED, "--features", "income,age,score"],
    says: `The data has no column "score"; it has income, age, credit_score, approved.
  at:  loans.csv:1, and --features
  fix: did you mean "credit_score"?`,
  },
  {
    name: "no target",
    args: JUDGED.toSpliced(3, 2),
    exitCode: 2,
    says: `Which column of the data holds the right answers?
  fix: say it with --target, such as: --target approved`,
  },
  {
    name: "no name, and a file that is called model.onnx",
    args: JUDGED.toSpliced(5, 2),
    exitCode: 2,
    says: `What is the model called, in URLs and in the cluster?
  fix: say it with --name`,
  },
  {
    name: "columns that the model does not take",
    files: { "loans.csv": csv((line) => (line.startsWith("income") ? `customer_id,${line}` : `7,${line}`)) },
    args: JUDGED,
    exitCode: 2,
    says: `Which 3 of the 4 columns does the model take, and in which order? The data has customer_id, income, age, credit_score.
  fix: say it with --features, such as: --features income,age,credit_score`,
  },
  {
    name: "scores of classes that no row has",
    files: { "model.onnx": scoring(4) },
    args: JUDGED,
    exitCode: 2,
    says: `What are the 4 classes, in the order of the scores? The rows show that score 1 is for 0, score 2 is for 1; they show nothing about 2 scores.
  fix: say it with --classes`,
  },
  {
    name: "scores of a class that no row has, and a label that the model does not give",
    files: { "model.onnx": scoring(3), "loans.csv": csv(thirdLabel).replace(/,0\n/, ",3\n") },
    args: JUDGED,
    exitCode: 2,
    says: `What are the 3 classes, in the order of the scores? The rows show that score 1 is for 0, score 2 is for 1; they show nothing about one score.
  fix: say it with --classes, such as: --classes '0,1,?'`,
  },
  {
    name: "one label more than the model has scores",
    files: { "loans.csv": csv(thirdLabel) },
    args: JUDGED,
    exitCode: 2,
    says: `What are the 2 classes, in the order of the scores? The rows show that score 1 is for 0, score 2 is for 1.
  fix: say it with --classes, such as: --classes 0,1`,
  },
  {
    name: "a target and no data",
    args: ["model.onnx", "--target", "approved"],
    exitCode: 2,
    says: `--target names a column, but there is no data.
  fix: name it with --holdout`,
  },
  {
    name: "no model",
    args: [],
    exitCode: 2,
    says: `error: missing required argument 'model.onnx'
(npm run adopt -- --help has examples)`,
  },
];

/** What is in model/. */
function modelFolder() {
  return readdirSync("model")
    .filter((name) => name.includes("."))
    .map((name) => [name, readFileSync(`model/${name}`)]);
}

describe("npm run adopt, given", function () {
  this.timeout(30_000);
  const folder = mkdtempSync(path.join(tmpdir(), "slipway-adopt-"));
  before(() => cpSync("model/holdout.csv", path.join(folder, "loans.csv")));
  after(() => rmSync(folder, { recursive: true }));

  for (const { name, files = {}, args, exitCode = 1, says } of cases) {
    it(`${name}, says what to do and changes nothing`, async () => {
      for (const [file, content] of Object.entries({ "model.onnx": good, "loans.csv": holdout, ...files })) {
        if (file.endsWith("/")) mkdirSync(path.join(folder, file));
        else writeFileSync(path.join(folder, file), content);
      }
      const before = modelFolder();

      const ended = await runHere("adopt/index.ts", args, { cwd: folder });

      assert.equal(ended.stderr, `${says}\n`);
      assert.deepEqual([ended.exitCode, ended.stdout], [exitCode, ""]);
      assert.deepEqual(modelFolder(), before);
    });
  }
});
