import type { Prediction } from "../../service/src/engine/prediction.ts";

/** A prediction for one applicant. A test says what differs. */
export function predictionOf(changes: Partial<Prediction> = {}): Prediction {
  return {
    id: "r-1",
    inputs: new Map([
      ["features", { datatype: "FP32", shape: [1, 3], data: Float32Array.of(50_000, 35, 720) }],
    ]),
    outputs: ["label"],
    results: new Map([["label", { datatype: "INT64", shape: [1], data: BigInt64Array.of(1n) }]]),
    release: "0123456789abcdef",
    times: { queuedAt: 1, startedAt: 2, endedAt: 3 },
    ...changes,
  };
}
