/**
 * What is measured: this service, and what else one would serve the same model with, each as its own documents show it,
 * with one worker, since it has one core, and with no log line per request, since this service writes none either.
 */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { cache } from "../../../sandbox/places.ts";
import type * as bundle from "../../../service/bundle.ts";
import { freePorts } from "../../support/freePorts.ts";
import { pythonEnvironment } from "../../support/pythonEnvironment.ts";
import { AGAINST } from "../against.ts";
import type { Asked } from "./models.ts";
import type { Launch } from "./pinnedServer.ts";

export interface Server {
  readonly title: string;
  /** Makes what it needs, once. @throws Error where that cannot be had here. */
  prepare(): Promise<void>;
  /** How it is started for the model in a folder; it may write into `scratch`. */
  launch(model: string, scratch: string): Promise<Launch>;
  readonly path: string;
  body(rows: Asked["rows"]): unknown;
  /** The labels in an answer; undefined if it has none to be right or wrong. */
  labels(answer: unknown): unknown;
  /** How it runs its model, from its log. */
  mode?(log: string): string | undefined;
}

const root = path.join(import.meta.dirname, "..", "..", "..");

const ours = (title: string, environment: Record<string, string>, checkout = root): Server => ({
  title,
  async prepare() {},
  /** Laid out, started and told what the image and its pod do. */
  async launch(model, scratch) {
    await mkdir(path.join(scratch, "model"), { recursive: true });
    const arch = process.arch === "arm64" ? "arm64" : "amd64";
    const { bundleService, nativeRuntimeFiles }: typeof bundle = await import(
      path.join(checkout, "service", "bundle.ts")
    );
    for (const { path: name, bytes } of await bundleService())
      await writeFile(path.join(scratch, name), bytes);
    for (const { from, to } of nativeRuntimeFiles(arch)) await copyFile(from, path.join(scratch, to));
    await copyFile(path.join(model, "model.onnx"), path.join(scratch, "model", "model.onnx"));
    for (const name of ["contract.json", "golden.json"])
      await copyFile(path.join(root, "model", name), path.join(scratch, "model", name));
    const [port, platformPort] = (await freePorts(2)) as [number, number];
    return {
      command: [process.execPath, path.join(scratch, "main.cjs")],
      folder: scratch,
      environment: {
        SLIPWAY_RELEASE: "0123456789abcdef",
        HOST: "127.0.0.1",
        PORT: `${port}`,
        PLATFORM_PORT: `${platformPort}`,
        DRAIN_MS: "0",
        ...environment,
      },
      port,
      ready: `http://127.0.0.1:${platformPort}/ready`,
    };
  },
  path: "/predict",
  body: (rows) => ({ features: rows.length === 1 ? rows[0] : rows }),
  labels: (answer) => (answer as { prediction: unknown }).prediction,
});
/** `mode` in the line that it writes when it serves. */
const mode = (log: string): string | undefined =>
  log
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as { msg?: string; mode?: string })
    .find(({ msg }) => msg === "serving")?.mode;
const slipway: Server = { ...ours("Slipway", {}), mode };

function fastApi(title: string, module: string): Server {
  let programs: string;
  return {
    title,
    async prepare() {
      programs = await pythonPrograms("fastapi");
    },
    async launch(model) {
      const [port] = (await freePorts(1)) as [number];
      const options = ["--host", "127.0.0.1", "--port", `${port}`, "--workers", "1", "--no-access-log"];
      return {
        command: [
          path.join(programs, "uvicorn"),
          `${module}:app`,
          ...options,
          "--loop",
          "uvloop",
          "--http",
          "httptools",
        ],
        folder: import.meta.dirname,
        environment: { MODEL_DIR: model, PYTHONDONTWRITEBYTECODE: "1" },
        port,
        ready: `http://127.0.0.1:${port}/`,
      };
    },
    path: "/predict",
    body: (rows) => ({ features: rows }),
    labels: (answer) => (answer as { prediction: unknown }).prediction,
  };
}

let bentoPrograms: string;
const bentoml: Server = {
  title: "BentoML",
  async prepare() {
    bentoPrograms = await pythonPrograms("bentoml");
  },
  async launch(model, scratch) {
    const [port] = (await freePorts(1)) as [number];
    return {
      command: [
        path.join(bentoPrograms, "bentoml"),
        "serve",
        "bentoml_service:Loan",
        "--host",
        "127.0.0.1",
        "--port",
        `${port}`,
      ],
      folder: import.meta.dirname,
      environment: {
        MODEL_DIR: model,
        // Its workers are started with the "python" of the path.
        PATH: `${bentoPrograms}:${process.env["PATH"]}`,
        BENTOML_HOME: scratch,
        BENTOML_DO_NOT_TRACK: "True",
        PYTHONDONTWRITEBYTECODE: "1",
      },
      port,
      ready: `http://127.0.0.1:${port}/readyz`,
    };
  },
  path: "/predict",
  body: (rows) => ({ features: rows }),
  labels: (answer) => (answer as number[][]).map(([label]) => label),
};

let mlserverPrograms: string;
const mlserver: Server = {
  title: "MLServer",
  async prepare() {
    mlserverPrograms = await pythonPrograms("mlserver");
  },
  async launch(model, scratch) {
    const [http, grpc, metrics] = (await freePorts(3)) as [number, number, number];
    const settings = {
      host: "127.0.0.1",
      http_port: http,
      grpc_port: grpc,
      metrics_port: metrics,
      debug: false,
    };
    const modelSettings = {
      name: "loan",
      implementation: "mlserver_sklearn.SKLearnModel",
      parameters: { uri: path.join(model, "model.joblib"), version: "v1" },
    };
    await writeFile(path.join(scratch, "settings.json"), JSON.stringify(settings));
    await writeFile(path.join(scratch, "model-settings.json"), JSON.stringify(modelSettings));
    return {
      command: [path.join(mlserverPrograms, "mlserver"), "start", "."],
      folder: scratch,
      environment: {},
      port: http,
      ready: `http://127.0.0.1:${http}/v2/models/loan/ready`,
    };
  },
  path: "/v2/models/loan/infer",
  body: (rows) => ({
    inputs: [
      { name: "features", shape: [rows.length, rows[0]!.length], datatype: "FP32", data: rows.flat() },
    ],
    outputs: [{ name: "predict" }, { name: "predict_proba" }],
  }),
  labels: (answer) =>
    (answer as { outputs: { name: string; data: unknown }[] }).outputs.find(({ name }) => name === "predict")
      ?.data,
};

/** What Node.js' own server gives where the answer is a constant: the upper limit. */
const bare: Server = {
  title: "bare node:http",
  async prepare() {},
  async launch() {
    const [port] = (await freePorts(1)) as [number];
    return {
      command: [process.execPath, path.join(import.meta.dirname, "bare.mjs"), `${port}`],
      folder: root,
      environment: {},
      port,
      ready: `http://127.0.0.1:${port}/`,
    };
  },
  path: "/predict",
  body: slipway.body,
  labels: () => undefined,
};

export const SERVERS: Readonly<
  Record<
    | "slipway"
    | "slipway-against"
    | "slipway-isolated"
    | "fastapi-sklearn"
    | "fastapi-onnx"
    | "bentoml"
    | "mlserver"
    | "bare",
    Server
  >
> = {
  slipway,
  "slipway-against": { ...ours("Slipway, AGAINST", {}, AGAINST), mode },
  "slipway-isolated": ours("Slipway, isolated", { RUN_MODE: "isolated" }),
  "fastapi-sklearn": fastApi("FastAPI + scikit-learn", "fastapi_sklearn"),
  "fastapi-onnx": fastApi("FastAPI + onnxruntime", "fastapi_onnx"),
  bentoml,
  mlserver,
  bare,
};

/** @param name Of the file of requirements beside this one. */
async function pythonPrograms(name: string): Promise<string> {
  const requirements = path.join(import.meta.dirname, `${name}.requirements.txt`);
  return path.dirname(await pythonEnvironment(requirements, path.join(cache, "bench", name)));
}

export type ServerKey = keyof typeof SERVERS;
