import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readStackSettings } from "../../pipeline/stackSettings.ts";

describe("readStackSettings", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "slipway-settings-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("takes what docs/own-cluster.md has people set: Pulumi writes `true` as a text", async () => {
    const file = path.join(folder, "Pulumi.production.yaml");
    writeFileSync(file, 'config:\n  slipway:namespace: models\n  slipway:createNamespace: "true"\n');

    const settings = await readStackSettings({ PULUMI_STACK: "production", PULUMI_OPTION_CONFIG_FILE: file });

    assert.deepEqual([settings.namespace, settings.createNamespace], ["models", true]);
  });

  it("finds the file of a stack by its short name", async () => {
    const { namespace, replicas } = await readStackSettings({ PULUMI_STACK: "acme/dev" });

    assert.deepEqual([namespace, replicas], ["slipway-dev", 2]);
  });

  it("gives the defaults without a stack", async () => {
    assert.equal((await readStackSettings({})).namespace, "default");
    assert.equal(
      (await readStackSettings({ PULUMI_STACK: "", PULUMI_OPTION_CONFIG_FILE: "" })).namespace,
      "default",
    );
  });
});
