import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { type Import, importsOf } from "./support/imports.ts";
import { trackedFiles } from "./support/trackedFiles.ts";

const sources = ["infra", "service", "model", "pipeline", "sandbox"].flatMap(sourcesOf);
const imports = new Map(sources.map((file) => [file, importsOf(file)]));

function sourcesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === ".venv" ? [] : sourcesOf(name);
    return /\.(ts|mjs)$/.test(name) ? [name] : [];
  });
}

const importsIn = (folder: string): { file: string; found: Import }[] =>
  sources
    .filter((file) => file.startsWith(`${folder}/`))
    .flatMap((file) => (imports.get(file) ?? []).map((found) => ({ file, found })));

const COMMENT = /\/\*[\s\S]*?\*\/|\/\/.*$/gm;

const sourcesWith = (pattern: RegExp) => sources.filter((file) => pattern.test(readFileSync(file, "utf8")));

/** Whether it imports something by this name, under whatever name it then has. */
function importsName(file: string, name: string): boolean {
  const code = readFileSync(file, "utf8").replace(COMMENT, "");
  return [...code.matchAll(/\bimport\s[^;]*?\{([^}]*)\}\s*from/g)].some(([, names = ""]) =>
    names.split(",").some((one) => one.trim().split(/\s+as\s+/)[0] === name),
  );
}

/** The first comment of a file. */
const header = (file: string) => /^\/\*\*[\s\S]*?\*\//.exec(readFileSync(file, "utf8"))?.[0] ?? "";

/** What a file loads at run time: itself and every file of this checkout, and the packages that these name. */
function loaded(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const { of, typeOnly } of imports.get(file) ?? []) if (!typeOnly) loaded(of, seen);
  return seen;
}

/** What does something to the world, or takes long to load. */
const impure =
  /^(node:(?!crypto$|path$|util$|url$|buffer$|events$|assert)|@pulumi\/|@kubernetes\/|onnxruntime|esbuild$|execa$|koa$|pino$)/;

describe("A file that calls itself pure", () => {
  const pure = sources.filter((file) => /\bPure[.:;]/.test(header(file)));

  it("is one of these, at least", () => {
    for (const file of [
      "infra/settings.ts",
      "infra/gate/checks/golden.ts",
      "infra/gate/checks/metrics.ts",
      "infra/gate/checks/schema.ts",
      "infra/gate/golden.ts",
      "infra/gate/holdout.ts",
      "infra/gate/render/terminal.ts",
      "infra/gate/report.ts",
      "infra/image/releaseName.ts",
      "infra/registry/imageReference.ts",
      "infra/registry/localRegistry.ts",
      "infra/release/record.ts",
      "infra/workload/manifest.ts",
      "infra/workload/networkPolicy.ts",
      "model/contract.ts",
      "pipeline/comment.ts",
      "service/src/inputs.ts",
    ])
      assert(pure.includes(file), file);
  });

  for (const file of pure) {
    it(`loads nothing that acts: ${file}`, () => {
      assert.deepEqual(
        [...loaded(file)].filter((name) => impure.test(name)),
        [],
      );
    });

    it(`asks no process, clock, chance or network: ${file}`, () => {
      const code = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");

      assert.doesNotMatch(code, /\b(process|console|Date|fetch)[.(]|\bMath\.random\b|\bnew Date\b/);
    });
  }
});

describe("Borders", () => {
  for (const { folder, others } of [
    { folder: "service", others: /^(infra|pipeline|sandbox|tests)\// },
    { folder: "model", others: /^(infra|pipeline|sandbox|service|tests)\// },
    { folder: "pipeline", others: /^(sandbox|tests)\// },
    { folder: "infra", others: /^(pipeline|sandbox|tests)\/|^service\/(?!bundle\.ts$)/ },
  ]) {
    it(`${folder}/ imports nothing that matches ${others}`, () => {
      assert.deepEqual(
        importsIn(folder).filter(({ found }) => others.test(found.of)),
        [],
      );
    });
  }

  it("nothing but infra/ and the sandbox's language host imports @pulumi/*", () => {
    assert.deepEqual(
      ["service", "model", "pipeline", "sandbox"]
        .flatMap(importsIn)
        .filter(({ file, found }) => found.of.startsWith("@pulumi/") && file !== "sandbox/languageHost.ts"),
      [],
    );
  });

  it("the gate runs without Pulumi", () => {
    assert.deepEqual(
      [...loaded("infra/gate/validate.ts")].filter((name) => name.startsWith("@pulumi/")),
      [],
    );
  });

  it("only infra/config.ts reads settings of the project, and infra/cluster.ts those of the Kubernetes provider", () => {
    assert.deepEqual(
      sourcesOf("infra").flatMap((file) =>
        [...readFileSync(file, "utf8").matchAll(/new pulumi\.Config\((.*?)\)/g)].map(
          ([, of]) => `${file}: ${of}`,
        ),
      ),
      ['infra/cluster.ts: "kubernetes"', "infra/config.ts: "],
    );
  });

  it("only the gate makes a model that has passed, where it has judged and where it remembers", () => {
    const makers = sources.filter((file) => importsName(file, "passedModel"));
    const calls = sources.filter((file) =>
      /(?<!function )\bpassedModel\s*[(`]/.test(readFileSync(file, "utf8").replace(COMMENT, "")),
    );

    assert.deepEqual(makers.toSorted(), ["infra/gate/judge.ts", "infra/gate/memory.ts"]);
    assert.deepEqual(calls.toSorted(), ["infra/gate/judge.ts", "infra/gate/memory.ts"]);
  });

  it("no file switches off the rule that nothing claims to be a model that has passed", () => {
    assert.deepEqual(sourcesWith(/lint-disable[^\n]*no-forged-model/), []);
    // All rules at once: of generated code alone.
    assert.deepEqual(sourcesWith(/lint-disable(-next-line|-line)?\s*(\*\/|$)/m), [
      "infra/gate/onnx/onnx_pb.ts",
    ]);
  });

  it("infra/ and pipeline/ never mention the sandbox", () => {
    assert.deepEqual(
      [...sourcesOf("infra"), ...sourcesOf("pipeline")].filter((file) =>
        /sandbox/i.test(readFileSync(file, "utf8")),
      ),
      [],
    );
  });
});

describe("What is committed", () => {
  let files: readonly string[];
  before(function () {
    files = trackedFiles() ?? this.skip();
  });

  /** `file:line: text` of each line that matches, in every file whose name matches. */
  const find = (pattern: RegExp, among = /./): string[] =>
    files
      .filter((file) => among.test(file))
      .flatMap((file) =>
        readFileSync(file, "latin1")
          .split("\n")
          .flatMap((line, i) => (pattern.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
      );

  it("names no folder of the machine that it was written on", () => {
    // /home/nonroot is the user's of distroless images.
    assert.deepEqual(find(/\/(root|work|Users)\/|\/home\/(?!nonroot\b)[a-z]/), []);
  });

  it("names no place of packages in the lockfile, which holds for every registry", () => {
    const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
      packages: Record<string, { resolved?: string; link?: boolean }>;
    };

    assert.deepEqual(
      Object.keys(packages).filter((name) => packages[name]?.resolved !== undefined),
      [],
    );
    assert.deepEqual(find(/https?:\/\/[^"]*\.tgz/, /(^|\/)package-lock\.json$/), []);
  });

  it("holds nothing that `pulumi new` would write over", () => {
    assert.deepEqual(find(/\$\{(PROJECT|DESCRIPTION)\}/), []);
  });

  it("runs every test: none is singled out", () => {
    assert.deepEqual(find(/\b(describe|context|it|specify|suite|test)\.only\b/, /^tests\/.*\.ts$/), []);
  });
});
