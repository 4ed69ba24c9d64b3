import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { parse } from "yaml";

describe("settings", () => {
  const home = mkdtempSync(path.join(tmpdir(), "slipway-cache-"));
  after(() => rmSync(home, { recursive: true, force: true }));

  const inState = (name: string) => path.join(home, "slipway/sandbox", name);
  const write = () =>
    execa(
      process.execPath,
      [
        "--import",
        "tsx",
        "--input-type=module",
        "--eval",
        'await (await import("./sandbox/daemonSettings.ts")).writeSettings();',
      ],
      { env: { XDG_CACHE_HOME: home } },
    );

  before(write);

  it("has the kubelet authenticate callers, and ask the API server whether they may", () => {
    const { authentication, authorization } = parse(readFileSync(inState("etc/kubelet.yaml"), "utf8"));

    assert.deepEqual(authentication, {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: inState("certs/kubelet-client.pem") },
    });
    assert.deepEqual(authorization, { mode: "Webhook" });
  });

  it("keeps keys and tokens private, and unchanged when it writes again", async () => {
    const secrets = ["admin-token", "kubelet-client.pem", "service-account.key"];
    const read = () => secrets.map((name) => readFileSync(inState(`certs/${name}`), "utf8"));
    const before = read();

    await write();

    assert.deepEqual(read(), before);
    for (const name of secrets) assert.equal(statSync(inState(`certs/${name}`)).mode & 0o777, 0o600, name);
  });
});
