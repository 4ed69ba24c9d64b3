/** The service's app around a real model folder, on a port of its own. */
import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import path from "node:path";
import type Koa from "koa";
import type { ServedContract } from "../../contract/contract.ts";
import { parseContract } from "../../contract/parseContract.ts";
import { servedContract } from "../../contract/servedContract.ts";
import { openSession } from "../../service/src/engine/modelSession.ts";
import { firstGolden } from "../../service/src/golden/firstGolden.ts";
import { listen } from "../../service/src/http/server.ts";
import { createApp } from "../../service/src/programs/app.ts";

export const MODEL_FOLDERS = [
  "model",
  ...["breast-cancer", "diabetes", "digits-cnn", "digits-mlp", "messages", "purchases", "wine"].map(
    (name) => `tests/models/${name}`,
  ),
];

export const contractOf = (folder: string): ServedContract => {
  const file = path.join(folder, "contract.json");
  return servedContract(parseContract(readFileSync(file, "utf8"), file));
};

export interface ServedModel {
  readonly app: Koa;
  readonly url: string;
  readonly contract: ServedContract;
  close(): Promise<void>;
}

/** @param golden Whether the golden requests are there. */
export async function serveModel(folder: string, { golden = true } = {}): Promise<ServedModel> {
  const contract = contractOf(folder);
  const session = await openSession(path.join(folder, "model.onnx"), contract, { threads: 1 });
  const app = createApp({
    predictor: { run: session.run, admit() {}, close: session.release },
    contract,
    release: "0123456789abcdef",
    state: { phase: "ready" },
    log: { error() {} },
    ...(golden && { golden: () => firstGolden(folder) }),
  });
  const { server, port }: { server: Server; port: number } = await listen(app.callback(), 0, "127.0.0.1");
  return {
    app,
    url: `http://127.0.0.1:${port}`,
    contract,
    async close() {
      server.close().closeAllConnections();
      await session.release();
    },
  };
}
