import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { deflateSync, gzipSync } from "node:zlib";
import { inspectModel } from "../../../gate/onnx/inspect.ts";
import { floats, graph, type Node, node, type Tensor } from "../../support/onnxBuilder.ts";
import { externalDataModel, identityModel, linearModel } from "../../support/onnxModels.ts";

/** A length-delimited field, as protobuf writes it. */
function field(number: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([head(number, body.length), body]);
}

/** The start of a field: its number and the number of its bytes. */
function head(number: number, length: number): Buffer {
  const bytes = [number * 8 + 2];
  let rest = length;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

/** Field numbers in the format's definition. */
const GRAPH = 7;
const INITIALIZER = 5;
const RAW_DATA = 9;
const NODE = 1;
const OP_TYPE = 4;
/** ir_version: 10, and opset_import: [{ version: 21 }] */
const HEAD = Buffer.from([0x08, 10, 0x42, 2, 0x10, 21]);

const external = (name: string, location: string): Tensor => ({
  name,
  dataType: 1,
  dataLocation: 1,
  externalData: [
    { key: "offset", value: "0" },
    { key: "location", value: location },
    { key: "length", value: "4" },
  ],
});
const constant = (tensor: Tensor): Node => node("Constant", [], ["c"], { value: { tensor } });
const within = (...nodes: Node[]) => ({ graph: graph({ inputs: [], outputs: [], nodes }) });

describe("inspectModel", () => {
  it("reads the example model", () => {
    assert.deepEqual(inspectModel(readFileSync("model/model.onnx")), {
      irVersion: 10,
      producer: "skl2onnx 1.20.0",
      opsets: [
        { domain: "ai.onnx", version: 21 },
        { domain: "ai.onnx.ml", version: 1 },
      ],
      operators: ["ai.onnx.ml:TreeEnsembleClassifier"],
      functions: [],
      externalData: [],
    });
  });

  it("finds operators and external data wherever they are", () => {
    const model = identityModel({
      nodes: [
        node("If", ["c"], ["y"], {
          then_branch: within(
            node("Loop", [], [], {
              body: within(node("Neg", [], []), constant(external("deep", "deep.bin"))),
            }),
          ),
          else_branch: within({ ...node("Foo", [], []), domain: "com.acme" }),
        }),
        node("Abs", [], []),
        node("Abs", [], []),
      ],
      initializers: [floats("here", [1]), external("w", "../weights.bin")],
      functions: [
        {
          domain: "local",
          name: "F",
          node: [node("Sin", [], []), constant(external("inFunction", "function.bin"))],
          attributeProto: [{ name: "default", t: external("inDefault", "default.bin") }],
          opsetImport: [{ domain: "elsewhere", version: 99n }],
        },
      ],
      domains: { "com.acme": 3 },
    });

    assert.deepEqual(inspectModel(model), {
      irVersion: 10,
      producer: "slipway-tests 1.0",
      opsets: [
        { domain: "ai.onnx", version: 21 },
        { domain: "com.acme", version: 3 },
      ],
      operators: [
        "ai.onnx:Abs",
        "ai.onnx:Constant",
        "ai.onnx:If",
        "ai.onnx:Loop",
        "ai.onnx:Neg",
        "ai.onnx:Sin",
        "com.acme:Foo",
      ],
      functions: ["local:F"],
      externalData: [
        { tensor: "deep", location: "deep.bin" },
        { tensor: "w", location: "../weights.bin" },
        { tensor: "inFunction", location: "function.bin" },
        { tensor: "inDefault", location: "default.bin" },
      ],
    });
  });

  it("finds external data in a sparse tensor", () => {
    const model = identityModel({
      nodes: [
        {
          opType: "Constant",
          attribute: [{ name: "sparse_value", sparseTensor: { values: external("values", "sparse.bin") } }],
        },
      ],
    });

    assert.deepEqual(facts(model).externalData, [{ tensor: "values", location: "sparse.bin" }]);
  });

  it("takes a tensor that is said to be elsewhere for external, even without a location", () => {
    const model = identityModel({ initializers: [{ name: "w", dataLocation: 1 }] });

    assert.deepEqual(facts(model).externalData, [{ tensor: "w", location: "" }]);
  });

  it("takes a tensor with a location for external, even if it is said to be here", () => {
    const model = identityModel({ initializers: [{ ...external("w", "w.bin"), dataLocation: 0 }] });

    assert.deepEqual(facts(model).externalData, [{ tensor: "w", location: "w.bin" }]);
  });

  it("takes the newer of two versions of a domain", () => {
    for (const domains of [{ "ai.onnx": 20 }, { "ai.onnx": 22 }]) {
      const { opsets } = facts(identityModel({ domains }));

      assert.deepEqual(opsets, [{ domain: "ai.onnx", version: Math.max(21, domains["ai.onnx"]) }]);
    }
  });

  it("leaves out of a name what would change a terminal", () => {
    const model = identityModel({ nodes: [node("\u001b[2JNeg\u202e", [], [])] });

    assert.deepEqual(facts(model).operators, ["ai.onnx:\ufffd[2JNeg\ufffd"]);
  });

  it("cuts an endless name", () => {
    const model = identityModel({ nodes: [node("x".repeat(1_000_000), [], [])] });

    assert.deepEqual(facts(model).operators, [`ai.onnx:${"x".repeat(256)}`]);
  });

  it("does not copy 200 MB of weights", () => {
    const size = 200_000_000;
    const start = [head(RAW_DATA, size)];
    for (const number of [INITIALIZER, GRAPH])
      start.unshift(head(number, size + start.reduce((sum, { length }) => sum + length, 0)));
    const model = Buffer.alloc(size + 100);
    const end = Buffer.concat([HEAD, ...start]).copy(model) + size;
    const before = process.memoryUsage().arrayBuffers;

    assert.deepEqual(facts(model.subarray(0, end)).operators, []);

    assert.ok(process.memoryUsage().arrayBuffers - before < size / 2);
  });
});

const COPY = "copy or download the file again, and compare its hash with the original's";
const KERAS = 'export it in Python: model.export("model.onnx", format="onnx")';
const whole = linearModel();
const zipOf = (...names: string[]) => Buffer.from(`PK\u0003\u0004 … ${names.join(" … ")}`);

/** Files that are no ONNX models, with what the gate says. */
const files: Record<string, { bytes: Uint8Array; error: string; fix?: string }> = {
  "an empty file": {
    bytes: new Uint8Array(),
    error: "The file is empty.",
    fix: "export the model again, or copy the file again",
  },
  "a Git LFS pointer": {
    bytes: Buffer.from(
      "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345678\n",
    ),
    error: "The file is a Git LFS pointer to 12,345,678 bytes, not the model itself.",
    fix: "git lfs pull",
  },
  "a web page": {
    bytes: Buffer.from("\n<!doctype HTML><html><head><title>\n404 Not Found </title></head></html>"),
    error: 'The file is a web page with the title "404 Not Found", as a failed download leaves it behind.',
    fix: "download the model again, from the address of the file itself",
  },
  "an answer in XML": {
    bytes: Buffer.from('<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>'),
    error: "The file is a web page, as a failed download leaves it behind.",
    fix: "download the model again, from the address of the file itself",
  },
  "a pickle": {
    bytes: Buffer.from("80049518000000", "hex"),
    error: "The file is a Python pickle (protocol 4), as joblib and pickle write it, not ONNX.",
    fix: 'convert it in Python: skl2onnx.to_onnx(model, X[:1], options={"zipmap": False}).SerializeToString()',
  },
  "a pickle that joblib has compressed": {
    bytes: deflateSync(Buffer.from("80049518000000", "hex")),
    error: "The file is compressed with zlib, as joblib does with a pickle, not ONNX.",
    fix: 'convert it in Python: skl2onnx.to_onnx(model, X[:1], options={"zipmap": False}).SerializeToString()',
  },
  "a pickle of an old PyTorch": {
    bytes: Buffer.from("80028a0a6cfc9c46f9206aa850192e80024de903", "hex"),
    error: "The file is a pickle as old versions of PyTorch write it, not ONNX.",
    fix: 'export it in Python: torch.onnx.export(model, (example,), "model.onnx", external_data=False)',
  },
  "a PyTorch archive": {
    bytes: zipOf("model/data.pkl", "model/data/0"),
    error: "The file is a zip archive as PyTorch writes it, not ONNX.",
    fix: 'export it in Python: torch.onnx.export(model, (example,), "model.onnx", external_data=False)',
  },
  "a Keras archive": {
    bytes: zipOf("metadata.json", "config.json", "model.weights.h5"),
    error: "The file is a zip archive as Keras writes it, not ONNX.",
    fix: KERAS,
  },
  "a NumPy archive": {
    bytes: zipOf("weights.npy"),
    error: "The file is a zip archive as NumPy writes it, not ONNX.",
    fix: "export the model, not its arrays",
  },
  "a zip of the model": {
    bytes: zipOf("model.onnx"),
    error: "The file is a zip archive, not ONNX.",
    fix: "unpack it, and put the model itself there",
  },
  HDF5: {
    bytes: Buffer.from("\x89HDF\r\n\x1a\n\0\0", "latin1"),
    error: "The file is HDF5, as Keras writes it, not ONNX.",
    fix: KERAS,
  },
  "a compressed model": {
    bytes: gzipSync(whole),
    error: "The file is compressed with gzip.",
    fix: "decompress it: gunzip < model.onnx > model && mv model model.onnx",
  },
  "ONNX Runtime's own format": {
    bytes: Buffer.from("\x18\0\0\0ORTM", "latin1"),
    error: "The file is in ONNX Runtime's own format (.ort), which is bound to one version of the runtime.",
    fix: "ship the ONNX file that it was made from",
  },
  "random bytes": {
    bytes: Buffer.from("f3a91c0de47b5512c0ffee", "hex"),
    error: "The file is no ONNX model: it begins with the bytes f3 a9 1c 0d e4 7b 55 12.",
  },
  "bytes that read like a field that is cut off": {
    bytes: Buffer.from([0x0a, 0xff, 5, 1, 2]),
    error: "The file is no ONNX model: it begins with the bytes 0a ff 05 01 02.",
  },
  text: {
    bytes: Buffer.from('{"learner": {}}'),
    error: "The file is no ONNX model: it begins with the bytes 7b 22 6c 65 61 72 6e 65.",
  },
  "a model that is cut off": {
    bytes: whole.subarray(0, 200),
    error: "The file ends too early: its graph needs 361 bytes, and only 175 are there.",
    fix: COPY,
  },
  "a model with a damaged graph": {
    bytes: Buffer.concat([HEAD, field(GRAPH, field(NODE, Buffer.from([0x22, 100, 1])))]),
    error: "The file begins like an ONNX model, but is damaged further on.",
    fix: COPY,
  },
  "a model with a number that goes beyond its message": {
    bytes: Buffer.concat([HEAD, field(GRAPH, Buffer.from([0x0d, 1])), HEAD]),
    error: "The file begins like an ONNX model, but is damaged further on.",
    fix: COPY,
  },
  "a protobuf message of another kind": {
    bytes: Buffer.from([0x0a, 3, 0x61, 0x62, 0x63]),
    error:
      "The file can be read as protobuf, but is no ONNX model: it has no ir_version and no graph and no opset_import.",
  },
  "a model without a graph": {
    bytes: HEAD,
    error: "The file can be read as protobuf, but is no ONNX model: it has no graph.",
  },
  "a model without an opset": {
    bytes: Buffer.concat([HEAD.subarray(0, 2), field(GRAPH)]),
    error: "The file can be read as protobuf, but is no ONNX model: it has no opset_import.",
  },
  "graphs nested a thousand deep": {
    bytes: Buffer.concat([HEAD, field(GRAPH, deep(1000))]),
    error: "The model nests more than 101 messages within each other, and the runtime reads no more.",
    fix: "export it with fewer subgraphs within each other",
  },
  "five million nodes": {
    bytes: Buffer.concat([HEAD, field(GRAPH, Buffer.alloc(10_000_000, Buffer.from([NODE * 8 + 2, 0])))]),
    error: "The model has more parts than any honest one.",
  },
  "more operators than there can be": {
    bytes: Buffer.concat([
      HEAD,
      field(
        GRAPH,
        ...Array.from({ length: 100_002 }, (_, i) => field(NODE, field(OP_TYPE, Buffer.from(`Op${i}`)))),
      ),
    ]),
    error: "The model has more parts than any honest one.",
  },
  "a number without end": {
    bytes: Buffer.concat([HEAD, Buffer.from([0x28]), Buffer.alloc(1000, 0xff)]),
    error: "The file begins like an ONNX model, but is damaged further on.",
    fix: COPY,
  },
};

/** Graphs in attributes of nodes of graphs. */
function deep(levels: number): Buffer {
  let inner: Buffer = Buffer.alloc(0);
  for (let level = 0; level < levels; level += 1) inner = field(NODE, field(5, field(6, inner)));
  return inner;
}

function facts(model: Uint8Array) {
  const found = inspectModel(model);
  if ("error" in found) throw new Error(found.error);
  return found;
}

describe("inspectModel, of a file that is no model,", () => {
  for (const [name, { bytes, error, fix = "export the model again" }] of Object.entries(files)) {
    it(`recognises ${name}`, () => {
      assert.deepEqual(inspectModel(bytes), { error, fix });
    });
  }

  it("says something of a model that is cut off or damaged anywhere", () => {
    const model = externalDataModel("weights.bin");
    for (let i = 0; i < model.length; i += 1) {
      const damaged = Uint8Array.from(model);
      damaged[i] = 0xff;

      assert.doesNotThrow(() => inspectModel(damaged));
      assert.equal(typeof (inspectModel(model.subarray(0, i)) as { error: string }).error, "string");
    }
  });
});
