/** All that the checks judge. Plain data, types only. */
import type { Contract, MetricName } from "../../contract/index.ts";
import type { GoldenRequest } from "../data/golden.ts";
import type { Holdout } from "../data/holdout.ts";
import type { Material } from "../data/material.ts";
import type { Measurements, NotRun, Ran } from "../measure/measurements.ts";
import type { ModelFacts } from "../onnx/inspect.ts";
import type { Unreadable } from "../onnx/notOnnx.ts";
import type { Demand } from "../report/report.ts";

export interface Evidence {
  readonly contract: Contract;
  readonly model: ModelFile;
  readonly golden: Material<readonly GoldenRequest[]>;
  /** Of the file of the golden requests, in hex; absent if there is none. */
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
  /** Bytes; 0 if there is no file. */
  readonly size: number;
  /** In hex. */
  readonly sha256?: string;
  /** What the file says of itself, or why it says nothing. */
  readonly facts: ModelFacts | Unreadable;
}

export interface HoldoutFile {
  /** For findings: `model/holdout.csv`. */
  readonly name: string;
  /** As they are, for a champion that takes other columns of them. */
  readonly bytes: Buffer;
  /** In hex. */
  readonly sha256: string;
}

/** Right answers and the model's, row by row. */
export type Answers = Classified | Estimated;

export interface Classified {
  readonly task: "classification";
  /** The labels as text, in the contract's order where it names them. */
  readonly classes: readonly string[];
  /** Per row, the index of the right class. */
  readonly labels: Int32Array;
  /** Per row, the index of the predicted class; -1 for a label that is none of the classes. */
  readonly predictions: Int32Array;
  /** The labels that are none of the classes, each once, in the order in which they came. */
  readonly strangers: readonly Stranger[];
  /** Per row one score per class, row-major; absent if the contract names no scores. */
  readonly scores?: Float32Array | Float64Array;
}

/** A label that the model gives, and that is none of the classes. */
export interface Stranger {
  readonly label: string;
  readonly rows: number;
  /** The first of them. */
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
  /** There is none, or none that could be compared: said, and no objection. */
  | { readonly how: "not compared"; readonly why: string }
  /** There is one, and nothing is known of how it would do. */
  | ({ readonly how: "not had" } & NotRun);

/** Where the champion is to be had. */
export type ChampionSource =
  | { readonly name: string; readonly folder: string }
  | {
      readonly name: string;
      /** By digest: `repository@sha256:…`. */
      readonly image: string;
      readonly recorded?: RecordedMetrics;
    }
  /** There is one, and it cannot be reached. */
  | { readonly name: string; readonly unreachable: string; readonly recorded?: RecordedMetrics }
  /** There is none, or it is this very model. */
  | { readonly none: string };

/** What the record holds of a release, for the day when its image can't be had. */
export interface RecordedMetrics {
  /** On all rows. */
  readonly metrics: Partial<Readonly<Record<MetricName, number>>>;
  readonly holdoutSha256: string;
}
