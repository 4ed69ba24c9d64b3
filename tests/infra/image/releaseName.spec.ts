import assert from "node:assert/strict";
import { type NamedFile, releaseName } from "../../../infra/image/releaseName.ts";

const file = (path: string, sha256: string): NamedFile => ({ path, sha256 });
const files = [file("Dockerfile", "aa"), file("app/main.cjs", "bb"), file("model/model.onnx", "cc")];
const base = { baseImage: "registry.example/base@sha256:00", platforms: ["linux/amd64", "linux/arm64"] };

describe("releaseName", () => {
  it("is 16 hex digits, and the same from release to release of this program", () => {
    // A change here renames every release that users have: their next `up` builds and rolls out anew.
    assert.equal(releaseName(files, base), "19c10da59bda89fa");
  });

  for (const { fact, of } of [
    { fact: "the order of the files", of: releaseName(files.toReversed(), base) },
    {
      fact: "the order of the platforms",
      of: releaseName(files, { ...base, platforms: base.platforms.toReversed() }),
    },
  ]) {
    it(`does not depend on ${fact}`, () => {
      assert.equal(of, releaseName(files, base));
    });
  }

  const pair = [file("a", "bc"), file("d", "ef")];
  for (const { fact, of } of [
    { fact: "other bytes", of: releaseName([file("a", "bd"), file("d", "ef")], base) },
    { fact: "another path", of: releaseName([file("b", "bc"), file("d", "ef")], base) },
    { fact: "one file more", of: releaseName([...pair, file("g", "hi")], base) },
    { fact: "one file less", of: releaseName(pair.slice(1), base) },
    { fact: "contents that change places", of: releaseName([file("a", "ef"), file("d", "bc")], base) },
    {
      fact: "a border between path and bytes that moves",
      of: releaseName([file("ab", "c"), file("d", "ef")], base),
    },
    {
      fact: "a border between files that moves",
      of: releaseName([file("a", "bcd"), file("", "ef")], base),
    },
    {
      fact: "a separator in a path",
      of: releaseName([file('a","bc"],["d', "ef")], base),
    },
    {
      fact: "another base image",
      of: releaseName(pair, { ...base, baseImage: "registry.example/base@sha256:01" }),
    },
    { fact: "another platform", of: releaseName(pair, { ...base, platforms: ["linux/amd64"] }) },
    {
      fact: "a border between base image and platforms that moves",
      of: releaseName(pair, { baseImage: `${base.baseImage},linux/amd64`, platforms: ["linux/arm64"] }),
    },
  ]) {
    it(`differs with ${fact}`, () => {
      assert.notEqual(of, releaseName(pair, base));
    });
  }
});
