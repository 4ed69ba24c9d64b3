import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { versions } from "../sandbox/toolchain.ts";

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), "utf8");

describe("versions that go together", () => {
  it("are the same base image in the Dockerfile and in the setting's default", () => {
    const inDockerfile = /^ARG BASE_IMAGE=(.*)$/m.exec(read("service/Dockerfile"))?.[1];

    assert.equal(parse(read("Pulumi.yaml")).config["slipway:baseImage"].default, inDockerfile);
  });

  it("are the same of Pulumi and its providers in package.json, the toolchain and go.mod", () => {
    const { dependencies } = JSON.parse(read("package.json")) as { dependencies: Record<string, string> };
    const module = read("sandbox/toolchain/go.mod");
    const inModule = (name: string) => new RegExp(`^\\s*${name} v(\\S+)`, "m").exec(module)?.[1];

    assert.deepEqual(versions, {
      pulumi: dependencies["@pulumi/pulumi"],
      kubernetes: dependencies["@pulumi/kubernetes"],
      dockerBuild: dependencies["@pulumi/docker-build"],
    });
    assert.equal(inModule("github.com/pulumi/pulumi/pkg/v3"), versions.pulumi);
    assert.equal(inModule("github.com/pulumi/pulumi-docker-build"), versions.dockerBuild);
    assert.match(
      read("sandbox/toolchain/cmd/pulumi-resource-kubernetes/main.go"),
      new RegExp(`version = "${versions.kubernetes}"`),
    );
  });
});
