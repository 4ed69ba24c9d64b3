import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse } from "yaml";
import { fromFiles } from "../../../infra/settings/fromFiles.ts";
import type { Settings } from "../../../infra/settings/rules.ts";
import { SettingsError } from "../../../infra/settings/settingsError.ts";
import { setMocks } from "../../support/pulumiMocks.ts";
import { stackFile, TYPED_BY_HAND, WRITTEN_BY_PULUMI } from "../../support/settingsFiles.ts";

const project = readFileSync("Pulumi.yaml", "utf8");
/** What each declared setting is for the program, as Pulumi tells it. */
const declared = Object.entries(parse(project).config as Record<string, { default: unknown }>).map(
  ([key, { default: value }]) => [key, typeof value === "string" ? value : JSON.stringify(value)],
);

/** The settings, or what is shown in their place. */
const outcome = async (act: () => Settings | Promise<Settings>) => {
  try {
    return await act();
  } catch (error) {
    return (error as Error).message;
  }
};

const mistakesOf = (reading: Promise<Settings>) =>
  reading.then(
    () => [],
    (error) => {
      assert(error instanceof SettingsError, String(error));
      return error.mistakes;
    },
  );

describe("fromFiles", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "slipway-settings-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (name: string, text: string) => {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  const read = (stack: string, projectText = project) =>
    fromFiles(write("Pulumi.yaml", projectText), write("Pulumi.dev.yaml", stack));
  describe("gives what fromPulumi gives, settings or mistakes, for a file", () => {
    let pulumi: typeof import("@pulumi/pulumi");
    let fromPulumi: typeof import("../../../infra/settings/fromPulumi.ts").fromPulumi;
    before(async () => {
      await setMocks({ stack: "dev" });
      pulumi = await import("@pulumi/pulumi");
      ({ fromPulumi } = await import("../../../infra/settings/fromPulumi.ts"));
    });

    for (const { how, texts, ...file } of [...WRITTEN_BY_PULUMI, ...TYPED_BY_HAND])
      it(how, async () => {
        const own = Object.entries(texts).map(([key, text]) => [`slipway:${key}`, text]);
        pulumi.runtime.setAllConfig(Object.fromEntries([...declared, ...own]));

        assert.deepEqual(await outcome(() => read(stackFile(file))), await outcome(fromPulumi));
      });
  });

  for (const { how, ...file } of WRITTEN_BY_PULUMI)
    it(`finds no mistake in a file ${how}`, async () => {
      assert.deepEqual(await mistakesOf(read(stackFile(file))), []);
    });

  it("gives the defaults, without a stack and for a stack that sets nothing", async () => {
    const defaults = await fromFiles(write("Pulumi.yaml", project));

    assert.deepEqual([defaults.replicas, defaults.cpu, defaults.registry], [2, "1", undefined]);
    for (const text of ["", "encryptionsalt: v1:abc\n", "config:\n", "config: {}\n"])
      assert.deepEqual(await read(text), defaults);
  });

  it("takes a value of Pulumi.yaml in each form that Pulumi takes", async () => {
    const more = [
      "  slipway:namespace: plain",
      "  slipway:monitoringNamespace: { value: fixed }",
      "  builder: { type: string, default: short }",
      "  slipway:imagePullSecret: { type: string }",
    ];
    const without = project.replace(
      /^ {2}slipway:(namespace|monitoringNamespace|builder|imagePullSecret):\n( {4}.*\n)+/gm,
      "",
    );

    const { namespace, monitoringNamespace, builder, imagePullSecret } = await read(
      "",
      without + more.join("\n"),
    );

    assert.deepEqual(
      [namespace, monitoringNamespace, builder, imagePullSecret],
      ["plain", "fixed", "short", undefined],
    );
  });

  it("names each setting that is encrypted, alone or inside of another", async () => {
    const mistakes = await mistakesOf(
      read(`config:
  slipway:builder:
    secure: v1:lAiNwjZtDjzoJg12:mbayypoUn3iVPwNgyr88LQNDHozOFi8=
  slipway:floors:
    accuracy:
      secure: v1:k9qHAf+6Gt+eJaTf:v8m3TEQGKwrmV82W0UFDiFgqtbMXvR1nXA==
    rmse: 12
`),
    );

    assert.deepEqual(mistakes, [
      {
        what: "builder is encrypted, and only `pulumi up` and `pulumi preview` can read it.",
        at: "Pulumi.dev.yaml, key slipway:builder",
        fix: "no setting is a secret: set it again without --secret, such as: pulumi config set builder 'default'",
      },
      {
        what: "floors is encrypted, and only `pulumi up` and `pulumi preview` can read it.",
        at: "Pulumi.dev.yaml, key slipway:floors",
        fix: "no setting is a secret: set it again without --secret, such as: pulumi config set --path floors.accuracy 0.9",
      },
    ]);
  });

  it("names each value that Pulumi reads as another, with its place", async () => {
    const values = [
      "010",
      "-010",
      "0b11",
      "1_0",
      "1.5_0",
      "2026-01-01",
      "2026-1-1T00:00:00Z",
      "2026-01-01 00:00:00",
    ];
    const text = ["config:", ...values.map((value, i) => `  slipway:key${i}: ${value}`)].join("\n");

    assert.deepEqual(
      await mistakesOf(read(text)),
      values.map((value, i) => ({
        what: `Pulumi does not read ${value} as it stands: write it in quotes.`,
        at: `Pulumi.dev.yaml, line ${i + 2}, column 17`,
        fix: "correct the file; `pulumi config` shows what Pulumi reads in it",
      })),
    );
  });

  it("takes those in quotes, and what looks like them", async () => {
    const { namespace, imagePullSecret, cpu, override } = await read(`config:
  slipway:namespace: "010"
  slipway:imagePullSecret: 2026-01-01.a
  slipway:cpu: 0.5
  slipway:override: 0123456789ab:the_fraud_rules_changed
`);

    assert.deepEqual([namespace, imagePullSecret, cpu], ["010", "2026-01-01.a", "0.5"]);
    assert.deepEqual(override, { sha256: "0123456789ab", reason: "the_fraud_rules_changed" });
  });

  it("names all that is no YAML, in both files", async () => {
    const places = (await mistakesOf(read("config:\n  a: 1\n  a: 2\n  b: !x 3\n", "config: [\n"))).map(
      ({ what, at }) => `${at}: ${what}`,
    );

    assert.deepEqual(places, [
      "Pulumi.yaml, line 2, column 1: Flow sequence in block collection must be sufficiently indented and end with a ].",
      "Pulumi.dev.yaml, line 3, column 3: Map keys must be unique.",
      "Pulumi.dev.yaml, line 4, column 6: Unresolved tag: !x.",
    ]);
  });

  it("says which file is missing", async () => {
    const file = path.join(folder, "Pulumi.prod.yaml");

    assert.deepEqual(await mistakesOf(fromFiles(write("Pulumi.yaml", project), file)), [
      {
        what: "There is no Pulumi.prod.yaml.",
        at: file,
        fix: "commit it: `pulumi config set` writes it; or name another stack",
      },
    ]);
  });
});
