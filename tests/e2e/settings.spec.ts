import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { sandboxEnvironment } from "../../sandbox/pulumiStack.ts";
import { stackFile, TYPED_BY_HAND, WRITTEN_BY_PULUMI } from "../support/settingsFiles.ts";

/** The unit tests of infra/settings rest on what these files say of Pulumi. */
describe("Pulumi's files of settings", function () {
  this.timeout(120_000);
  let folder: string;
  let file: string;
  let salt: string;
  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), "slipway-settings-"));
    file = path.join(folder, "Pulumi.dev.yaml");
    mkdirSync(path.join(folder, "state"));
    cpSync("Pulumi.yaml", path.join(folder, "Pulumi.yaml"));
    await pulumi("stack", "init", "dev");
    salt = readFileSync(file, "utf8");
  });
  after(() => rmSync(folder, { recursive: true }));
  beforeEach(() => writeFileSync(file, salt));

  const pulumi = async (...args: string[]) =>
    (
      await execa("pulumi", [...args, "--non-interactive"], {
        cwd: folder,
        env: {
          ...sandboxEnvironment,
          PULUMI_BACKEND_URL: `file://${path.join(folder, "state")}`,
          PULUMI_OPTION_CONFIG_FILE: undefined,
        },
      })
    ).stdout;

  for (const { how, commands = [], ...settings } of WRITTEN_BY_PULUMI)
    it(`are written ${how}`, async () => {
      for (const words of commands) await pulumi("config", "set", ...words);

      assert.deepEqual(parse(readFileSync(file, "utf8")).config, parse(stackFile(settings)).config);
    });

  for (const { how, texts, ...settings } of [...WRITTEN_BY_PULUMI, ...TYPED_BY_HAND])
    it(`give the texts that the tests say, for one ${how}`, async () => {
      writeFileSync(file, `${salt}${stackFile(settings)}`);

      const values = JSON.parse(await pulumi("config", "--json")) as Record<string, { value: string }>;

      const given = Object.keys(texts).map((key) => [key, values[`slipway:${key}`]?.value]);
      assert.deepEqual(Object.fromEntries(given), texts);
    });
});
