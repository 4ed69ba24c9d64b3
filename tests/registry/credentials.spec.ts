import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readCredentials } from "../../registry/credentials.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
/** A helper's last words. */
const answers = (answer: unknown) => `echo '${JSON.stringify(answer)}'`;

describe("readCredentials", () => {
  let folder: string;
  const { DOCKER_CONFIG, PATH } = process.env;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "slipway-docker-"));
    process.env["DOCKER_CONFIG"] = folder;
    process.env["PATH"] = `${folder}${path.delimiter}${PATH}`;
  });

  after(() => {
    rmSync(folder, { recursive: true });
    process.env["PATH"] = PATH;
    if (DOCKER_CONFIG === undefined) delete process.env["DOCKER_CONFIG"];
    else process.env["DOCKER_CONFIG"] = DOCKER_CONFIG;
  });

  const config = (content: unknown) =>
    writeFileSync(
      path.join(folder, "config.json"),
      typeof content === "string" ? content : JSON.stringify(content),
    );
  /** Its standard input is kept in the file `asked`. */
  const helper = (name: string, script: string) => {
    const file = path.join(folder, `docker-credential-${name}`);
    writeFileSync(
      file,
      `#!/bin/sh\n[ "$1" = get ] || exit 9\ncat > "${path.join(folder, "asked")}"\n${script}\n`,
    );
    chmodSync(file, 0o755);
  };
  const asked = () => readFileSync(path.join(folder, "asked"), "utf8");

  it("finds none if docker has no settings", async () => {
    rmSync(path.join(folder, "config.json"), { force: true });

    assert.equal(await readCredentials("ghcr.io"), undefined);
  });

  for (const { title, auths, registry = "ghcr.io", found } of [
    { title: "none for another registry", auths: { "gcr.io": { auth: base64("a:b") } }, found: undefined },
    {
      title: "none in an entry that is empty, as docker leaves it beside a helper",
      auths: { "ghcr.io": {} },
      found: undefined,
    },
    {
      title: "a password with a colon",
      auths: { "ghcr.io": { auth: base64("ann:pa:ss") } },
      found: { username: "ann", password: "pa:ss" },
    },
    {
      title: "an entry that is an address",
      auths: { "https://ghcr.io/v2/": { auth: base64("ann:pass") } },
      found: { username: "ann", password: "pass" },
    },
    {
      title: "the entry with the same port",
      auths: {
        "https://localhost:5000": { auth: base64("a:b") },
        "localhost:5001": { auth: base64("ann:pass") },
      },
      registry: "localhost:5001",
      found: { username: "ann", password: "pass" },
    },
    {
      title: "Docker Hub's",
      auths: { "https://index.docker.io/v1/": { auth: base64("ann:pass") } },
      registry: "docker.io",
      found: { username: "ann", password: "pass" },
    },
    {
      title: "an identity token before a password",
      auths: { "ghcr.io": { auth: base64("0000:"), identitytoken: "refresh" } },
      found: { identityToken: "refresh" },
    },
  ])
    it(`finds ${title}`, async () => {
      config({ auths });

      assert.deepEqual(await readCredentials(registry), found);
    });

  it("asks the registry's own helper before the general one", async () => {
    helper("mine", answers({ ServerURL: "ghcr.io", Username: "ann", Secret: "pass" }));
    helper("all", answers({ Username: "other", Secret: "other" }));
    config({ credHelpers: { "ghcr.io": "mine" }, credsStore: "all" });

    assert.deepEqual(await readCredentials("ghcr.io"), { username: "ann", password: "pass" });
    assert.equal(asked(), "ghcr.io");
  });

  it("asks the general helper for Docker Hub's old address", async () => {
    helper("all", answers({ Username: "ann", Secret: "pass" }));
    config({ credsStore: "all" });

    assert.deepEqual(await readCredentials("docker.io"), { username: "ann", password: "pass" });
    assert.equal(asked(), "https://index.docker.io/v1/");
  });

  it("takes what a helper gives for <token> as an identity token", async () => {
    helper("acr", answers({ Username: "<token>", Secret: "refresh" }));
    config({ credHelpers: { "acme.azurecr.io": "acr" } });

    assert.deepEqual(await readCredentials("acme.azurecr.io"), { identityToken: "refresh" });
  });

  it("takes the file's login if the helper has none", async () => {
    helper("all", "echo 'credentials not found in native keychain'; exit 1");
    config({ credsStore: "all", auths: { "ghcr.io": { auth: base64("ann:pass") } } });

    assert.deepEqual(await readCredentials("ghcr.io"), { username: "ann", password: "pass" });
    assert.equal(await readCredentials("gcr.io"), undefined);
  });

  for (const { name, script, why } of [
    { name: "absent", script: undefined, why: "it is not on the PATH" },
    { name: "locked", script: "echo 'the keychain is locked'; exit 1", why: "the keychain is locked" },
    { name: "chatty", script: "echo 'Secret: hunter2'", why: "its answer is not a login in JSON" },
    { name: "terse", script: "echo '{}'", why: "its answer is not a login in JSON" },
  ])
    it(`names a helper that is ${name}`, async () => {
      if (script !== undefined) helper(name, script);
      config({ credsStore: name });

      await assert.rejects(readCredentials("ghcr.io"), {
        name: "RegistryError",
        message: `docker-credential-${name}, named in docker's settings, gives no login: ${why}.
  at:  ghcr.io
  fix: docker login ghcr.io, or take ${name} out of credsStore and credHelpers in docker's config.json`,
      });
    });

  it("names a file that is not JSON, and quotes none of it", async () => {
    config('{"auths": {"ghcr.io": {"auth": "c2VjcmV0');

    await assert.rejects(readCredentials("ghcr.io"), {
      name: "RegistryError",
      message: `Docker's settings cannot be read: it is not JSON.
  at:  ${path.join(folder, "config.json")}
  fix: mend the file, or set DOCKER_CONFIG to another folder`,
    });
  });
});
