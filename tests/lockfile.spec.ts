import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

interface Package {
  readonly version?: string;
  readonly optionalDependencies?: Record<string, string>;
}

describe("package-lock.json", () => {
  const { packages } = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8")) as {
    packages: Record<string, Package>;
  };

  it("has an entry for each optional package, those of other platforms too: npm ci demands them", () => {
    const missing = Object.entries(packages).flatMap(([name, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (dependency) =>
          !packages[`node_modules/${dependency}`]?.version &&
          !packages[`${name}/node_modules/${dependency}`]?.version,
      ),
    );

    assert.deepEqual(missing, [], "npm install dropped them: docs/decisions/0004-lockfile.md");
  });

  it("has OpenTelemetry's first version once, below Pulumi: copies of it made each preview slower", () => {
    assert.deepEqual(
      Object.keys(packages).filter((name) => name.endsWith("/@opentelemetry/core")),
      ["node_modules/@opentelemetry/core", "node_modules/@pulumi/pulumi/node_modules/@opentelemetry/core"],
      "npm install placed others: docs/decisions/0012-one-opentelemetry.md",
    );
  });
});
