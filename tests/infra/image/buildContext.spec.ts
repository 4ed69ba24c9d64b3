import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { judge } from "../../../gate/judge.ts";
import { renderReport } from "../../../gate/render/terminal.ts";
import { PassedModel } from "../../../gate/report/passedModel.ts";
import { DeployError } from "../../../infra/environment/deployError.ts";
import { layOutContext } from "../../../infra/image/buildContext.ts";
import type { Platform } from "../../../infra/settings/rules.ts";
import { handedOn } from "../../support/handedOn.ts";
import { ModelFolder } from "../../support/modelFolder.ts";

const baseImage = `registry.example/base@sha256:${"0".repeat(64)}`;
/** A field more at the end of an ONNX file, which changes nothing of what it computes: its documentation is "a". */
const DOC_STRING = Uint8Array.of(0x32, 1, 0x61);
const both: readonly Platform[] = ["linux/amd64", "linux/arm64"];

const spawn = handedOn();

/** The model folder as the gate hands it over. */
async function passed(folder: ModelFolder): Promise<PassedModel> {
  const { report, passed } = await judge(folder.path, { spawn });
  assert(passed, renderReport(report));
  return passed;
}

/** Every file below a folder with its mode and hash. */
function filesIn(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .toSorted();
  return Object.fromEntries(entries.map((file) => [path.relative(folder, file), describeFile(file)]));
}

function describeFile(file: string): string {
  const mode = (statSync(file).mode & 0o777).toString(8);
  return `${mode} ${createHash("sha256").update(readFileSync(file)).digest("hex")}`;
}

const allowed = [
  "Dockerfile",
  "app/main.cjs",
  "app/main.cjs.map",
  "app/prove.cjs",
  "app/prove.cjs.map",
  "app/runner.cjs",
  "app/runner.cjs.map",
  "app/swagger-ui-bundle.js",
  "app/swagger-ui.css",
  "app/tracing.cjs",
  "app/tracing.cjs.map",
  "app/worker.cjs",
  "app/worker.cjs.map",
  "model/contract.json",
  "model/golden.json",
  "model/model.onnx",
  "native/amd64/libonnxruntime.so.1",
  "native/amd64/onnxruntime_binding.node",
];

describe("layOutContext", function () {
  this.timeout(60_000);
  /** Judged once for all tests that leave it as it is. */
  let untouched: { readonly folder: ModelFolder; readonly model: PassedModel };
  let folder: ModelFolder;
  let location: string;
  before(async () => {
    const own = new ModelFolder();
    untouched = { folder: own, model: await passed(own) };
  });
  after(() => untouched.folder[Symbol.dispose]());
  beforeEach(() => {
    folder = new ModelFolder();
    location = mkdtempSync(path.join(tmpdir(), "slipway-context-"));
  });
  afterEach(() => {
    folder[Symbol.dispose]();
    rmSync(location, { recursive: true });
  });

  const layOut = (
    platforms: readonly Platform[] = ["linux/amd64"],
    base = baseImage,
    model: PassedModel = untouched.model,
  ) => layOutContext(model, { location, baseImage: base, platforms });
  /** The context of the folder that a test has changed. */
  const layOutChanged = async () => layOut(["linux/amd64"], baseImage, await passed(folder));

  it("holds the service, its runtime and the served model, readable for all, and nothing else", async () => {
    const context = await layOut();

    assert.equal(context.location, location);
    assert.match(context.release, /^[0-9a-f]{16}$/);
    const files = filesIn(location);
    assert.deepEqual(Object.keys(files), allowed);
    assert.deepEqual(new Set(Object.values(files).map((file) => file.slice(0, 4))), new Set(["644 "]));
  });

  it("has the native runtime of each platform", async () => {
    await layOut(both);

    assert.deepEqual(Object.keys(filesIn(location)), [
      ...allowed,
      "native/arm64/libonnxruntime.so.1",
      "native/arm64/onnxruntime_binding.node",
    ]);
  });

  it("serves the model and the golden requests to the byte, and the contract without what judges it", async () => {
    await layOut();

    for (const file of ["model.onnx", "golden.json"])
      assert.equal(
        describeFile(path.join(location, "model", file)),
        describeFile(untouched.folder.file(file)),
      );
    const { validation, $schema, ...served } = JSON.parse(readFileSync(folder.file("contract.json"), "utf8"));
    assert(validation && $schema);
    assert.deepEqual(JSON.parse(readFileSync(path.join(location, "model/contract.json"), "utf8")), served);
  });

  it("has the golden requests under one name, whatever the contract calls them", async () => {
    cpSync(folder.file("golden.json"), folder.file("requests.json"));
    folder.editJson("contract.json", ({ validation }) => {
      validation.golden.file = "requests.json";
    });
    await layOutChanged();

    assert.deepEqual(Object.keys(filesIn(location)), allowed);
  });

  it("holds no row of the holdout", async () => {
    const row = "765432,77,777,1";
    folder.edit("holdout.csv", (csv) => `${csv}${row}\n`);
    await layOutChanged();

    for (const file of Object.keys(filesIn(location)))
      assert(!readFileSync(path.join(location, file)).includes(row), file);
  });

  it("puts right what is left of an earlier one: other files, links, folders, modes and bytes", async () => {
    const { release } = await layOut();
    const sound = filesIn(location);
    const folders = readdirSync(location, { recursive: true }).toSorted();
    mkdirSync(path.join(location, "model/holdout"));
    writeFileSync(path.join(location, "model/holdout/rows.csv"), "1,2,3");
    writeFileSync(path.join(location, ".env"), "SECRET=1");
    symlinkSync(folder.path, path.join(location, "app/link"));
    writeFileSync(path.join(location, "app/main.cjs"), "broken", { mode: 0o755 });
    writeFileSync(path.join(location, "model/model.onnx"), "");

    assert.equal((await layOut()).release, release);
    assert.deepEqual(filesIn(location), sound);
    assert.deepEqual(readdirSync(location, { recursive: true }).toSorted(), folders);
  });

  it("refuses a model that has changed since it was judged", async () => {
    const model = await passed(folder);
    appendFileSync(folder.file("model.onnx"), DOC_STRING);

    await assert.rejects(layOut(["linux/amd64"], baseImage, model), (error) => {
      assert(error instanceof DeployError);
      assert.equal(
        error.message,
        `${folder.file("model.onnx")} has changed since it was judged or hashed, a moment ago.\n  fix: let what writes it end, then run the same command again`,
      );
      return true;
    });
  });

  for (const [fact, imitate] of Object.entries({
    "an object with the same keys": (model) => Object.assign(Object.create(null), model),
    "one of the same class that the gate has not made": (model) =>
      Object.assign(Object.create(PassedModel.prototype), model),
    "a copy of what has passed": (model) => structuredClone(model),
    "what was written down of it": (model) => JSON.parse(JSON.stringify(model)),
    "a proxy": (model) => new Proxy(model, {}),
  } satisfies Record<string, (model: PassedModel) => PassedModel>))
    it(`throws a TypeError, and writes nothing, for ${fact}`, async () => {
      await assert.rejects(layOut(["linux/amd64"], baseImage, imitate(untouched.model)), {
        name: "TypeError",
        message: "This model has not passed the gate: only the gate makes a PassedModel.",
      });
      assert.deepEqual(readdirSync(location), []);
    });

  describe("the release", () => {
    /** The name of that with nothing changed. */
    let release: string;
    before(async () => {
      const elsewhere = mkdtempSync(path.join(tmpdir(), "slipway-context-"));
      ({ release } = await layOutContext(untouched.model, {
        location: elsewhere,
        baseImage,
        platforms: ["linux/amd64"],
      }));
      rmSync(elsewhere, { recursive: true });
    });

    for (const { fact, change } of [
      {
        fact: "a floor",
        change: () =>
          folder.editJson("contract.json", ({ validation }) => {
            validation.metrics.accuracy.min = 0.5;
            validation.golden.tolerance = 0.1;
          }),
      },
      {
        fact: "the holdout",
        change: () => folder.edit("holdout.csv", (csv) => `${csv}76543,77,777,1\n`),
      },
      { fact: "training code", change: () => folder.write("train.py", "print()") },
      { fact: "the model's documentation", change: () => folder.write("README.md", "words") },
      {
        fact: "the contract's indentation",
        change: () => folder.edit("contract.json", (text) => JSON.stringify(JSON.parse(text))),
      },
    ]) {
      it(`keeps its name when ${fact} changes`, async () => {
        change();

        assert.equal((await layOutChanged()).release, release);
      });
    }

    for (const { fact, change } of [
      {
        fact: "what the model says of itself",
        change: () => appendFileSync(folder.file("model.onnx"), DOC_STRING),
      },
      {
        fact: "a golden request",
        change: () =>
          folder.editJson("golden.json", ({ requests }) => {
            requests.pop();
          }),
      },
      {
        fact: "what the contract says to callers",
        change: () =>
          folder.editJson("contract.json", (contract) => {
            contract.inputs[0].columns[1].max = 101;
          }),
      },
    ]) {
      it(`has another name when ${fact} changes`, async () => {
        change();

        assert.notEqual((await layOutChanged()).release, release);
      });
    }

    it("has another name on another base image and for other platforms", async () => {
      const names = [release, (await layOut(both)).release, (await layOut(["linux/amd64"], "other")).release];

      assert.equal(new Set(names).size, 3);
    });
  });

  it("is the same from a clone at another depth, with node_modules a link, under another umask", async () => {
    const clone = mkdtempSync(path.join(tmpdir(), "slipway-clone-"));
    try {
      const root = path.join(clone, "a", "deeper", "checkout");
      for (const part of [
        "package.json",
        "tsconfig.json",
        "common",
        "contract",
        "gate",
        "infra",
        "registry",
        "service",
        "model",
      ])
        cpSync(part, path.join(root, part), {
          recursive: true,
          filter: (file) => !/(^|\/)(training|__pycache__)$/.test(file),
        });
      symlinkSync(path.resolve("node_modules"), path.join(root, "node_modules"));
      for (const unrelated of ["tests/new.spec.ts", "docs/new.md", "README.md", "model/training/new.py"]) {
        mkdirSync(path.dirname(path.join(root, unrelated)), { recursive: true });
        writeFileSync(path.join(root, unrelated), "unrelated");
      }
      writeFileSync(path.join(root, "infra", "layOut.ts"), layOutInClone);
      const { release, files } = await layOut(both);

      const { stdout } = await execa(process.execPath, ["--import", "tsx", "layOut.ts"], {
        cwd: path.join(root, "infra"),
      });

      assert.deepEqual(JSON.parse(stdout), { location: "../.slipway/dev/context", release, files });
      assert.deepEqual(filesIn(path.join(root, ".slipway/dev/context")), filesIn(location));
      assert.deepEqual(folderModes(path.join(root, ".slipway/dev/context")), new Set(["755"]));
    } finally {
      rmSync(clone, { recursive: true });
    }
  });

  const layOutInClone = `
    process.umask(0o077);
    const { layOutContext } = await import("./image/buildContext.ts");
    const { judge } = await import("../gate/judge.ts");
    const { passed } = await judge("../model");
    const location = "../.slipway/dev/context";
    const platforms = ${JSON.stringify(both)};
    console.log(JSON.stringify(await layOutContext(passed, { location, baseImage: "${baseImage}", platforms })));
  `;
});

/** The modes of the folders below a folder. */
function folderModes(folder: string): Set<string> {
  return new Set(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => (statSync(path.join(entry.parentPath, entry.name)).mode & 0o777).toString(8)),
  );
}
