import assert from "node:assert/strict";
import { parseGolden } from "../../../infra/gate/golden.ts";
import type { Contract } from "../../../model/contract.ts";

const FILE = "model/golden.json";
const contract = {
  inputs: [{ name: "features", datatype: "FP32", shape: [-1, 2] }],
  outputs: [
    { name: "label", datatype: "INT64", shape: [-1] },
    { name: "word", datatype: "BYTES", shape: [-1] },
  ],
} as unknown as Contract;

const sound = {
  name: "a request",
  inputs: { features: [[1, 2.5]] },
  outputs: { label: [1], word: ["yes"] },
};

const parse = (document: unknown, like = contract) => parseGolden(JSON.stringify(document), FILE, like);
/** The objections to one request that differs from the sound one. */
const objectionsTo = (change: object, like = contract) =>
  parse({ requests: [{ ...sound, ...change }] }, like).findings;

const objection = (pointer: string, what: string) => ({
  what,
  where: `${FILE}, ${pointer}`,
  fix: 'write {"requests": [{"name": …, "inputs": {NAME: nested arrays}, "outputs": {NAME: nested arrays}}]}',
});

describe("parseGolden", () => {
  it("gives each request as flat tensors of the contract's types", () => {
    assert.deepEqual(parse({ requests: [sound, { ...sound, name: undefined }] }), {
      file: FILE,
      value: ["a request", "request 2"].map((name) => ({
        name,
        inputs: { features: { shape: [1, 2], data: Float32Array.of(1, 2.5) } },
        outputs: {
          label: { shape: [1], data: BigInt64Array.of(1n) },
          word: { shape: [1], data: ["yes"] },
        },
      })),
      findings: [],
    });
  });

  it("takes a number for a tensor of no dimensions", () => {
    const scalar = { ...contract, inputs: [{ name: "features", datatype: "FP32", shape: [] }] } as Contract;

    assert.deepEqual(
      parse({ requests: [{ ...sound, inputs: { features: 7 } }] }, scalar).value?.[0]?.inputs,
      {
        features: { shape: [], data: Float32Array.of(7) },
      },
    );
  });

  it("objects to a text that the runtime would cut", () => {
    assert.deepEqual(objectionsTo({ outputs: { label: [1, 1], word: ["yes", "no\0t"] } }), [
      objection(
        "/requests/0/outputs/word",
        'Value 2 is "no\\u0000t", which holds U+0000, where ONNX Runtime ends a text.',
      ),
    ]);
  });

  it("says where the text stops being JSON", () => {
    for (const { text, why } of [
      { text: '{\n"requests": [}', why: 'line 2, column 14: expected a value or ], found "}"' },
      {
        text: "\ufeff{}",
        why: "line 1, column 1: expected a value, found a byte order mark, which JSON must not begin with",
      },
    ]) {
      const { value: requests, findings } = parseGolden(text, FILE, contract);

      assert.equal(requests, undefined);
      assert.deepEqual(
        findings.map(({ what, where }) => ({ what, where })),
        [{ what: `The golden requests are not JSON: ${why}`, where: `${FILE}, the file` }],
      );
    }
  });

  for (const document of [null, {}, [], 7, "text", { requests: [] }, { requests: {} }]) {
    it(`finds no requests in ${JSON.stringify(document)}`, () => {
      assert.deepEqual(parse(document), {
        file: FILE,
        findings: [objection("/requests", "There are no golden requests: at least one is needed.")],
      });
    });
  }

  for (const { fact, change, objections } of [
    {
      fact: "names every tensor that is missing",
      change: { inputs: null, outputs: undefined },
      objections: [
        objection("/requests/0/inputs/features", 'The tensor "features" is missing.'),
        objection("/requests/0/outputs/label", 'The tensor "label" is missing.'),
        objection("/requests/0/outputs/word", 'The tensor "word" is missing.'),
      ],
    },
    {
      fact: "names a tensor that the contract does not",
      change: { inputs: { ...sound.inputs, extra: [1] } },
      objections: [objection("/requests/0/inputs/extra", 'The contract names no tensor "extra".')],
    },
    {
      fact: "names a shape that the contract does not declare",
      change: { inputs: { features: [[1, 2, 3]] }, outputs: { label: 1, word: [["yes"]] } },
      objections: [
        objection("/requests/0/inputs/features", "Its shape is [1,3], and the contract declares [-1,2]."),
        objection("/requests/0/outputs/label", "Its shape is [], and the contract declares [-1]."),
        objection("/requests/0/outputs/word", "Its shape is [1,1], and the contract declares [-1]."),
      ],
    },
    {
      fact: "names rows of different lengths",
      change: { inputs: { features: [[1, 2], [3]] } },
      objections: [
        objection(
          "/requests/0/inputs/features",
          "Its rows differ in length: 3 values do not make the shape [2,2].",
        ),
      ],
    },
    {
      fact: "names the value that is of another type",
      change: { inputs: { features: [[1, "2"]] }, outputs: { label: [null], word: [1] } },
      objections: [
        objection("/requests/0/inputs/features", 'Value 2 is "2", and the contract declares FP32.'),
        objection("/requests/0/outputs/label", "Value 1 is null, and the contract declares INT64."),
        objection("/requests/0/outputs/word", "Value 1 is 1, and the contract declares BYTES."),
      ],
    },
  ]) {
    it(fact, () => {
      assert.deepEqual(objectionsTo(change), objections);
    });
  }

  for (const { fact, change } of [
    {
      fact: "objects to rows of different lengths that have the right number of values together",
      change: { inputs: { features: [[1, 2], [3], [4, 5, 6]] } },
    },
    { fact: "objects to a value that is nested too deep", change: { inputs: { features: [[1, [2]]] } } },
    {
      fact: "objects to a fraction where the contract declares an integer",
      change: { outputs: { label: [1.5], word: ["yes"] } },
    },
  ]) {
    it(fact, () => {
      assert.equal(objectionsTo(change).length, 1);
    });
  }

  it("counts what is beyond five", () => {
    const { findings: objections } = parse({
      requests: Array.from({ length: 7 }, () => ({ ...sound, inputs: {} })),
    });

    assert.deepEqual(objections, [
      ...[0, 1, 2, 3, 4].map((i) =>
        objection(`/requests/${i}/inputs/features`, 'The tensor "features" is missing.'),
      ),
      objection("/requests/5/inputs/features", "And 2 more like these."),
    ]);
  });

  it("writes half-precision numbers as their bits", () => {
    const half = { ...contract, inputs: [{ name: "features", datatype: "FP16", shape: [-1] }] } as Contract;
    const [request] = parse({ requests: [{ ...sound, inputs: { features: [1, -2] } }] }, half).value ?? [];

    assert.deepEqual(request?.inputs, { features: { shape: [2], data: Uint16Array.of(0x3c00, 0xc000) } });
  });

  it("objects to what the service would refuse: a value outside its column, a request above 1 MB", () => {
    const columns = [
      { name: "age", max: 100 },
      { name: "grade", categories: [1, 2] },
    ];
    const ranged = {
      ...contract,
      inputs: [{ name: "features", datatype: "FP32", shape: [-1, 2], columns }],
    } as Contract;

    assert.deepEqual(objectionsTo({ inputs: { features: [[100, 2]] } }, ranged), []);
    assert.deepEqual(objectionsTo({ inputs: { features: [[101, 2]] } }, ranged), [
      objection(
        "/requests/0/inputs/features",
        "Value 1 is 101, which is outside what the contract declares for age.",
      ),
    ]);
    assert.deepEqual(objectionsTo({ inputs: { features: [[7, 3]] } }, ranged), [
      objection(
        "/requests/0/inputs/features",
        "Value 2 is 3, which is outside what the contract declares for grade.",
      ),
    ]);
    assert.deepEqual(
      objectionsTo({ inputs: { features: Array.from({ length: 250_000 }, () => [1, 1]) } }, ranged),
      [
        objection(
          "/requests/0/inputs",
          "It has 1,500,014 bytes as JSON, and the service takes 1,000,000 of a request at most.",
        ),
      ],
    );
  });
});
