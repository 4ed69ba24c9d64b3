import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { bundlePrograms } from "../../support/bundledPrograms.ts";
import { recorded } from "../../support/recordedRelease.ts";

/** A number that no process has. */
function deadPid(): number {
  return spawnSync("true").pid;
}

const lines = (text: string) => text.split("\n").filter(Boolean);

/** A stack's in the file backend. */
const STATE = ".pulumi/stacks/slipway/prod.json";

const LOCK = ".pulumi/locks/organization/slipway/prod/1234.json";

/** The commands against a `pulumi` of our own, which has one checkpoint, notes what it is asked, and may meet a lock. */
describe("the commands on releases", function () {
  this.timeout(60_000);
  let work: string;
  const at = (name: string) => path.join(work, name);

  beforeEach(() => {
    work = mkdtempSync(path.join(os.tmpdir(), "slipway-commands-"));
    writeFileSync(
      at("pulumi"),
      `#!/bin/sh
cd "${work}"
echo "$* $SLIPWAY_PIN_REQUEST" >> asked
case "$1 $2" in
  "whoami --json") echo '{"user":"ada","url":"file://${work}"}' ;;
  "stack export") if [ -e "${STATE}" ] && ! grep -q before "${STATE}"; then echo "error: failed to load checkpoint: unexpected end of JSON input" >&2; exit 255; fi
    case "$*" in *nowhere*) echo "error: no stack named 'nowhere' found" >&2; exit 255;; esac; cat "checkpoint" ;;
  "stack import") cat > imported ;;
  up*) if [ -e "${LOCK}" ] && ! [ -s "${LOCK}" ]; then echo "error: unexpected end of JSON input" >&2; exit 255; fi
    if [ -e lock.json ]; then cat said >&2; [ -e once ] && rm lock.json; exit 255; fi ;;
esac
`,
    );
    chmodSync(at("pulumi"), 0o755);
    has([recorded("aaaa1111"), recorded("bbbb2222", { model: { name: "m", version: "2", sha256: "cd" } })]);
  });
  afterEach(() => {
    rmSync(work, { recursive: true });
  });

  function has(releases: readonly object[], more: object = {}, pending: readonly object[] = []): void {
    const outputs = { releases, ...more };
    const resources = [
      { type: "pulumi:pulumi:Stack", urn: "urn", outputs },
      {
        type: "kubernetes:apps/v1:Deployment",
        urn: "urn",
        inputs: { metadata: { labels: { "app.kubernetes.io/version": "bbbb2222" } } },
      },
    ];
    writeFileSync(
      at("checkpoint"),
      JSON.stringify({ version: 3, deployment: { resources, pending_operations: pending } }),
    );
  }

  function lockedBy(pid: number, { host = os.hostname(), once = false } = {}): void {
    writeFileSync(at("lock.json"), "");
    if (once) writeFileSync(at("once"), "");
    writeFileSync(
      at("said"),
      `error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.\n  file://${at("lock.json")}: created by ada@${host} (pid ${pid}) at 2026-02-03T04:05:06Z\n`,
    );
  }

  let programs: Awaited<ReturnType<typeof bundlePrograms>>;
  before(async () => {
    programs = await bundlePrograms("infra/release/commands", [
      "promote",
      "releases",
      "rollback",
      "unpin",
      "up",
    ]);
  });
  after(() => programs.remove());

  const start = (...words: string[]) =>
    execa(process.execPath, words, {
      env: { PATH: `${work}:${process.env["PATH"]}`, GITHUB_ACTOR: "grace" },
      reject: false,
      stdin: "ignore",
    });
  const run = (name: string, ...args: string[]) => start(programs.fileOf(name), ...args);
  /** As `npm run` starts it. */
  const runSources = (name: string, ...args: string[]) =>
    start("sandbox/bootstrap.mjs", `infra/release/commands/${name}.ts`, ...args);
  const asked = () => lines(readFileSync(at("asked"), "utf8"));

  it("roll back to the release before, with a message and a pin, and ask nothing without a terminal", async () => {
    const { exitCode, stderr } = await runSources("rollback", "--stack", "prod", "--reason", "it drifts");

    assert.equal(exitCode, 0, stderr);
    const [exported, up = ""] = asked();
    assert.equal(exported, "stack export --stack prod --non-interactive ");
    const [, command, request = ""] = /^(.*?) (\{.*\})$/.exec(up) ?? [];
    assert.equal(
      command,
      "up --yes --non-interactive --message Rollback to aaaa1111 (m 1): it drifts --stack prod",
    );
    const { since, ...pin } = JSON.parse(request).pin;
    assert.deepEqual(pin, { release: "aaaa1111", reason: "it drifts", by: "grace" });
    assert.match(since, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.match(stderr, /^Rolling back from bbbb2222 to aaaa1111 \(m 1\)\.$/m);
  });

  it("say what there is where a release is not to be had, and do nothing", async () => {
    const { exitCode, stderr } = await run("rollback", "--to", "3");

    assert.equal(exitCode, 1);
    assert.equal(
      stderr,
      'The record has no release "3", or several that begin so.\n  fix: one of aaaa1111 (1), bbbb2222 (2)',
    );
    assert.equal(asked().length, 1);
  });

  it("pass on why a stack cannot be read", async () => {
    const { exitCode, stderr } = await run("releases", "--stack", "nowhere");

    assert.deepEqual([exitCode, stderr], [1, "error: no stack named 'nowhere' found"]);
  });

  it("say how to install pulumi if there is none", async () => {
    rmSync(at("pulumi"));
    const { exitCode, stderr } = await execa(
      process.execPath,
      ["sandbox/bootstrap.mjs", "infra/release/commands/releases.ts"],
      { env: { PATH: work }, extendEnv: false, reject: false },
    );

    assert.deepEqual(
      [exitCode, stderr],
      [
        1,
        "pulumi is not on the PATH.\n  fix: install it (https://www.pulumi.com/docs/iac/download-install), or open a shell in which it is",
      ],
    );
  });

  it("put back a state that a full disk has broken, if they are told to", async () => {
    mkdirSync(path.dirname(at(STATE)), { recursive: true });
    writeFileSync(at(STATE), "");
    writeFileSync(at(`${STATE}.bak`), '{"before":"the last step"}');
    const finding = `${at(STATE)} is not whole, as a full disk leaves it. ${at(STATE)}.bak has the state before.`;

    const told = await run("up", "--stack", "prod");
    assert.deepEqual(
      [told.exitCode, told.stderr],
      [
        1,
        `${finding}\n  fix: make room on that disk, then run the same command with --unlock, which puts that back`,
      ],
    );
    assert.equal(readFileSync(at(STATE), "utf8"), "");

    const { exitCode, stderr } = await run("up", "--stack", "prod", "--unlock");
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /It is put back\.$/m);
    assert.equal(readFileSync(at(STATE), "utf8"), '{"before":"the last step"}');

    const backup = ".pulumi/backups/slipway/prod/prod.1.json";
    mkdirSync(path.dirname(at(backup)), { recursive: true });
    writeFileSync(at(backup), '{"before":"this update"}');
    for (const broken of [STATE, `${STATE}.bak`]) writeFileSync(at(broken), '{"after":');
    assert.equal((await run("up", "--stack", "prod", "--unlock")).exitCode, 0);
    assert.equal(readFileSync(at(STATE), "utf8"), '{"before":"this update"}');
  });

  it("pass on why a stack cannot be read if there is nothing to put back", async () => {
    mkdirSync(path.dirname(at(STATE)), { recursive: true });
    writeFileSync(at(STATE), "");

    const { exitCode, stderr } = await run("up", "--stack", "prod", "--unlock");

    assert.deepEqual(
      [exitCode, stderr],
      [1, "error: failed to load checkpoint: unexpected end of JSON input"],
    );
  });

  it("unpin what is pinned, and nothing else", async () => {
    const none = await run("unpin");
    has([recorded("aaaa1111")], {
      pinned: { release: "aaaa1111", reason: "it drifts", by: "ada", since: "2026-02-03T04:05:06.000Z" },
    });
    const { exitCode } = await run("unpin");

    assert.deepEqual(
      [none.exitCode, none.stderr],
      [1, "The stack is not pinned: pulumi up deploys this checkout."],
    );
    assert.equal(exitCode, 0);
    assert.equal(asked().at(-1), 'up --yes --non-interactive --message Unpin from aaaa1111 {"pin":null}');
  });

  it("promote what serves in the other stack; over a rollback only with --unpin", async () => {
    const pinned = { release: "bbbb2222", reason: "it drifts", by: "ada", since: "2026-02-03T04:05:06.000Z" };
    has([recorded("aaaa1111"), recorded("bbbb2222")], { pinned });
    const refused = await run("promote", "--from", "staging", "--stack", "prod");
    const { exitCode, stderr } = await run("promote", "--from", "staging", "--stack", "prod", "--unpin");

    assert.equal(refused.exitCode, 1);
    assert.equal(
      refused.stderr,
      "The stack is pinned to bbbb2222 since 2026-02-03T04:05:06.000Z by ada: it drifts.\n  fix: add --unpin, if the release of staging is to take its place",
    );
    assert.equal(exitCode, 0, stderr);
    const request = JSON.parse(/\{.*\}$/.exec(asked().at(-1) ?? "")?.[0] ?? "");
    assert.deepEqual(
      [request.pin.release, request.pin.promotedFrom, request.promoted],
      ["bbbb2222", "staging", recorded("bbbb2222")],
    );
  });

  it("remove a dead process' lock only when told to", async () => {
    const pid = deadPid();
    lockedBy(pid);
    const offered = await run("up");

    assert.equal(offered.exitCode, 1);
    assert.ok(
      offered.stderr.endsWith(
        `The lock is that of process ${pid} of ada on ${os.hostname()}, since 2026-02-03T04:05:06Z, which has ended without removing it.\n  fix: run the same command with --unlock, which removes it`,
      ),
      offered.stderr,
    );
    assert(existsSync(at("lock.json")));

    const { exitCode, stderr } = await run("up", "--unlock");

    assert.equal(exitCode, 0, stderr);
    assert(!existsSync(at("lock.json")));
  });

  it("remove a lock that a full disk has left without a name only when told to", async () => {
    mkdirSync(path.dirname(at(LOCK)), { recursive: true });
    writeFileSync(at(LOCK), "");
    const finding = `The lock is not whole, as a full disk leaves it: ${at(LOCK)}.`;

    const told = await run("up", "--stack", "prod");
    assert.equal(told.exitCode, 1);
    assert.ok(
      told.stderr.endsWith(`${finding}\n  fix: run the same command with --unlock, which removes it`),
      told.stderr,
    );
    assert(existsSync(at(LOCK)));

    const { exitCode, stderr } = await run("up", "--stack", "prod", "--unlock");
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /It is removed\.$/m);
    assert(!existsSync(at(LOCK)));
  });

  for (const { whose, pid, host } of [
    { whose: "a living process'", pid: process.pid, host: os.hostname() },
    { whose: "another machine's", pid: deadPid(), host: "elsewhere" },
  ])
    it(`never remove ${whose} lock: they try once more, then say whose it is`, async () => {
      // As pulumi's own start: a process of another name that started after the lock was taken would not be its owner.
      lockedBy(pid, { host });
      writeFileSync(
        at("said"),
        readFileSync(at("said"), "utf8").replace(/at \S+$/m, "at 2999-01-01T00:00:00Z"),
      );
      const { exitCode, stderr } = await run("up", "--unlock");

      assert.equal(exitCode, 1);
      assert.match(stderr, /: trying once more in \d+ s\.$/m);
      assert.match(
        stderr,
        new RegExp(
          `^The stack is held by process ${pid} of ada on ${host}, since 2999-01-01T00:00:00Z\\.\\n {2}fix: wait until it has ended`,
          "m",
        ),
      );
      assert(existsSync(at("lock.json")));
      assert.equal(asked().filter((line) => line.startsWith("up ")).length, 2);
    });

  it("take a process for dead whose number another one has now", async () => {
    lockedBy(process.pid);

    const { exitCode, stderr } = await run("up", "--unlock");

    assert.equal(exitCode, 0, stderr);
  });

  it("succeed at the second try", async () => {
    lockedBy(process.pid, { host: "elsewhere", once: true });

    const { exitCode, stderr } = await run("up");

    assert.equal(exitCode, 0, stderr);
  });

  it("clear what a killed process was creating after an up that succeeded, not before", async () => {
    has([recorded("aaaa1111")], {}, [{ type: "creating", resource: {} }]);

    const { exitCode, stderr } = await run("up");

    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(
      asked().map((line) => line.split(" ", 2).join(" ")),
      ["stack export", "up --yes", "stack export", "stack import"],
    );
    assert.equal("pending_operations" in JSON.parse(readFileSync(at("imported"), "utf8")).deployment, false);
  });
});
