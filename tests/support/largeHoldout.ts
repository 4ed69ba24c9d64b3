/** A good model with many rows to judge it by. */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";
import { buildModel, floats, node, value } from "./onnxBuilder.ts";

export interface Size {
  readonly rows: number;
  readonly columns: number;
  readonly classes: number;
}

/** The class whose own column is the largest, or, with more classes than columns, whose weights fit best. */
export function writeLargeModel(folder: string, { rows, columns, classes }: Size, floor = 0.5): void {
  mkdirSync(folder, { recursive: true });
  const names = Array.from({ length: columns }, (_, i) => `x${i}`);
  let state = 1;
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const weights = Array.from({ length: columns * classes }, () => Number((4 * next() - 2).toFixed(3)));
  const model = buildModel({
    inputs: [value("features", "FP32", [-1, columns])],
    outputs: [value("label", "INT64", [-1]), value("scores", "FP32", [-1, classes])],
    nodes: [
      node("Gemm", ["features", "weights"], ["sums"]),
      node("Softmax", ["sums"], ["scores"], { axis: 1 }),
      node("ArgMax", ["scores"], ["label"], { axis: 1, keepdims: 0 }),
    ],
    initializers: [floats("weights", weights, [columns, classes])],
  });
  writeFileSync(path.join(folder, "model.onnx"), model);
  const file = openSync(path.join(folder, "holdout.csv"), "w");
  writeSync(file, `${[...names, "class"].join(",")}\n`);
  const first: number[] = [];
  let lines: string[] = [];
  const row = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) row[j] = Math.round((2 * next() - 1) * 1e4) / 1e4;
    if (i === 0) first.push(...row);
    const label = next() < 0.1 ? Math.floor(next() * classes) : best(row, weights, classes);
    lines.push(`${row.join(",")},${label}\n`);
    if (lines.length < 1000 && i < rows - 1) continue;
    writeSync(file, lines.join(""));
    lines = [];
  }
  closeSync(file);
  writeFileSync(
    path.join(folder, "contract.json"),
    JSON.stringify({
      name: "large",
      version: "1",
      task: "classification",
      inputs: [
        {
          name: "features",
          datatype: "FP32",
          shape: [-1, columns],
          columns: names.map((name) => ({ name, min: -1, max: 1 })),
        },
      ],
      outputs: [
        { name: "label", datatype: "INT64", shape: [-1] },
        { name: "scores", datatype: "FP32", shape: [-1, classes] },
      ],
      prediction: "label",
      scores: "scores",
      classes: Array.from({ length: classes }, (_, k) => k),
      validation: {
        holdout: { file: "holdout.csv", target: "class" },
        golden: { file: "golden.json", tolerance: 1e-3 },
        metrics: { accuracy: { min: floor } },
        findings: { weakSegments: "ignore", skew: "warn" },
      },
    }),
  );
  const label = best(Float64Array.from(first), weights, classes);
  const scores = softmax(Float64Array.from(first), weights, classes);
  writeFileSync(
    path.join(folder, "golden.json"),
    JSON.stringify({
      requests: [
        { name: "one row", inputs: { features: [first] }, outputs: { label: [label], scores: [scores] } },
      ],
    }),
  );
}

function sums(row: Float64Array, weights: readonly number[], classes: number): number[] {
  return Array.from({ length: classes }, (_, k) =>
    row.reduce((sum, value, j) => sum + value * weights[j * classes + k]!, 0),
  );
}

function best(row: Float64Array, weights: readonly number[], classes: number): number {
  const all = sums(row, weights, classes);
  return all.indexOf(Math.max(...all));
}

function softmax(row: Float64Array, weights: readonly number[], classes: number): number[] {
  const all = sums(row, weights, classes);
  const highest = Math.max(...all);
  const powers = all.map((sum) => Math.exp(sum - highest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}
