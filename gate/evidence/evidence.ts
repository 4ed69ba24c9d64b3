/** Everything that the checks judge. Plain data, types only. */
import type { Contract, MetricName } from "../../contract/index.ts";
import type { Material } from "../data/material.ts";
import type { GoldenRequest } from "../data/parseGolden.ts";
import type { Holdout } from "../data/parseHoldout.ts";
import type { Measurements, NotRun, Ran } from "../measure/measurements.ts";
import type { ModelFacts } from "../onnx/inspect.ts";
import type { Unreadable } from "../onnx/notOnnx.ts";
import type { Demand } from "../report/report.ts";

export interface Evidence {
  readonly contract: Contract;
  readonly model: ModelFile;
  readonly golden: Material<readonly GoldenRequest[]>;
  /** SHA-256 of the file of golden requests, in hex. Absent if there is none. */
  readonly goldenSha256?: string;
  /** Absent if the contract names none. */
  readonly holdout?: Material<Holdout>;
  readonly holdoutFile?: HoldoutFile;
  readonly measured: Measurements;
  /** The model's answers to the holdout. */
  readonly answers: Ran<Answers>;
  readonly champion: ChampionEvidence;
  /** Floors and ceilings on all rows: the contract's, tightened by the stack's. */
  readonly demands: Partial<Readonly<Record<MetricName, Demand>>>;
}

export interface ModelFile {
  /** Size in bytes, 0 if there is no file. */
  readonly size: number;
  /** In hex. */
  readonly sha256?: string;
  /** Facts that the file states, or why it cannot be read. */
  readonly facts: ModelFacts | Unreadable;
}

export interface HoldoutFile {
  /** For findings: `model/holdout.csv`. */
  readonly name: string;
  /** The file's bytes, for a champion that takes other columns. */
  readonly bytes: Buffer;
  /** In hex. */
  readonly sha256: string;
}

/** Right answers and the model's, row by row. */
export type Answers = Classified | Estimated;

export interface Classified {
  readonly task: "classification";
  /** The labels as text, in the contract's order if it names them. */
  readonly classes: readonly string[];
  /** Per row, the index of the right class. */
  readonly labels: Int32Array;
  /** Per row, the index of the predicted class, or -1 for a label that is no class. */
  readonly predictions: Int32Array;
  /** Predicted labels that are no class, each once, in the order in which they came. */
  readonly strangers: readonly Stranger[];
  /** One score per row and class, row-major. Absent if the contract names no scores. */
  readonly scores?: Float32Array | Float64Array;
}

/** A label that the model gives, but that is no class. */
export interface Stranger {
  readonly label: string;
  readonly rows: number;
  /** The first such row. */
  readonly row: number;
}

export interface Estimated {
  readonly task: "regression";
  readonly targets: Float64Array;
  readonly predictions: Float64Array;
}

/** The model of the release that serves now. */
export type ChampionEvidence =
  | { readonly how: "judged"; readonly name: string; readonly answers: Answers }
  | {
      readonly how: "recorded";
      readonly name: string;
      readonly metrics: Partial<Readonly<Record<MetricName, number>>>;
      readonly why: string;
    }
  /** There is none, or none that can be compared. The report says so, without an objection. */
  | { readonly how: "not compared"; readonly why: string }
  /** There is one, but it could not be judged. */
  | ({ readonly how: "not had" } & NotRun);

/** Where to get the champion. */
export type ChampionSource =
  | { readonly name: string; readonly folder: string }
  | {
      readonly name: string;
      /** By digest: `repository@sha256:…`. */
      readonly image: string;
      readonly recorded?: RecordedMetrics;
    }
  /** There is one, but it cannot be reached. */
  | { readonly name: string; readonly unreachable: string; readonly recorded?: RecordedMetrics }
  /** There is none, or it is the same model. */
  | { readonly none: string };

/** Metrics of a release in the record, for the day when its image is gone. */
export interface RecordedMetrics {
  /** On all rows. */
  readonly metrics: Partial<Readonly<Record<MetricName, number>>>;
  readonly holdoutSha256: string;
}
