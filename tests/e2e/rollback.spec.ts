import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { components, kubectl } from "../../sandbox/components.ts";
import { ensure, stop } from "../../sandbox/daemon.ts";
import { expectServing } from "../support/expectServing.ts";
import { faultyBase } from "../support/faultyBase.ts";
import { long } from "../support/long.ts";
import { copyProject, type Outputs, type Project } from "../support/project.ts";
import { startCallers } from "../support/steadyCallers.ts";

/** How long a rollback may take, in milliseconds. Held in the long form, on a machine that does nothing else. */
const LIMIT = 30_000;
const VERSIONS = Array.from({ length: long ? 11 : 3 }, (_, i) => `1.0.${i}`);
const [EARLIER = "", BEFORE = "", NEWEST = ""] = VERSIONS.slice(-3);

describe("a rollback", () => {
  let project: Project;
  /** What each version's `up` left. */
  const left: Outputs[] = [];
  const of = (version: string) => left[VERSIONS.indexOf(version)]!;

  before(async () => {
    project = await copyProject({ stack: "rollback", ...(long && { cpu: "400m" }) });
    for (const version of VERSIONS) await release(version);
  });

  after(async () => {
    await project?.remove();
  });

  /** Commits a version of the contract, and rolls it out. */
  async function release(version: string): Promise<void> {
    await project.edit("model/contract.json", (contract) => {
      contract.version = version;
    });
    await project.git("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "-qam", version);
    const { exitCode, all } = await project.pulumi("up", "--yes", "--skip-preview");
    assert.equal(exitCode, 0, all);
    left.push(await project.outputs());
  }

  /** Rolls back while callers ask. Asserts what holds for every one. */
  async function rollBack(from: Project, version: string, ...args: string[]): Promise<string> {
    const { release, image } = of(version);
    const stopCallers = startCallers(of("1.0.0").url);
    const started = Date.now();

    const { exitCode, all } = await from.npm("rollback", ...args);

    const took = Date.now() - started;
    const tally = await stopCallers();
    assert.equal(exitCode, 0, all);
    assert.deepEqual(tally.failed, []);
    assert(tally.answered > 50, `${tally.answered} answers`);
    const outputs = await project.outputs();
    assert.deepEqual([outputs.release, outputs.image], [release, image]);
    assert.equal(outputs.pinned?.release, release);
    assert.equal(outputs.releases.at(-1)?.release, release);
    await expectServing(image, project.namespace);
    if (long) assert(took < LIMIT, `it took ${took} ms`);
    return all;
  }

  async function deployedImage(): Promise<string> {
    const image = "jsonpath={.spec.template.spec.containers[0].image}";
    return (await kubectl("-n", project.namespace, "get", "deployment", "loan-approval", "-o", image)).stdout;
  }

  it("has a record to go by: what, from which commit, when, by whom, how good, and what the workload needs", async () => {
    const { releases } = of(NEWEST);

    assert.deepEqual(
      releases.map(({ model }) => model.version),
      VERSIONS,
    );
    const { commit: from, time, by, workload, judgement } = releases.at(-1)!;
    assert.equal(from, await project.git("rev-parse", "HEAD"));
    assert(Date.now() - Date.parse(time) < 600_000, time);
    assert.notEqual(by, "");
    assert.deepEqual(workload, { goldenTolerance: 0.00001, memoryMebibytes: 256 });
    assert.equal(judgement.rows, 3000);
  });

  it("is chosen from a table of 80 columns", async () => {
    const { stdout } = await project.npm("releases");

    const lines = stdout.split("\n");
    assert.deepEqual(
      lines.filter((line) => line.length > 80),
      [],
    );
    assert.match(
      lines.at(-1)!,
      new RegExp(
        `^\\*  ${of(NEWEST).release}  [0-9a-f]{7}  ${NEWEST.replaceAll(".", "\\.")} +0\\.9073 .*  (just now|\\d+ min ago)  `,
      ),
    );
    const { releases } = JSON.parse((await project.npm("releases", "--json")).stdout);
    assert.deepEqual(
      releases.map(({ serving }: { serving: boolean }) => serving),
      VERSIONS.map((version) => version === NEWEST),
    );
  });

  it("brings the release before back, reads nothing in model/, and is seen in the stack's history", async () => {
    for (const file of ["model.onnx", "contract.json", "golden.json", "holdout.csv"])
      rmSync(project.file(`model/${file}`));

    const all = await rollBack(project, BEFORE, "--reason", "the scores drift");

    await project.git("checkout", "--quiet", "model");
    assert.match(all, /^Previewing update/m);
    const [{ message }] = JSON.parse(
      (await project.pulumi("stack", "history", "--json", "--page-size", "1")).stdout,
    );
    assert.equal(message, `Rollback to ${of(BEFORE).release} (loan-approval ${BEFORE}): the scores drift`);
  });

  it("holds: preview and up from an unpinned checkout say so, and change nothing", async () => {
    const { pinned } = await project.outputs();
    const clone = await project.clone();

    for (const run of [
      await clone.pulumi("preview", "--expect-no-changes"),
      await project.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes"),
    ]) {
      assert.equal(run.exitCode, 0, run.all);
      assert.ok(
        run.all.includes(
          `pinned to ${pinned?.release} since ${pinned?.since} by ${pinned?.by}: the scores drift. This commit is not deployed.`,
        ),
        run.all,
      );
    }
  });

  it(`goes further back, from a fresh clone on another path${long ? ", with the registry down" : ""}`, async () => {
    const clone = await project.clone();
    if (long) await stop("registry");
    try {
      await rollBack(clone, EARLIER);
    } finally {
      if (long) await ensure(components.find(({ name }) => name === "registry")!);
    }
  });

  it("ends with unpin: the checkout is deployed again, with the same image as before", async () => {
    const { exitCode, all } = await project.npm("unpin");

    assert.equal(exitCode, 0, all);
    const { pinned, image, releases } = await project.outputs();
    assert.deepEqual([pinned, image], [undefined, of(NEWEST).image]);
    assert.deepEqual(
      releases.map(({ model }) => model.version),
      [...VERSIONS, BEFORE, EARLIER, NEWEST],
    );
  });

  it("comes back to the newest good release where the present one never became ready", async () => {
    await project.set({ baseImage: await faultyBase("crashesWhenItServes") });
    const rollout = project.start("up", "--yes", "--skip-preview");
    while ((await deployedImage()) === of(NEWEST).image) await sleep(100);
    process.kill(rollout.pid!, "SIGKILL");
    await rollout.ended;

    await project.set({ baseImage: undefined });
    await rollBack(project, NEWEST, "--unlock");
  });

  it(`goes ${VERSIONS.length - 1} releases back by a model's version`, async () => {
    await rollBack(project, "1.0.0", "--to", "1.0.0");
  });

  it("says what there is if there is nothing before", async () => {
    const before = await project.npm("rollback");
    const unknown = await project.npm("rollback", "--to", "9.9.9");

    assert.deepEqual([before.exitCode, unknown.exitCode], [1, 1]);
    assert.match(before.all, /^There is no release before [0-9a-f]{16}\. The record has /);
    assert.match(
      unknown.all,
      /^The record has no release "9\.9\.9", or several that begin so\.\n {2}fix: one of /,
    );
  });

  it("leaves the checkout as it was", async () => {
    assert.equal(await project.git("status", "--porcelain"), "");
  });
});
