import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { CHECK_NAMES } from "../gate/report/report.ts";
import { ownCluster } from "../sandbox/machine.ts";
import { ARROWS } from "./support/rooms.ts";

const root = path.join(import.meta.dirname, "..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");
const documents = [
  ...readdirSync(root).filter((file) => file.endsWith(".md")),
  "model/README.md",
  ...readdirSync(path.join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
];

/** What has moved since is named there by the name that it had. */
const HISTORY = "CHANGELOG.md";
const TOP = new Set(readdirSync(root));

const FENCED = /^```[\s\S]*?^```/gm;
/** Made by commands, and in no commit. */
const IGNORED = [".slipway/", "model/training/.venv"];

const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = ""]) => found);

/** Paths of this checkout in backticks. `NAME.ts` stands for a name of the reader's own. */
const pathsIn = (text: string) =>
  matches(text.replace(FENCED, ""), /`([\w.@/-]+\/[\w.@/-]*)`/g).filter(
    (name) => TOP.has(name.split("/")[0]!) && !/(^|\/)[A-Z]+\.(spec\.)?ts$/.test(name),
  );
/** As GitHub makes an anchor of a heading. */
const anchorsOf = (text: string) =>
  matches(text.replace(FENCED, ""), /^#{1,6} (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );

/** The small helpers are any room's to take, and none has to. */
const sorted = (names: readonly string[]) =>
  [...new Set(names)].filter((name) => name !== "common").toSorted();

describe("the documents", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const settings = Object.keys(parse(read("Pulumi.yaml")).config);
  const isSetting = (key: string) => key.startsWith("kubernetes:") || settings.includes(`slipway:${key}`);

  for (const file of documents) {
    it(`${file} names only scripts, settings and files that there are`, () => {
      const text = read(file);
      const named = {
        scripts: matches(text, /npm run (?:--silent )?([\w:]+)/g).filter((name) => !(name in scripts)),
        settings: matches(text, /pulumi config set (?:--path ')?([\w:]+)/g).filter((key) => !isSetting(key)),
        files: matches(text, /\]\((?!https?:)([^)#]+)/g).filter(
          (link) => !existsSync(path.join(root, path.dirname(file), link)),
        ),
      };

      assert.deepEqual(named, { scripts: [], settings: [], files: [] });
    });

    it(`${file} links to headings that there are`, () => {
      const links = [...read(file).matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)];

      assert.deepEqual(
        links
          .filter(([, to = "", anchor = ""]) => {
            const target = to === "" ? file : path.join(path.dirname(file), to);
            return !anchorsOf(read(target)).includes(anchor);
          })
          .map(([link]) => link),
        [],
      );
    });

    if (file !== HISTORY)
      it(`${file} names only paths that there are`, () => {
        assert.deepEqual(
          pathsIn(read(file)).filter(
            (name) => !existsSync(path.join(root, name)) && !IGNORED.some((made) => name.startsWith(made)),
          ),
          [],
        );
      });
  }

  it("would find a path, a heading and a link that there are not", () => {
    assert.deepEqual(
      pathsIn("`gate/chekcs/` and `gate/checks/NAME.ts`, `image/digest` and\n```\n`gate/x`\n```\n"),
      ["gate/chekcs/"],
    );
    assert.deepEqual(anchorsOf("# The cluster, by OIDC\n```sh\n# no heading\n```\n## `npm start`\n"), [
      "the-cluster-by-oidc",
      "npm-start",
    ]);
  });

  it("docs/architecture.md names each room, its doors and what it imports", () => {
    const rooms = new Map(
      [...read("docs/architecture.md").matchAll(/^\| `(\w+)\/` +\|[^|]*\|([^|]*)\|([^|]*)\|$/gm)].map(
        ([, room = "", doors = "", imported = ""]) => [
          room,
          {
            doors: matches(doors, /`([\w/.]+)`/g),
            imports: matches(imported, /`(\w+)\/`/g),
          },
        ],
      ),
    );
    const found = Object.keys(ARROWS).map((name) => ({
      name,
      doors: Object.values(ARROWS).flatMap((others) => (others[name] === "all" ? [] : (others[name] ?? []))),
      imports: Object.keys(ARROWS[name]!),
    }));
    assert.deepEqual(
      [...rooms].map(([name, { doors, imports }]) => [name, sorted(doors), sorted(imports)]),
      found.map(({ name, doors, imports }) => [name, sorted(doors), sorted(imports)]),
    );
    assert.deepEqual(
      [...rooms.keys()].toSorted(),
      [...new Set(parse(read("tsconfig.json")).include as string[])]
        .filter((folder) => folder !== "tests")
        .toSorted(),
    );
  });

  it("docs/gate.md has each check in the order of a report", () => {
    const section = /## What is checked\n([\s\S]*?)\n## /.exec(read("docs/gate.md"))?.[1] ?? "";

    assert.deepEqual(matches(section, /^\| `(\w+)` +\|/gm), [...CHECK_NAMES]);
  });

  it("docs/own-cluster.md has each command that npm start names where the sandbox cannot run", () => {
    const text = read("docs/own-cluster.md");

    assert.deepEqual(
      ownCluster.filter((command) => !text.includes(command)),
      [],
    );
  });

  it("README.md names every script but the schemas', which failing tests name", () => {
    const named = [...matches(read("README.md"), /npm run (?:--silent )?([\w:]+)/g), "start", "test"];

    assert.deepEqual(
      Object.keys(scripts).filter((script) => !named.includes(script)),
      ["format", "contract:schema", "report:schema"],
    );
  });
});
