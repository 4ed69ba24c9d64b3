import assert from "node:assert/strict";
import type Koa from "koa";
import type { ServedContract } from "../../../contract/contract.ts";
import { PAGE_FILES } from "../../../service/src/docs/pageFiles.ts";
import { openApiDocument } from "../../../service/src/openApi/openApiDocument.ts";
import { MODEL_FOLDERS, type ServedModel, serveModel } from "../../support/servedModel.ts";
import { contract, postJson, startApp } from "../../support/serviceApp.ts";

/** A document as far as these tests look into it. */
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, any>>>>;
  readonly components: Readonly<Record<"schemas" | "examples", Readonly<Record<string, any>>>>;
}

const documentOf = (served: ServedContract, golden?: any): Document =>
  openApiDocument({ contract: served, release: "r1", golden, pageFiles: PAGE_FILES }) as Document;

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/** `METHOD /path`, sorted. */
const operationsOf = ({ paths }: Document) =>
  Object.entries(paths)
    .flatMap(([path, item]) =>
      Object.keys(item)
        .filter((key) => METHODS.includes(key))
        .map((method) => `${method.toUpperCase()} ${path}`),
    )
    .toSorted();

/** The same of an app's routers. HEAD comes with every GET. */
const routesOf = (app: Koa) =>
  app.middleware
    .flatMap((middleware) => (middleware as { router?: { stack: any[] } }).router?.stack ?? [])
    .flatMap(({ path, methods }) =>
      methods
        .filter((method: string) => method !== "HEAD")
        .map(
          (method: string) => `${method} ${path.replaceAll(/(?<!\\):(\w+)/g, "{$1}").replaceAll("\\", "")}`,
        ),
    )
    .toSorted();

/** Every example of a request in the document, with the address that it is for. */
const examplesOf = ({ paths, components }: Document, { name, version }: ServedContract) =>
  Object.entries(paths).flatMap(([path, { post }]) => {
    const examples: any[] = Object.values(post?.requestBody?.content["application/json"].examples ?? {});
    return examples.map(({ $ref, value }) => ({
      path: path.replace("{name}", name).replace("{version}", version),
      body: JSON.stringify($ref ? components.examples[$ref.split("/").at(-1)].value : value),
    }));
  });

/** For JSON.parse: numbers to the six digits that golden requests have. */
const rounded = (_: string, of: unknown) =>
  typeof of === "number" && !Number.isInteger(of) ? Number(of.toFixed(6)) : of;

describe("openApiDocument", () => {
  for (const folder of MODEL_FOLDERS) {
    describe(`of ${folder}`, () => {
      for (const golden of [true, false]) {
        describe(golden ? "with its golden requests" : "without golden requests", () => {
          let served: ServedModel;
          let document: Document;
          before(async () => {
            served = await serveModel(folder, { golden });
            document = (await (await fetch(`${served.url}/openapi.json`)).json()) as Document;
          });
          after(() => served.close());

          it("has examples that the service answers", async () => {
            const examples = examplesOf(document, served.contract);
            assert(examples.length >= 2, `${examples.length} examples`);
            for (const { path, body } of examples) {
              const answer = await postJson(served.url + path, body);
              assert.equal(answer.status, 200, `${path} ${body}: ${await answer.text()}`);
            }
          });

          it("lists every operation and no other", () => {
            assert.deepEqual(operationsOf(document), routesOf(served.app));
          });
        });
      }
    });
  }

  it("shows the answer that the example gets", async () => {
    const served = await serveModel("model");
    try {
      const { paths } = (await (await fetch(`${served.url}/openapi.json`)).json()) as Document;
      const { requestBody, responses } = paths["/predict"]!.post;
      const { value } = requestBody.content["application/json"].examples.oneRow;
      const answer = await postJson(`${served.url}/predict`, JSON.stringify(value));

      assert.deepEqual(value, { features: [50_000, 35, 720] });
      assert.deepEqual(
        JSON.parse(await answer.text(), rounded),
        responses[200].content["application/json"].example,
      );
    } finally {
      await served.close();
    }
  });

  it("describes each feature by its type, unit, limits and categories", () => {
    const { components } = documentOf({
      ...contract,
      inputs: [
        {
          name: "numbers",
          datatype: "FP32",
          shape: [-1, 2],
          columns: [{ name: "income", unit: "USD per year", min: 0 }, { name: "offset" }],
        },
        { name: "years", datatype: "UINT8", shape: [-1, 1], columns: [{ name: "age", min: 18, max: 300 }] },
        {
          name: "where",
          datatype: "BYTES",
          shape: [-1, 1],
          columns: [{ name: "city", categories: ["Oslo", "Bergen"] }],
        },
        {
          name: "code",
          datatype: "INT64",
          shape: [-1, 1],
          columns: [{ name: "kind", categories: [1, 2, 1.5] }],
        },
      ],
    });
    const income = {
      type: "number",
      minimum: 0,
      exclusiveMaximum: 3.4028235677973366e38,
      description: "USD per year",
    };
    const offset = {
      type: "number",
      exclusiveMinimum: -3.4028235677973366e38,
      exclusiveMaximum: 3.4028235677973366e38,
    };
    const age = { type: "integer", minimum: 18, maximum: 255 };
    const city = { enum: ["Oslo", "Bergen"] };
    const kind = { enum: [1, "1", 2, "2"] };

    assert.deepEqual(components.schemas.NamedRow, {
      type: "object",
      description: "One row, its features by name.",
      required: ["income", "offset", "age", "city", "kind"],
      additionalProperties: false,
      properties: { income, offset, age, city, kind },
    });
    assert.deepEqual(components.schemas.Row, {
      type: "array",
      description: "One row: income, offset, age, city, kind, in this order.",
      prefixItems: [
        { title: "income", ...income },
        { title: "offset", ...offset },
        { title: "age", ...age },
        { title: "city", ...city },
        { title: "kind", ...kind },
      ],
      items: false,
      minItems: 5,
      maxItems: 5,
    });
  });

  it("says which values are answered with a warning, where the contract wants them reported", () => {
    const columns = [
      { name: "age", unit: "years", min: 18, max: 100 },
      { name: "kind", categories: [1, 2] },
      { name: "score" },
    ];
    const { components } = documentOf({
      ...contract,
      inputs: [{ name: "features", datatype: "INT8", shape: [-1, 3], outOfRange: "report", columns }],
    });
    const int8 = { type: "integer", minimum: -128, maximum: 127 };

    assert.deepEqual(components.schemas.NamedRow.properties, {
      age: { ...int8, description: "years; from 18 to 100, else answered with a warning" },
      kind: { ...int8, description: "one of 1, 2, else answered with a warning" },
      score: int8,
    });
    assert.equal(components.schemas.Prediction.properties.warnings.type, "array");
    assert.equal(documentOf(contract).components.schemas.Prediction.properties.warnings, undefined);
  });

  for (const { shape, classes, says } of [
    { shape: [-1], classes: [0, 1], says: { type: "array", items: { enum: [0, 1] } } },
    { shape: [-1, 1], classes: [0, 1], says: { type: "array", items: { enum: [0, 1] } } },
    { shape: [-1], says: { type: "array", items: { type: ["integer", "string"] } } },
    {
      shape: [-1, 2],
      says: {
        type: "array",
        items: { type: "array", items: { type: ["integer", "string"] }, minItems: 2, maxItems: 2 },
      },
    },
    {
      shape: [-1, -1],
      says: {
        anyOf: [
          { type: "array", items: { type: ["integer", "string"] } },
          { type: "array", items: { type: "array", items: { type: ["integer", "string"] } } },
        ],
      },
    },
  ]) {
    it(`describes a prediction of shape ${JSON.stringify(shape)}${classes ? " with classes" : ""}`, () => {
      const { classes: _, ...without } = contract;
      const [, probabilities] = contract.outputs;
      const { components } = documentOf({
        ...without,
        ...(classes && { classes }),
        outputs: [{ name: "label", datatype: "INT64", shape }, probabilities!],
      });

      assert.deepEqual(components.schemas.Prediction.properties.prediction, {
        ...says,
        description: "One entry per row.",
      });
    });
  }

  it("describes the label and the two scores that are made from a single one", () => {
    const { prediction: _, ...scored } = contract;
    const { components } = documentOf({
      ...scored,
      classes: ["no", "yes"],
      scoresAre: "logits",
      outputs: [{ name: "probabilities", datatype: "FP32", shape: [-1, 1] }],
    });
    const { properties, required } = components.schemas.Prediction;

    assert.deepEqual(required, ["prediction", "scores", "model", "release"]);
    assert.deepEqual(properties.prediction, {
      type: "array",
      items: { enum: ["no", "yes"] },
      description: "One entry per row.",
    });
    assert.deepEqual(properties.scores, {
      type: "array",
      items: { type: "array", items: { type: "number" }, minItems: 2, maxItems: 2 },
      description: "Per row one score per class: no, yes.",
    });
  });

  it("says that a model without columns has no /predict, as the service does", async () => {
    const inputs = [{ name: "features", datatype: "FP32" as const, shape: [-1, 3] }];
    const raw = { ...contract, inputs };
    const { server, url } = await startApp(undefined, raw);
    try {
      const { paths, components } = documentOf(raw);
      const answer = await postJson(`${url}/predict`, '{"features":[1,2,3]}');

      assert.equal(answer.status, 404);
      assert.equal(paths["/predict"]!.post.requestBody, undefined);
      assert.deepEqual(Object.keys(paths["/predict"]!.post.responses), ["400", "404", "408", "431", "500"]);
      assert.equal(components.schemas.PredictRequest, undefined);
    } finally {
      server.close().closeAllConnections();
    }
  });

  it("shows three rows of the golden request at most", () => {
    const rows = [1, 2, 3, 4].map((income) => [income, 20, 3]);
    const golden = { inputs: { features: rows }, outputs: { label: [0, 1, 1, 1] } };
    const { paths } = documentOf(contract, golden);
    const { examples } = paths["/predict"]!.post.requestBody.content["application/json"];

    assert.deepEqual(examples.rows.value, { features: rows.slice(0, 3) });
    assert.deepEqual(examples.named.value, { features: { income: 1, age: 20, credit_score: 3 } });
  });

  for (const { name, golden } of [
    { name: "of the contract's shape", golden: undefined },
    { name: "of the golden requests", golden: { inputs: { image: [Array(60_000).fill(0)] }, outputs: {} } },
  ]) {
    it(`leaves out an example ${name} that nobody could read`, () => {
      const shape = golden ? [-1, 60_000] : [-1, 3, 224, 224];
      const inputs = [{ name: "image", datatype: "FP32" as const, shape }];
      const { paths, components } = documentOf({ ...contract, inputs }, golden);
      const { content } = paths["/v2/models/{name}/infer"]!.post.requestBody;

      assert.deepEqual(components.examples, {});
      assert.deepEqual(content["application/json"], {
        schema: { $ref: "#/components/schemas/InferRequest" },
      });
    });
  }

  it("says when to come back with each 503", () => {
    const { paths } = documentOf(contract);
    const answers = Object.values(paths).flatMap((item) =>
      Object.values(item).flatMap(({ responses }) => responses?.[503] ?? []),
    );

    assert.equal(answers.length, 10);
    for (const { headers } of answers)
      assert.deepEqual(headers["Retry-After"], { $ref: "#/components/headers/Retry-After" });
  });
});
