import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { ownCluster } from "../sandbox/machine.ts";

const root = path.join(import.meta.dirname, "..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");
const documents = [
  "README.md",
  "model/README.md",
  ...readdirSync(path.join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
];

const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = ""]) => found);

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
  }

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
