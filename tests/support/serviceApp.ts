/** The service's app on a port of its own, around a predictor that a test makes. */
import type { Server } from "node:http";
import type { ServedContract } from "../../contract/contract.ts";
import { parseContract } from "../../contract/parseContract.ts";
import { servedContract } from "../../contract/servedContract.ts";
import type { Tensors } from "../../contract/tensors.ts";
import type { Predictor } from "../../service/src/engine/predictor.ts";
import { listen } from "../../service/src/http/server.ts";
import type { ServiceState } from "../../service/src/processes/state.ts";
import { type AppDeps, createListener } from "../../service/src/programs/app.ts";

export const contract: ServedContract = servedContract(
  parseContract(
    JSON.stringify({
      name: "loan-approval",
      version: "1.2.3",
      task: "classification",
      inputs: [
        {
          name: "features",
          datatype: "FP32",
          shape: [-1, 3],
          columns: [{ name: "income" }, { name: "age", min: 18 }, { name: "credit_score" }],
        },
      ],
      outputs: [
        { name: "label", datatype: "INT64", shape: [-1] },
        { name: "probabilities", datatype: "FP32", shape: [-1, 2] },
      ],
      prediction: "label",
      scores: "probabilities",
      classes: [0, 1],
    }),
    "contract.json",
  ),
);

/** Answers every row with label 1 and scores 0.25 and 0.75. */
export const approving: Predictor = {
  async run(inputs) {
    const rows = inputs.get("features")!.shape[0]!;
    return approvals(rows);
  },
  admit() {},
  async close() {},
};

export function approvals(rows: number, score = 0.75): Tensors {
  return new Map([
    ["label", { datatype: "INT64", shape: [rows], data: new BigInt64Array(rows).fill(1n) }],
    [
      "probabilities",
      {
        datatype: "FP32",
        shape: [rows, 2],
        data: Float32Array.from({ length: rows * 2 }, (_, i) => (i % 2 ? score : 0.25)),
      },
    ],
  ]);
}

export interface StartedApp {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  readonly state: ServiceState;
  /** What the app has logged as errors. */
  readonly logged: unknown[];
}

export async function startApp(
  predictor: Predictor = approving,
  served = contract,
  more: Partial<AppDeps> = {},
): Promise<StartedApp> {
  const state: ServiceState = { phase: "ready" };
  const logged: unknown[] = [];
  const log = { error: (entry: unknown) => void logged.push(entry) };
  const release = "0123456789abcdef";
  const listener = createListener({ predictor, contract: served, release, state, log, ...more });
  const { server, port } = await listen(listener, 0, "127.0.0.1");
  return { url: `http://127.0.0.1:${port}`, port, server, state, logged };
}

export function postJson(
  url: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, { method: "POST", body, headers: { "Content-Type": "application/json", ...headers } });
}
