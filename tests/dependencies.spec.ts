import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { execa } from "execa";

describe("package.json", () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as Record<
    "dependencies" | "devDependencies",
    Record<string, string>
  >;

  it("names each package that a file imports or a script runs, and no other", async function () {
    this.timeout(60_000);
    const { all } = await execa("node_modules/.bin/knip", ["--no-progress"], { all: true, reject: false });

    assert.equal(all, "");
  });

  it("has each package explained in docs/dependencies.md, which explains no other", () => {
    const rows = readFileSync("docs/dependencies.md", "utf8").matchAll(/^\| `([^`]+)` +\| \S/gm);
    const explained = Array.from(rows, ([, name]) => name);

    assert.deepEqual(explained.toSorted(), Object.keys({ ...dependencies, ...devDependencies }).toSorted());
  });
});
