import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { readFileSync, readlinkSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { components } from "../../sandbox/components.ts";
import { ensure, stop } from "../../sandbox/daemon.ts";
import { commandLine, processes } from "../../sandbox/procfs.ts";
import { seeded } from "../support/anyModel.ts";
import { expectServing } from "../support/expectServing.ts";
import { locksOf } from "../support/locksOf.ts";
import { itLong, long, report } from "../support/long.ts";
import { copyProject, type Project } from "../support/project.ts";
import { registryFront } from "../support/registryFront.ts";
import { onSmallDisk } from "../support/smallDisk.ts";

const KILLS = long ? 30 : 0; // one more is in the test of what is said of it
const PAIRS = long ? 20 : 1;
/** How long a recovery, or a failure, may take, in milliseconds. Held in the long form, on a machine that does nothing else. */
const LIMIT = 60_000;
/** An `up` that changes something takes about as long: kills are spread over it. */
const UP_MS = 15_000;

describe("an interrupted pulumi up", function () {
  this.timeout(long ? 3 * 60 * 60_000 : 600_000);
  let project: Project;
  let version = 0;

  before(async () => {
    project = await copyProject({ stack: "interrupted", ...(long && { cpu: "400m" }) });
  });

  after(async () => {
    await project?.remove();
  });

  /** Makes the next `up` roll a new release out. */
  const change = () =>
    project.edit("model/contract.json", (contract) => {
      contract.version = `1.0.${++version}`;
    });

  /** All of the stack's resources by URN, and what is pending. */
  async function state(): Promise<{ urns: string[]; pending: unknown[] }> {
    const { stdout } = await project.pulumi("stack", "export");
    const { resources = [], pending_operations: pending = [] } = JSON.parse(stdout).deployment;
    return { urns: resources.map(({ urn }: { urn: string }) => urn).toSorted(), pending };
  }

  async function expectRecovery(): Promise<void> {
    const started = Date.now();
    const { exitCode, all } = await project.npm("up", "--unlock");
    const took = Date.now() - started;
    assert.equal(exitCode, 0, all);
    if (long) assert(took < LIMIT, `it took ${took} ms`);
    assert.deepEqual((await state()).pending, []);
    const again = await project.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.equal(again.exitCode, 0, again.all);
    assert.doesNotMatch(again.all, /pending operations/);
    const { image } = await project.outputs();
    await expectServing(image, project.namespace);
  }

  // Each run has moments of its own, and can be had again: INTERRUPTIONS_SEED is the seed that it prints.
  const seed = Number(process.env["INTERRUPTIONS_SEED"] ?? Date.now());
  const random = seeded(seed);
  before(() => report(`INTERRUPTIONS_SEED=${seed}`));

  for (let kill = 0; kill < KILLS; kill++) {
    // The first ones create, all others update; moments and victims vary.
    const moment = random() * UP_MS;
    const victim = kill % 3 === 0 ? "pulumi-resource-kubernetes" : "pulumi";
    it(`is recovered by one command: kill -9 of ${victim} after ${(moment / 1000).toFixed(1)} s`, async () => {
      if (kill > 0) await change();
      const { urns } = await state();
      const up = project.start("up", "--yes", "--skip-preview");
      await sleep(moment);
      if (victim === "pulumi") process.kill(up.pid!, "SIGKILL");
      else for (const pid of childrenOf(up.pid!, victim)) process.kill(pid, "SIGKILL");
      await up.ended;
      const lost = urns.filter((urn) => !/Job|Image/.test(urn));
      const present = (await state()).urns;
      assert.deepEqual(
        lost.filter((urn) => !present.includes(urn)),
        [],
      );

      await expectRecovery();
    });
  }

  it("says without --unlock whose lock it is, and that its process has ended; and touches no living one's", async () => {
    await change();
    const killed = project.start("up", "--yes", "--skip-preview");
    // An engine that is killed before it has met its language host leaves that behind.
    for (const deadline = Date.now() + 60_000; !runsProgram(project.directory); await sleep(20))
      assert(Date.now() < deadline, "the program does not run after a minute");
    assert.equal(locksOf(project).length, 1);
    process.kill(killed.pid!, "SIGKILL");
    await killed.ended;
    await nobodyIn(project.directory);

    const offered = await project.npm("up");
    assert.equal(offered.exitCode, 1, offered.all);
    assert.match(
      offered.all,
      new RegExp(
        `The lock is that of process ${killed.pid} of .*, which has ended without removing it\\.\\n {2}fix: run the same command with --unlock, which removes it$`,
      ),
    );
    await expectRecovery();
  });

  for (let pair = 0; pair < PAIRS; pair++)
    itLong(`gives way to another one, and tries again (pair ${pair + 1})`, async () => {
      await change();

      const both = await Promise.all([project.npm("up", "--unlock"), project.npm("up", "--unlock")]);

      const good = both.filter(({ exitCode }) => exitCode === 0);
      const refused = both.filter(({ exitCode }) => exitCode !== 0);
      assert(good.length > 0, both.map(({ all }) => all).join("\n\n"));
      for (const { all } of refused)
        assert.match(all, /^The stack is held by process \d+ of \S+ on \S+, since /m);
      const changed = both.filter(({ all }) =>
        /^ {4}\S+ \d+ (created|updated|replaced)$/m.test(lastSummary(all)),
      );
      assert.equal(changed.length, 1);
      assert.deepEqual((await state()).pending, []);
      const again = await project.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
      assert.equal(again.exitCode, 0, again.all);
    });

  for (const when of ["from the start", "in the middle"])
    itLong(
      `fails on a disk that is full ${when}, loses nothing, and is recovered by one command`,
      async () => {
        await deploy();
        await change();
        const before = await state();
        const disk = await onSmallDisk(new URL(project.env.PULUMI_BACKEND_URL).pathname);
        try {
          if (when === "from the start") disk.fill();
          const up = project.start("up", "--yes", "--skip-preview");
          if (when === "in the middle") {
            await sleep(6_000);
            disk.fill();
          }
          const { exitCode } = (await up.ended) as { exitCode?: number };
          assert.notEqual(exitCode, 0);
          disk.free();
          await expectRecovery();
          assert.deepEqual((await state()).urns, before.urns);
        } finally {
          disk.free();
          await disk.remove();
        }
      },
    );

  /** Runs `up` while a daemon is down, or goes down as soon as the image is pushed. */
  async function upWithout(name: string, when: "before" | "afterPush"): ReturnType<Project["pulumi"]> {
    const daemon = components.find((component) => component.name === name)!;
    const events = new EventEmitter();
    const pushed = once(events, "pushed");
    const front =
      when === "before"
        ? undefined
        : await registryFront({ answered: (req) => isManifest(req) && events.emit("pushed") });
    if (front) await project.set({ registry: front.address });
    else await stop(name);
    try {
      const run = project.pulumi("up", "--yes", "--skip-preview");
      if (front) {
        await Promise.race([pushed, run]);
        await stop(name);
      }
      return await run;
    } finally {
      await ensure(daemon);
      if (front) {
        await project.set({ registry: undefined });
        await front.close();
      }
    }
  }

  /** Deploys the stack if no test before this one has: each can run alone. */
  async function deploy(): Promise<void> {
    if ((await state()).urns.length > 0) return;
    const { exitCode, all } = await project.pulumi("up", "--yes", "--skip-preview");
    assert.equal(exitCode, 0, all);
  }

  /** An `up` that loses what it needs. */
  async function expectFailure(lose: () => ReturnType<Project["pulumi"]>, says: RegExp): Promise<void> {
    await deploy();
    await change();
    const before = await state();
    const started = Date.now();

    const run = await lose();

    const took = Date.now() - started;
    assert.notEqual(run.exitCode, 0, run.all);
    if (long) assert(took < LIMIT, `it took ${took} ms`);
    const causes = run.all.split("\n").filter((line) => /error: /.test(line) && says.test(line));
    assert(causes.length > 0, run.all);
    assert.deepEqual(await state(), before);

    const { exitCode, all } = await project.pulumi("up", "--yes", "--skip-preview");
    assert.equal(exitCode, 0, all);
  }

  for (const { what, name, says, when } of [
    { what: "the registry down", name: "registry", says: /localhost:5000/, when: "before" },
    { what: "the API server down", name: "kube-apiserver", says: /127\.0\.0\.1:6443/, when: "before" },
    {
      what: "the registry lost after the push",
      name: "registry",
      says: /127\.0\.0\.1:\d+/,
      when: "afterPush",
    },
  ] as const)
    itLong(`fails within 60 s with ${what}, changes nothing, and needs nothing by hand afterwards`, () =>
      expectFailure(() => upWithout(name, when), says),
    );

  // The short form of the three above: no other stack notices.
  it("fails if its registry does not answer, changes nothing, and needs nothing by hand afterwards", () =>
    expectFailure(async () => {
      await project.set({ registry: await goneAddress() });
      const run = await project.pulumi("up", "--yes", "--skip-preview");
      await project.set({ registry: undefined });
      return run;
    }, /127\.0\.0\.1:\d+/));
});

/** An address on this machine that nothing answers at. */
async function goneAddress(): Promise<string> {
  const front = await registryFront({});
  await front.close();
  return front.address;
}

const isManifest = ({ method, url = "" }: IncomingMessage) => method === "PUT" && /\/manifests\//.test(url);

/** What the update itself did, after what its preview said. */
const lastSummary = (all: string) => all.slice(all.lastIndexOf("Resources:"));

function childrenOf(parent: number, name: string): number[] {
  return processes().filter(
    (pid) => commandLine(pid)[0]?.includes(name) === true && parentOf(pid) === parent,
  );
}

/** Whether Pulumi's program runs in a folder. */
const runsProgram = (directory: string): boolean =>
  processes().some(
    (pid) =>
      workingDirectory(pid)?.startsWith(directory) &&
      commandLine(pid).some((word) => word.endsWith("@pulumi/pulumi/cmd/run/index.js")),
  );

/** Asserts that the children of a killed engine end too. Its providers look for it every five minutes, and may go on. */
async function nobodyIn(directory: string): Promise<void> {
  const left = () =>
    processes().filter(
      (pid) =>
        workingDirectory(pid)?.startsWith(directory) && !commandLine(pid)[0]?.includes("pulumi-resource-"),
    );
  for (const deadline = Date.now() + 10_000; left().length > 0 && Date.now() < deadline; ) await sleep(200);
  assert.deepEqual(
    left().map((pid) => commandLine(pid).join(" ")),
    [],
  );
}

function workingDirectory(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined; // it has just ended
  }
}

/** Field 4 of /proc/PID/stat, after the name in parentheses. */
function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}
