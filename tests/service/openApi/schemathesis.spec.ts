import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { PAGE_FILES } from "../../../service/src/docs/pageFiles.ts";
import { openApiDocument } from "../../../service/src/openApi/openApiDocument.ts";
import { long } from "../../support/long.ts";
import { openApiPython, schemathesis } from "../../support/schemathesis.ts";
import { contractOf, MODEL_FOLDERS } from "../../support/servedModel.ts";
import { type ServiceProcess, spawnService } from "../../support/serviceProcess.ts";

/** What openapi-spec-validator has to say of the files; empty if nothing. */
const validate = async (files: readonly string[]) => {
  const { exitCode, all } = await execa(await openApiPython(), ["-m", "openapi_spec_validator", ...files], {
    all: true,
    reject: false,
  });
  return exitCode === 0 ? "" : all;
};

describe("The OpenAPI document, held against", () => {
  let work: string;
  let service: ServiceProcess | undefined;
  let url: string;
  before(async function () {
    this.timeout(300_000); // the first time, packages are fetched
    work = mkdtempSync(path.join(tmpdir(), "slipway-"));
    await openApiPython();
    service = spawnService({ MODEL_DIR: "model" });
    url = `http://127.0.0.1:${(await service.line("serving"))["port"]}`;
  });
  after(() => {
    service?.child.kill("SIGKILL");
    rmSync(work, { recursive: true });
  });

  const write = (name: string, document: unknown) => {
    const file = path.join(work, name);
    writeFileSync(file, JSON.stringify(document));
    return file;
  };
  it("OpenAPI 3.1: it is a document of that kind, for every model", async function () {
    this.timeout(300_000);
    const files = MODEL_FOLDERS.map((folder, i) =>
      write(
        `${i}.json`,
        openApiDocument({ contract: contractOf(folder), release: "r1", pageFiles: PAGE_FILES }),
      ),
    );

    assert.equal(await validate(files), "");
    assert.match(
      await validate([write("bad.json", { openapi: "3.1.0", paths: {} })]),
      /"info" is a required property/,
    );
  });

  it(`the service: ${long ? "more than 10,000" : "hundreds of"} requests are answered as it says`, async function () {
    this.timeout(long ? 1_200_000 : 600_000);
    const { cases, failures } = await schemathesis(
      `${url}/openapi.json`,
      url,
      long ? { examples: 450 } : { examples: 5, seed: 1 },
    );

    assert.equal(failures, "");
    assert(cases > (long ? 10_000 : 300), `${cases} cases`);
    assert.equal(service?.child.exitCode, null);
  });

  it("the service: what is not so is found", async function () {
    this.timeout(300_000);
    const document: any = await (await fetch(`${url}/openapi.json`)).json();
    const { post } = document.paths["/predict"];
    const { schemas } = document.components;
    schemas.NamedRow.properties.age.maximum = 1_000;
    schemas.Prediction.properties.prediction.items = { type: "string" };
    delete post.responses[422];
    document.paths = { "/predict": { post } };
    const { failures } = await schemathesis(write("wrong.json", document), url, { examples: 5, seed: 1 });

    assert.match(failures, /Schema-valid request rejected/);
    assert.match(failures, /Response violates schema/);
    assert.match(failures, /Undocumented status code/);
  });
});
