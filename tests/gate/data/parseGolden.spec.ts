import assert from "node:assert/strict";
import type { Column, Contract } from "../../../contract/contract.ts";
import type { Datatype } from "../../../contract/datatypes.ts";
import { parseGolden } from "../../../gate/data/parseGolden.ts";

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

/** A contract with one input of this datatype, with a number for each row. */
const ofDatatype = (datatype: Datatype, column?: Column): Contract => ({
  ...contract,
  inputs: [{ name: "features", datatype, shape: [-1], ...(column && { columns: [column] }) }],
});
/** The sound request with this text for the values of its input. */
const textWith = (values: string) =>
  `{"requests": [{"name": "a request", "inputs": {"features": ${values}}, "outputs": {"label": [1], "word": ["yes"]}}]}`;
const parseText = (values: string, like: Contract) => parseGolden(textWith(values), FILE, like);

/** The objection to this as the first value of the column x. */
const outside = (value: string) => [
  objection(
    "/requests/0/inputs/features",
    `Value 1 is ${value}, which is outside what the contract declares for x.`,
    WITHIN,
  ),
];

const parse = (document: unknown, like = contract) => parseGolden(JSON.stringify(document), FILE, like);
/** The objections to one request that differs from the sound one. */
const objectionsTo = (change: object, like = contract) =>
  parse({ requests: [{ ...sound, ...change }] }, like).findings;

const WITHIN =
  "ask with values that the contract declares, since the service refuses all others; or declare this one";
const objection = (
  pointer: string,
  what: string,
  fix = 'write {"requests": [{"name": …, "inputs": {NAME: nested arrays}, "outputs": {NAME: nested arrays}}]}',
) => ({ what, where: `${FILE}, ${pointer}`, fix });

describe("parseGolden", () => {
  it("reads null as NaN, or as an empty text, if the contract lets the column be missing", () => {
    const column = { name: "x", missing: true, min: 0 };

    const { value } = parseText("[1, null]", ofDatatype("FP32", column));
    assert.deepEqual(value?.[0]!.inputs.features!.data, Float32Array.of(1, NaN));
    const { value: text } = parseText('["a", null]', ofDatatype("BYTES", { name: "x", missing: true }));
    assert.deepEqual(text?.[0]!.inputs.features!.data, ["a", ""]);
    assert.deepEqual(parseText("[1, null]", ofDatatype("FP32", { name: "x" })).findings, [
      objection("/requests/0/inputs/features", "Value 2 is null, and the contract declares FP32."),
    ]);
  });

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
      { text: '\ufeff{\n"requests": [}', why: 'line 2, column 14: expected a value or ], found "}"' },
      {
        text: "\ufeff\ufeff{}",
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

  it("does not walk down thousands of lists within each other", () => {
    const { findings } = parseGolden(`{"requests": ${"[".repeat(9999)}${"]".repeat(9999)}}`, FILE, contract);

    assert.deepEqual(
      findings.map(({ what }) => what),
      ["The golden requests have more than 64 arrays and objects within each other."],
    );
  });

  it("takes a text with a byte order mark in front, as Windows' editors write it", () => {
    const text = JSON.stringify({ requests: [sound] });

    const read = parseGolden(`\ufeff${text}`, FILE, contract);

    assert.deepEqual(read, parseGolden(text, FILE, contract));
    assert.equal(read.value?.length, 1);
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
  ]) {
    it(fact, () => {
      assert.equal(objectionsTo(change).length, 1);
    });
  }

  describe("takes every digit of", () => {
    for (const { datatype, text, values } of [
      {
        datatype: "INT64",
        text: "[9007199254740993, -9007199254740993, 9223372036854775807, -9223372036854775808, 5]",
        values: BigInt64Array.of(9007199254740993n, -9007199254740993n, 2n ** 63n - 1n, -(2n ** 63n), 5n),
      },
      {
        datatype: "UINT64",
        text: "[9007199254740993, 18446744073709551615, 0]",
        values: BigUint64Array.of(9007199254740993n, 2n ** 64n - 1n, 0n),
      },
    ] as const)
      it(datatype, () => {
        const { value, findings } = parseText(text, ofDatatype(datatype));

        assert.deepEqual(findings, []);
        assert.deepEqual(value?.[0]?.inputs, { features: { shape: [values.length], data: values } });
      });

    it("an output", () => {
      const text = textWith("[[1, 2.5]]").replace('"label": [1]', '"label": [-9007199254740995]');

      assert.deepEqual(parseGolden(text, FILE, contract).value?.[0]?.outputs["label"], {
        shape: [1],
        data: BigInt64Array.of(-9007199254740995n),
      });
    });

    it("nothing that stands in a text", () => {
      const text = textWith("[[1, 2.5]]").replace("yes", '9007199254740993, \\"9007199254740993, ');

      assert.deepEqual(parseGolden(text, FILE, contract).value?.[0]?.outputs["word"], {
        shape: [1],
        data: ['9007199254740993, "9007199254740993, '],
      });
    });
  });

  describe("takes the ends of what a tensor holds:", () => {
    for (const { datatype, text, values } of [
      { datatype: "INT8", text: "[-128, 127]", values: Int8Array.of(-128, 127) },
      { datatype: "UINT8", text: "[0, 255]", values: Uint8Array.of(0, 255) },
      { datatype: "INT16", text: "[-32768, 32767]", values: Int16Array.of(-32768, 32767) },
      { datatype: "UINT16", text: "[0, 65535]", values: Uint16Array.of(0, 65535) },
      {
        datatype: "INT32",
        text: "[-2147483648, 2147483647]",
        values: Int32Array.of(-(2 ** 31), 2 ** 31 - 1),
      },
      { datatype: "UINT32", text: "[0, 4294967295]", values: Uint32Array.of(0, 2 ** 32 - 1) },
      { datatype: "BOOL", text: "[0, 1, true, false]", values: Uint8Array.of(0, 1, 1, 0) },
      { datatype: "FP16", text: "[65504, -65504]", values: Uint16Array.of(0x7bff, 0xfbff) },
      {
        datatype: "FP32",
        text: "[3.4028234663852886e38, -3.4e38]",
        values: Float32Array.of(3.4028234663852886e38, -3.4e38),
      },
      { datatype: "FP64", text: "[1.7e308]", values: Float64Array.of(1.7e308) },
    ] as const)
      it(`${datatype} ${text}`, () => {
        const { value, findings } = parseText(text, ofDatatype(datatype));

        assert.deepEqual(findings, []);
        assert.deepEqual(value?.[0]?.inputs, { features: { shape: [values.length], data: values } });
      });
  });

  describe("objects to what a tensor would hold as something else:", () => {
    for (const { datatype, text, shown } of [
      { datatype: "INT8", text: "300" },
      { datatype: "INT8", text: "128" },
      { datatype: "INT8", text: "-129" },
      { datatype: "UINT8", text: "256" },
      { datatype: "UINT8", text: "-1" },
      { datatype: "INT16", text: "32768" },
      { datatype: "UINT16", text: "65536" },
      { datatype: "INT32", text: "2147483648" },
      { datatype: "UINT32", text: "4294967296" },
      { datatype: "INT64", text: "9223372036854775808" },
      { datatype: "INT64", text: "-9223372036854775809" },
      { datatype: "INT64", text: "1e19", shown: "10000000000000000000" },
      { datatype: "UINT64", text: "18446744073709551616" },
      { datatype: "UINT64", text: "-1" },
      { datatype: "FP32", text: "1e39", shown: "1e+39" },
      { datatype: "FP32", text: "-1e39", shown: "-1e+39" },
      { datatype: "FP32", text: "3.4028236e38", shown: "3.4028236e+38" },
      { datatype: "FP32", text: "1e400", shown: "Infinity" },
      { datatype: "FP64", text: "-1e400", shown: "-Infinity" },
      { datatype: "FP16", text: "70000" },
      { datatype: "FP16", text: "-65520" },
      { datatype: "BOOL", text: "2" },
      { datatype: "BOOL", text: "0.5" },
      { datatype: "BOOL", text: "-1" },
      ...(["INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64"] as const).map(
        (datatype) => ({ datatype, text: "1.5" }),
      ),
    ] as readonly { datatype: Datatype; text: string; shown?: string }[])
      it(`${text} in ${datatype}`, () => {
        assert.deepEqual(parseText(`[1, ${text}]`, ofDatatype(datatype)), {
          file: FILE,
          findings: [
            objection(
              "/requests/0/inputs/features",
              `Value 2 is ${shown ?? text}, and the contract declares ${datatype}.`,
            ),
          ],
        });
      });

    it("a fraction in an output of integers", () => {
      assert.deepEqual(objectionsTo({ outputs: { label: [1.5], word: ["yes"] } }), [
        objection("/requests/0/outputs/label", "Value 1 is 1.5, and the contract declares INT64."),
      ]);
    });
  });

  it("compares float32 with a column's range and categories as float32 has them", () => {
    const column = { name: "x", min: 0.3602, max: 0.7001 };
    const [low, high] = [Math.fround(0.3602), Math.fround(0.7001)];
    assert.deepEqual([low < column.min, high > column.max], [true, true]);
    for (const like of [
      ofDatatype("FP32", column),
      ofDatatype("FP32", { name: "x", categories: [0.3602, 0.7001] }),
    ])
      for (const values of [`[${low}, ${high}]`, "[0.3602, 0.7001]"])
        assert.deepEqual(parseText(values, like).findings, []);
    // The next float32 beyond each end, and the same in doubles.
    for (const value of ["0.36019995", "0.70010006"]) {
      assert.deepEqual(parseText(`[${value}]`, ofDatatype("FP32", column)).findings, outside(value));
      assert.deepEqual(
        parseText(`[${value}]`, ofDatatype("FP32", { name: "x", categories: [0.3602, 0.7001] })).findings,
        outside(value),
      );
    }
    assert.deepEqual(parseText(`[${low}]`, ofDatatype("FP64", column)).findings, outside(String(low)));
    assert.deepEqual(parseText("[0.3602, 0.7001]", ofDatatype("FP64", column)).findings, []);
  });

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
        WITHIN,
      ),
    ]);
    assert.deepEqual(objectionsTo({ inputs: { features: [[7, 3]] } }, ranged), [
      objection(
        "/requests/0/inputs/features",
        "Value 2 is 3, which is outside what the contract declares for grade.",
        WITHIN,
      ),
    ]);
    assert.deepEqual(
      objectionsTo({ inputs: { features: Array.from({ length: 250_000 }, () => [1, 1]) } }, ranged),
      [
        objection(
          "/requests/0/inputs",
          "It has 1,500,014 bytes as JSON, and the service takes 1,000,000 of a request at most.",
          "ask with fewer rows",
        ),
      ],
    );
  });
});
