import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import type { ServedContract } from "../../../contract/contract.ts";
import { cache } from "../../../sandbox/places.ts";
import { buildModel, node, value } from "../../support/onnxBuilder.ts";
import { pythonEnvironment } from "../../support/pythonEnvironment.ts";
import { postJson } from "../../support/serviceApp.ts";
import { type ServiceProcess, spawnService } from "../../support/serviceProcess.ts";

const INPUTS = [
  { name: "floats", datatype: "FP32", shape: [-1, 2] },
  { name: "integers", datatype: "INT64", shape: [-1, 2] },
  { name: "words", datatype: "BYTES", shape: [-1, 1] },
] as const;
const OUTPUTS = INPUTS.map((input) => ({ ...input, name: `same_${input.name}` }));
const METADATA = {
  name: "echo",
  versions: ["1.0.0"],
  platform: "onnx_onnxv1",
  inputs: INPUTS,
  outputs: OUTPUTS,
};
const CONTRACT = {
  name: "echo",
  version: "1.0.0",
  task: "raw",
  inputs: INPUTS,
  outputs: OUTPUTS,
  prediction: "same_floats",
};

/** What clients.py sends. */
const SAME = {
  id: "7",
  floats: [
    [1.5, -2.25],
    [Math.fround(3.4e38), Math.fround(1e-45)],
  ],
  integers: [
    ["0", "-1"],
    ["9007199254740991", "-9007199254740991"],
  ],
  words: [["é\n"], [""]],
};
const WIDE = {
  ...SAME,
  integers: [
    ["9223372036854775807", "-9223372036854775808"],
    ["9007199254740993", "7"],
  ],
};

/** As tritonclient has it. */
const CONFIG = {
  name: "echo",
  platform: "onnxruntime_onnx",
  backend: "onnxruntime",
  max_batch_size: 0,
  input: INPUTS.map(configured),
  output: OUTPUTS.map(configured),
};
const INDEX = [{ name: "echo", version: "1.0.0", state: "READY", reason: "" }];

function configured({ name, datatype, shape }: { name: string; datatype: string; shape: readonly number[] }) {
  return { name, data_type: datatype === "BYTES" ? "TYPE_STRING" : `TYPE_${datatype}`, dims: shape };
}

interface Found {
  readonly [key: string]: unknown;
  readonly same: Readonly<Record<string, unknown>>;
  readonly wide?: Readonly<Record<string, unknown>>;
}

/** All but the tensors and the statistics, which have tests of their own. */
function rest(found: Found): unknown {
  return Object.fromEntries(Object.entries(found).filter(([key]) => !/^(same|wide)$|statistics$/.test(key)));
}

describe("The official clients of the protocols", function () {
  // The first time, packages are installed.
  this.timeout(300_000);
  let folder: string;
  const services: ServiceProcess[] = [];
  let found: Record<"triton" | "triton aio" | "kserve", Found> &
    Record<"kserve v1" | "mlflow", Readonly<Record<string, unknown>>>;
  /** What `/predict` gives for the rows that clients.py sends. */
  let loans: unknown;

  /** @returns its address. */
  async function serve(env: Record<string, string>): Promise<string> {
    const service = spawnService({ SLIPWAY_RELEASE: "0123456789abcdef", ...env });
    services.push(service);
    return `http://127.0.0.1:${(await service.line("serving"))["port"]}`;
  }

  before(async function () {
    let python: string;
    try {
      python = await pythonEnvironment(
        path.join(import.meta.dirname, "requirements.txt"),
        path.join(cache, "clients"),
      );
    } catch (error) {
      if (process.env["CI"]) throw error;
      console.log(`    skipped, since there is no Python with these clients: ${(error as Error).message}`);
      return this.skip();
    }
    folder = mkdtempSync(path.join(tmpdir(), "slipway-"));
    writeFileSync(
      path.join(folder, "contract.json"),
      JSON.stringify(CONTRACT satisfies Partial<Record<keyof ServedContract, unknown>>),
    );
    writeFileSync(
      path.join(folder, "model.onnx"),
      buildModel({
        inputs: INPUTS.map(({ name, datatype, shape }) => value(name, datatype, shape)),
        outputs: OUTPUTS.map(({ name, datatype, shape }) => value(name, datatype, shape)),
        nodes: INPUTS.map(({ name }) => node("Identity", [name], [`same_${name}`])),
      }),
    );
    const [url, loanUrl] = await Promise.all([serve({ MODEL_DIR: folder }), serve({ MODEL_DIR: "model" })]);
    const script = path.join(import.meta.dirname, "clients.py");
    const { stdout } = await execa(python, [script, url, "echo", "1.0.0", loanUrl], { timeout: 60_000 });
    found = JSON.parse(stdout);
    const rows = {
      features: [
        [50_000, 35, 720],
        [0, 18, 300],
      ],
    };
    const answer = await postJson(`${loanUrl}/predict`, JSON.stringify(rows));
    loans = ((await answer.json()) as { prediction: unknown }).prediction;
  });

  after(async () => {
    for (const { child } of services) child.kill();
    await Promise.all(services.map(({ exit }) => exit));
    if (folder) rmSync(folder, { recursive: true });
  });

  it("find the server, the model and what they say in Triton's words", () => {
    const words = { name: "same_words", shape: [2, 1], datatype: "BYTES" };
    assert.deepEqual(rest(found.triton), {
      live: true,
      ready: true,
      "model ready": true,
      "version ready": true,
      "other ready": false,
      server: {
        name: "slipway",
        version: "0123456789abcdef",
        extensions: ["binary_tensor_data", "model_configuration", "statistics"],
      },
      model: METADATA,
      version: METADATA,
      other: ["404", 'There is no model "other", only echo.'],
      "one output": {
        model_name: "echo",
        model_version: "1.0.0",
        outputs: [{ ...words, parameters: { binary_data_size: 11 } }],
      },
      "bad value": ["422", "inputs[0] binary data[0][0] must be a finite number, got NaN"],
      "bad shape": ["422", "inputs[0].shape must be [-1,2] with a number from 1 in place of -1, got [2,3]"],
      config: CONFIG,
      "version's config": CONFIG,
      index: INDEX,
    });
    assert.deepEqual(rest(found["triton aio"]), {
      ready: true,
      model: METADATA,
      config: CONFIG,
      index: INDEX,
    });
  });

  it("find what the model has answered in Triton's words", () => {
    const statistics = found.triton["statistics"] as { model_stats: Record<string, any>[] };
    const [model] = statistics.model_stats;
    const { success, fail, compute_infer: run } = model!["inference_stats"];

    assert.deepEqual([model!["name"], model!["version"]], ["echo", "1.0.0"]);
    assert(Math.abs(Date.now() - model!["last_inference"]) < 60_000, String(model!["last_inference"]));
    // The model takes one request at a time.
    assert(success.count > 10 && success.count === model!["execution_count"], JSON.stringify(model));
    assert.equal(model!["inference_count"], run.count);
    assert(run.ns > 0 && run.ns < success.ns, JSON.stringify(model));
    assert.equal(fail.count, 0);
    assert.deepEqual(found.triton["version's statistics"], statistics);
  });

  it("get predictions in the words of KServe V1", () => {
    const { floats } = SAME;

    assert.deepEqual(found["kserve v1"], {
      "model ready": true,
      instances: { predictions: floats },
      inputs: { outputs: floats },
      loans: { predictions: loans },
    });
  });

  it("get predictions in MLflow's words", () => {
    const { "one column more": refused, ...predictions } = found.mlflow;

    assert.deepEqual(loans, [1, 0]);
    assert.deepEqual(predictions, { dataframe: loans, records: loans, array: loans });
    assert.match(
      String(refused),
      /error code 422.*dataframe_split\.columns\[3\] \(\\"id\\"\) is unknown, the model takes income, age, credit_score/,
    );
  });

  it("find them in KServe's words", () => {
    assert.deepEqual(rest(found.kserve), {
      live: true,
      ready: true,
      "model ready": true,
      "other ready": false,
    });
  });

  for (const { client, ways } of [
    {
      client: "triton",
      ways: [
        "JSON",
        "binary",
        "binary by default",
        "JSON in",
        "JSON out",
        "of a version",
        "gzip",
        "deflate",
        "compression of the answer",
        "parameters",
        "asynchronous",
      ],
    },
    { client: "triton aio", ways: ["JSON", "binary"] },
    { client: "kserve", ways: ["JSON", "binary", "JSON in", "JSON out"] },
  ] as const) {
    it(`get predictions in every way that ${client} has`, () => {
      assert.deepEqual(found[client].same, Object.fromEntries(ways.map((way) => [way, SAME])));
    });
  }

  for (const client of ["triton", "kserve"] as const) {
    it(`get integers from ${client} that no number in JSON holds`, () => {
      assert.deepEqual(found[client].wide, { binary: WIDE, "JSON out": WIDE });
    });
  }
});
