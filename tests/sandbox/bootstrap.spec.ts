import assert from "node:assert/strict";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";

interface Lock {
  readonly packages: Record<string, { readonly integrity?: string; readonly optional?: true }>;
}

const wanted: Lock = {
  packages: {
    "": {},
    "node_modules/a": { integrity: "sha512-a" },
    "node_modules/only-on-windows": { integrity: "sha512-w", optional: true },
  },
};
const installed: Lock = { packages: { "node_modules/a": { integrity: "sha512-a" } } };

describe("bootstrap.mjs", () => {
  let root: string;
  beforeEach(() => {
    root = realpathSync(mkdtempSync(path.join(tmpdir(), "slipway-bootstrap-")));
    write("package.json", '{"type":"module"}');
    write("package-lock.json", JSON.stringify(wanted));
    write("node_modules/.package-lock.json", JSON.stringify(installed));
    write("asked/print.ts", "const [, file, ...args]: string[] = process.argv; console.log(file, ...args);");
    // The real tsx, and an npm that only records how it was called.
    symlinkSync(path.resolve("node_modules/tsx"), path.join(root, "node_modules/tsx"));
    write("bin/npm", `#!/bin/sh\necho "$PWD: $*" >>"${root}/npm.log"\nexit $NPM_EXITS\n`, 0o755);
    mkdirSync(path.join(root, "sandbox"));
    cpSync("sandbox/bootstrap.mjs", path.join(root, "sandbox/bootstrap.mjs"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function write(name: string, text: string, mode = 0o644): void {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text, { mode });
  }

  const run = (npmExits = 0) =>
    execa(process.execPath, [path.join(root, "sandbox/bootstrap.mjs"), "asked/print.ts", "--x", "y z"], {
      cwd: tmpdir(),
      env: { PATH: `${path.join(root, "bin")}:${process.env["PATH"]}`, NPM_EXITS: String(npmExits) },
      reject: false,
    });
  const npmWasAsked = () =>
    existsSync(path.join(root, "npm.log")) ? readFileSync(path.join(root, "npm.log"), "utf8") : undefined;

  it("runs the file with its arguments, from anywhere, and installs nothing that is there", async () => {
    const { exitCode, stdout, stderr } = await run();

    assert.equal(exitCode, 0, stderr);
    assert.equal(stdout, `${root}/asked/print.ts --x y z`);
    assert.equal(stderr, "");
    assert.equal(npmWasAsked(), undefined);
  });

  for (const { fact, note } of [
    { fact: "nothing is installed", note: undefined },
    { fact: "npm's note is broken", note: "{" },
    { fact: "a package is missing", note: '{"packages":{}}' },
    { fact: "a package is another", note: '{"packages":{"node_modules/a":{"integrity":"sha512-b"}}}' },
    {
      fact: "an optional package is another",
      note: JSON.stringify({
        packages: { ...installed.packages, "node_modules/only-on-windows": { integrity: "sha512-x" } },
      }),
    },
  ]) {
    it(`installs what the lockfile says when ${fact}, and goes on`, async () => {
      if (note === undefined) rmSync(path.join(root, "node_modules/.package-lock.json"));
      else write("node_modules/.package-lock.json", note);

      const { exitCode, stdout, stderr } = await run();

      assert.equal(exitCode, 0, stderr);
      assert.equal(npmWasAsked(), `${root}: ci --no-progress --loglevel=error\n`);
      assert.equal(stderr, "Installing packages: npm ci");
      assert.equal(stdout, `${root}/asked/print.ts --x y z`);
    });
  }

  it("lets the file end if its output is not read", async () => {
    write(
      "asked/print.ts",
      'for (let i = 0; i < 5; i++) { console.log("x".repeat(1e5)); await new Promise((r) => setTimeout(r, 20)); }\nconsole.error("done");',
    );
    const { stderr } = await execa("bash", [
      "-c",
      `node ${root}/sandbox/bootstrap.mjs asked/print.ts | head -c 1`,
    ]);

    assert.equal(stderr, "done");
  });

  it("runs nothing when that fails", async () => {
    write("node_modules/.package-lock.json", "{}");

    const { exitCode, stdout, stderr } = await run(7);

    assert.equal(exitCode, 2);
    assert.equal(stdout, "");
    assert.equal(
      stderr,
      `Installing packages: npm ci
npm ci failed: its own message is above.
  fix: mend that, then run the same command again`,
    );
  });
});
