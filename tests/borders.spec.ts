import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type Import, importsOf } from "./support/imports.ts";
import { ARROWS, roomOf, sourcesOf } from "./support/rooms.ts";
import { trackedFiles } from "./support/trackedFiles.ts";

const ROOMS = Object.keys(ARROWS);
const sources = ROOMS.flatMap(sourcesOf);
const imports = new Map(sources.map((file) => [file, importsOf(file)]));

/** Whether a file may import what stands at `of`: a package, a file of its own room, or what an arrow leads to. */
function allowed(file: string, of: string): boolean {
  const [from, to] = [roomOf(file), roomOf(of)];
  if (![...ROOMS, "tests"].includes(to) || from === to) return true;
  const doors = ARROWS[from]?.[to];
  return doors === "all" || (doors?.includes(of.slice(to.length + 1)) ?? false);
}

/** The circles of a graph: names that lead to one another, as groups. */
function circles(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const reach = (start: string): Set<string> => {
    const seen = new Set<string>();
    const waiting = [...(graph.get(start) ?? [])];
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop())
      if (!seen.has(name)) {
        seen.add(name);
        waiting.push(...(graph.get(name) ?? []));
      }
    return seen;
  };
  const reached = new Map([...graph.keys()].map((name) => [name, reach(name)]));
  const inCircle = [...reached.keys()].filter((name) => reached.get(name)!.has(name));
  const groups = inCircle.map((name) =>
    inCircle.filter((other) => reached.get(name)!.has(other) && reached.get(other)!.has(name)).join(" "),
  );
  return [...new Set(groups)].map((group) => group.split(" "));
}

/** A graph of the sources' imports, types included, by what `nameOf` calls each file. */
function graphBy(nameOf: (file: string) => string): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>();
  for (const [file, found] of imports)
    for (const { of } of found) {
      const [from, to] = [nameOf(file), nameOf(of)];
      if (!imports.has(of) || (from === to && file !== of)) continue;
      graph.set(from, (graph.get(from) ?? new Set()).add(to));
    }
  return graph;
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

/** What asks the process, the clock, chance or the network without an import that says so. */
const acting =
  /\b(process|console|Date|fetch|performance)[.(]|\bnew Date\b|\b(set(Timeout|Interval|Immediate)|queueMicrotask)\(|\bMath\.random\b|\b(random(UUID|Bytes|Int|Fill\w*)|getRandomValues)\b/;

describe("A file that calls itself pure", () => {
  const pure = sources.filter((file) => /\bPure[.:;]/.test(header(file)));

  it("is one of these, at least", () => {
    for (const file of [
      "infra/settings/rules.ts",
      "infra/settings/fromTexts.ts",
      "gate/checks/golden.ts",
      "gate/checks/metrics.ts",
      "gate/checks/schema.ts",
      "gate/data/parseGolden.ts",
      "gate/data/parseHoldout.ts",
      "gate/render/terminal.ts",
      "gate/report/report.ts",
      "infra/image/imageBuild.ts",
      "infra/image/releaseName.ts",
      "registry/imageReference.ts",
      "infra/environment/localRegistry.ts",
      "infra/release/record.ts",
      "infra/workload/manifest.ts",
      "infra/workload/networkPolicy.ts",
      "contract/contract.ts",
      "pipeline/comment.ts",
      "service/src/input/inputs.ts",
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
      const code = readFileSync(file, "utf8").replace(COMMENT, "");

      assert.doesNotMatch(code, acting);
    });
  }

  for (const code of [
    "process.env",
    "Date.now()",
    "new Date",
    "performance.now()",
    "Math.random()",
    "randomUUID()",
    "crypto.randomBytes(8)",
    "crypto.getRandomValues(bytes)",
    "setTimeout(act, 1)",
    "setImmediate(act)",
  ])
    it(`would be found out if it had ${code}`, () => {
      assert.match(code, acting);
    });
});

describe("Borders", () => {
  it("no two files have one name, unless they are entries, or a check beside what it checks", () => {
    const byName = new Map<string, string[]>();
    for (const file of sources.filter((name) => !name.startsWith("gate/checks/"))) {
      const name = file.slice(file.lastIndexOf("/") + 1);
      if (!/^(index|main)\.ts$/.test(name)) byName.set(name, [...(byName.get(name) ?? []), file]);
    }
    assert.deepEqual(
      [...byName.values()].filter((files) => files.length > 1),
      [],
    );
  });

  it("no room imports what no arrow leads to, types included", () => {
    assert.deepEqual(
      [...imports].flatMap(([file, found]) =>
        found.filter(({ of }) => !allowed(file, of)).map(({ of }) => `${file} imports ${of}`),
      ),
      [],
    );
  });

  it("every arrow and every door is in use", () => {
    const used = new Set(
      [...imports].flatMap(([file, found]) => found.map(({ of }) => `${roomOf(file)} ${of}`)),
    );
    const named = Object.entries(ARROWS).flatMap(([from, others]) =>
      Object.entries(others).flatMap(([to, doors]) =>
        (doors === "all" ? [""] : doors).map((door) => `${from} ${to}/${door}`),
      ),
    );
    assert.deepEqual(
      named.filter(
        (arrow) => ![...used].some((one) => (arrow.endsWith("/") ? one.startsWith(arrow) : one === arrow)),
      ),
      [],
    );
  });

  // Each broken once: a file of every room that imports a file of every other one, past its doors.
  for (const from of ROOMS)
    for (const to of [...ROOMS, "tests"].filter((room) => room !== from && ARROWS[from]?.[room] !== "all"))
      it(`would find out if ${from}/ imported something inside ${to}/`, () => {
        assert.equal(allowed(`${from}/any.ts`, `${to}/some/file.ts`), false);
      });

  for (const { what, graph } of [
    { what: "file", graph: graphBy((file) => file) },
    { what: "folder", graph: graphBy((file) => file.slice(0, file.lastIndexOf("/"))) },
    { what: "room", graph: graphBy(roomOf) },
  ]) {
    it(`no ${what} is in a circle of imports, types included`, () => {
      assert.deepEqual(circles(graph), []);
    });

    it(`would find a circle of ${what}s`, () => {
      const [[first, [second]]] = [...graph].map(([from, to]) => [from, [...to]] as const) as [
        [string, string[]],
      ];
      const closed = new Map([...graph, [second!, new Set([...(graph.get(second!) ?? []), first])]]);

      assert.deepEqual(circles(closed).flat().includes(first), true);
    });
  }

  it("nothing but infra/ and the sandbox's language host imports @pulumi/*", () => {
    assert.deepEqual(
      ROOMS.filter((room) => room !== "infra")
        .flatMap(importsIn)
        .filter(({ file, found }) => found.of.startsWith("@pulumi/") && file !== "sandbox/languageHost.ts"),
      [],
    );
  });

  it("the process that runs a model under judgement loads nothing to read a contract with", () => {
    assert(!loaded("gate/measure/runModel.ts").has("typebox"));
    assert(loaded("contract/parseContract.ts").has("typebox"), "the one that would be found");
  });

  it("the gate runs without Pulumi", () => {
    assert.deepEqual(
      [...loaded("gate/validate.ts")].filter((name) => name.startsWith("@pulumi/")),
      [],
    );
  });

  it("only infra/settings/fromPulumi.ts reads settings of the project, and infra/environment/clusterClient.ts those of the Kubernetes provider", () => {
    assert.deepEqual(
      sourcesOf("infra").flatMap((file) =>
        [...readFileSync(file, "utf8").matchAll(/new pulumi\.Config\((.*?)\)/g)].map(
          ([, of]) => `${file}: ${of}`,
        ),
      ),
      ['infra/environment/clusterClient.ts: "kubernetes"', "infra/settings/fromPulumi.ts: "],
    );
  });

  it("only the gate makes a model that has passed, where it has judged and where it remembers", () => {
    const makers = sources.filter((file) => importsName(file, "passedModel"));
    const calls = sources.filter((file) =>
      /(?<!function )\bpassedModel\s*[(`]/.test(readFileSync(file, "utf8").replace(COMMENT, "")),
    );

    assert.deepEqual(makers.toSorted(), ["gate/judge.ts", "gate/judgeOnce.ts"]);
    assert.deepEqual(calls.toSorted(), ["gate/judge.ts", "gate/judgeOnce.ts"]);
  });

  it("no file switches off the rule that nothing claims to be a model that has passed", () => {
    assert.deepEqual(sourcesWith(/lint-disable[^\n]*no-forged-model/), []);
    // All rules at once: of generated code alone.
    assert.deepEqual(sourcesWith(/lint-disable(-next-line|-line)?\s*(\*\/|$)/m), ["gate/onnx/onnx_pb.ts"]);
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

describe("A spec", () => {
  it("lies where its source does, if one source of its room has its name", () => {
    const misplaced = sourcesOf("tests").flatMap((spec) => {
      const [, room, name] = /^tests\/(\w+)\/(?:.*\/)?([^/]+)\.spec\.ts$/.exec(spec) ?? [];
      const own = sources.filter((file) => roomOf(file) === room && file.endsWith(`/${name}.ts`));
      const [source] = own;
      const place = `tests/${source?.replace("service/src/", "service/").replace(/ts$/, "spec.ts")}`;
      return own.length === 1 && place !== spec ? [`${spec} belongs at ${place}`] : [];
    });

    assert.deepEqual(misplaced, []);
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
