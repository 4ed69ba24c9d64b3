import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { parseImageReference } from "../../registry/imageReference.ts";
import { OciRepository } from "../../registry/ociRepository.ts";
import { listReferrers } from "../../registry/referrers.ts";
import { kubectl } from "../../sandbox/components.ts";
import { goProgram } from "../support/goProgram.ts";
import { copyProject, type Outputs, type Project } from "../support/project.ts";

// With keys and without a transparency log: neither the log nor an identity can be had here.
describe("signatures", () => {
  let project: Project;
  let keys: string;
  let unsigned: Outputs;
  let signed: Outputs;
  const key = (name: string) => path.join(keys, name);

  before(async function () {
    this.timeout(30 * 60_000); // cosign may have to be built
    const cosign = path.dirname(await goProgram("github.com/sigstore/cosign/v3/cmd/cosign", "v3.1.3"));
    project = await copyProject({ stack: "signatures" });
    Object.assign(project.env, { PATH: `${cosign}:${project.env.PATH}`, COSIGN_PASSWORD: "" });
    keys = mkdtempSync(path.join(tmpdir(), "slipway-keys-"));
    for (const name of ["ours", "theirs"]) {
      mkdirSync(key(name));
      await execa("cosign", ["generate-key-pair"], { cwd: key(name), env: project.env });
    }
    await project.pulumi("config", "set", "slipway:transparencyLog", "false");
    // Its own, since other tests, and earlier runs of this one, attach to the same digests.
    await project.pulumi("config", "set", "slipway:repository", project.namespace);
  });

  after(async () => {
    await project?.remove();
    rmSync(keys, { recursive: true });
  });

  const demand = (file: string) => project.pulumi("config", "set", "--path", "slipway:signedBy.key", file);
  const signingWith = (file: string | undefined) => Object.assign(project.env, { COSIGN_KEY: file });
  const deployed = async () =>
    (
      await kubectl(
        "get",
        "deployment",
        "-n",
        project.namespace,
        "-o",
        "jsonpath={.items[*].metadata.generation}",
      )
    ).stdout;

  const own = ["application/vnd.cyclonedx+json", "application/vnd.in-toto+json"];
  const bundle = "application/vnd.dev.sigstore.bundle.v0.3+json";

  it("are not needed by default: an image carries its SBOM and provenance without, attached once", async () => {
    const first = await project.pulumi("up", "--yes", "--skip-preview");
    assert.equal(first.exitCode, 0, first.all);
    unsigned = await project.outputs();
    assert.match(first.all, /Attached to .*: SBOM and provenance\./);
    assert.deepEqual(await attached(unsigned), own);

    const second = await project.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.equal(second.exitCode, 0, second.all);
    assert.doesNotMatch(second.all, /Attached/);
  });

  it("are not made by a preview, which changes nothing in the registry either", async () => {
    signingWith(key("ours/cosign.key"));
    const { exitCode, all } = await project.pulumi("preview", "--expect-no-changes");
    signingWith(undefined);

    assert.equal(exitCode, 0, all);
    assert.deepEqual(await attached(unsigned), own);
  });

  it("are made with the key of the environment, hold what the stack demands, and are made once", async () => {
    await demand(key("ours/cosign.pub"));
    signingWith(key("ours/cosign.key"));
    await project.edit("model/contract.json", (contract) => (contract.version = "1.0.1"));
    const first = await project.pulumi("up", "--yes", "--skip-preview");
    assert.equal(first.exitCode, 0, first.all);
    signed = await project.outputs();
    assert.match(first.all, /Signed .* with key /);
    assert.deepEqual(await attached(signed), [own[0], bundle, bundle, bundle, own[1]]);

    const second = await project.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.equal(second.exitCode, 0, second.all);
    assert.doesNotMatch(second.all, /Attached|Signed/);
    signingWith(undefined);
  });

  it("are demanded of a rollback, too: to an unsigned release there is none", async () => {
    const before = await deployed();
    const { exitCode, all } = await project.npm("rollback", "--to", unsigned.release);

    assert.notEqual(exitCode, 0, all);
    assert(
      all.includes(`This image is not signed as the stack demands, so it is not rolled out:
      - the image: no signatures found
      - its SBOM: no matching attestations
      - its provenance: no matching attestations
      at:  ${unsigned.image}; Pulumi.signatures.yaml, key slipway:signedBy
      fix: sign it by \`pulumi up\` with that key or identity, or take a release that is signed: docs/supply-chain.md`),
      all,
    );
    assert.deepEqual(await project.outputs(), signed);
    assert.equal(await deployed(), before);
  });

  it("by another key do not count, and nothing changes", async () => {
    await demand(key("theirs/cosign.pub"));
    const before = await deployed();
    const { exitCode, all } = await project.pulumi("up", "--yes", "--skip-preview");

    assert.notEqual(exitCode, 0, all);
    assert.match(all, /the image: no matching attestations: failed to verify signature/);
    assert.doesNotMatch(all, /(updated|created|replaced|deleted)\b/);
    assert.deepEqual(await project.outputs(), signed);
    assert.equal(await deployed(), before);
  });
});

/** The types of what is attached to a release's image. */
async function attached({ image }: Outputs): Promise<(string | undefined)[]> {
  const reference = parseImageReference(image);
  const found = await listReferrers(new OciRepository(reference), reference.digest);
  return found.map(({ artifactType }) => artifactType).toSorted();
}
