import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Ended } from "../../common/runProgram.ts";
import { whenUnlocked } from "../../pipeline/unlock.ts";
import { type FakeGitHub, startGitHub } from "../support/fakeGitHub.ts";

const well: Ended = { exitCode: 0, cancelled: false, stdout: "", stderr: "", output: "" };
const lockedBy = (...hosts: string[]): Ended => ({
  ...well,
  exitCode: 255,
  output: [
    `error: the stack is currently locked by ${hosts.length} lock(s).`,
    ...hosts.map((host) => `  s3://b/x.json: created by runner@${host} (pid 2110) at 2026-11-20T10:00:00Z`),
  ].join("\n"),
});

/** How often it acted, when the stack is locked at first. */
async function actWith(first: Ended): Promise<number> {
  const ends = [first, well];
  await whenUnlocked(async () => ends.shift() ?? assert.fail("a third time"));
  return 2 - ends.length;
}

describe("whenUnlocked", () => {
  const environment = { ...process.env };
  let work: string;
  let github: FakeGitHub;

  beforeEach(async () => {
    work = mkdtempSync(path.join(os.tmpdir(), "slipway-unlock-"));
    // Stands for Pulumi's CLI, and writes down what it was asked: the real one is asked in tests/e2e/workflows.spec.ts.
    writeFileSync(path.join(work, "pulumi"), `#!/bin/sh\necho "$@" >> ${work}/asked\n`);
    chmodSync(path.join(work, "pulumi"), 0o755);
    github = await startGitHub();
    Object.assign(process.env, {
      PATH: `${work}:${environment["PATH"]}`,
      GITHUB_API_URL: github.url,
      GITHUB_REPOSITORY: "acme/loans",
      GITHUB_TOKEN: "the-token",
    });
  });

  afterEach(() => {
    for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
    Object.assign(process.env, environment);
    github.close();
    rmSync(work, { recursive: true });
  });

  const cancelled = () => {
    try {
      return readFileSync(path.join(work, "asked"), "utf8");
    } catch {
      return "";
    }
  };

  it("acts once if nothing is locked, also if that fails", async () => {
    assert.equal(await actWith(well), 1);
    assert.equal(await actWith({ ...well, exitCode: 1, output: "error: no such stack" }), 1);
    assert.equal(cancelled(), "");
  });

  it("acts once where it went well, whatever was printed of locks", async () => {
    assert.equal(await actWith({ ...lockedBy("run-12-1"), exitCode: 0 }), 1);
    assert.deepEqual([cancelled(), github.asked], ["", []]);
  });

  it("does not act again where the lock could not be taken away, and says what Pulumi said", async () => {
    github.answer = () => [200, { status: "completed" }];
    writeFileSync(path.join(work, "pulumi"), "#!/bin/sh\necho no access to the bucket\nexit 255\n");
    const acted = [lockedBy("run-12-1")];

    const { exitCode, output } = await whenUnlocked(async () => acted.pop() ?? assert.fail("a second time"));

    assert.deepEqual([exitCode, output], [255, "no access to the bucket"]);
  });

  it("takes the locks of runs that have ended away, and acts again", async () => {
    github.answer = () => [200, { status: "completed" }];

    assert.equal(await actWith(lockedBy("run-12-1", "run-13-2")), 2);

    assert.equal(cancelled(), "cancel --yes --non-interactive --color never\n");
    assert.deepEqual(
      github.asked.map(({ path }) => path),
      ["/repos/acme/loans/actions/runs/12/attempts/1", "/repos/acme/loans/actions/runs/13/attempts/2"],
    );
  });

  for (const { of, hosts, answer, at } of [
    {
      of: "a laptop",
      hosts: ["laptop"],
      answer: [200, { status: "completed" }],
      at: "no workflow run of this repository",
    },
    {
      of: "a run that goes on",
      hosts: ["run-12-1"],
      answer: [200, { status: "in_progress" }],
      at: "workflow run 12, which goes on",
    },
    {
      of: "another repository's run",
      hosts: ["run-12-1"],
      answer: [404, {}],
      at: "no workflow run of this repository",
    },
  ] as const) {
    it(`leaves the lock of ${of}`, async () => {
      github.answer = () => answer;

      await assert.rejects(actWith(lockedBy(...hosts)), {
        message: `The stack is locked by runner on ${hosts[0]} (process 2110) since 2026-11-20T10:00:00Z.
  at:  ${at}
  fix: wait for that process to end; if it has ended for good, run: pulumi cancel`,
      });
      assert.equal(cancelled(), "");
    });
  }

  it("leaves all, if one of them is not to be taken away: Pulumi knows only all", async () => {
    github.answer = () => [200, { status: "completed" }];

    await assert.rejects(actWith(lockedBy("run-12-1", "laptop")), /locked by runner on laptop/);
    assert.equal(cancelled(), "");
  });
});
