import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";

const page = readFileSync("docs/upgrade.md", "utf8");
/** The page's commands for git: the remote, the first merge of a template's copy, and each later one. */
const [addRemote, knowOrigin, merge] = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(
  ([, commands = ""]) => commands,
) as [string, string, string];

const env = {
  GIT_CONFIG_GLOBAL: os.devNull,
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.com",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.com",
};

describe("docs/upgrade.md", function () {
  this.timeout(60_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "slipway-upgrade-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  const inRepository = (name: string) => {
    const directory = path.join(folder, name);
    mkdirSync(directory, { recursive: true });
    return {
      directory,
      read: (file: string) => readFileSync(path.join(directory, file), "utf8"),
      write(file: string, text: string) {
        mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
        writeFileSync(path.join(directory, file), text);
      },
      git: async (...args: string[]) => (await execa("git", args, { cwd: directory, env })).stdout,
      /** Never throws: a merge with conflicts ends with 1. */
      sh: (commands: string) =>
        execa("bash", ["-c", commands], { cwd: directory, env, reject: false, all: true }),
      async commit(message: string) {
        await this.git("add", "--all");
        await this.git("commit", "--quiet", "--message", message);
      },
    };
  };

  /** Slipway, with two commits after that of which others have made copies. */
  async function slipway(name: string) {
    const repository = inRepository(name);
    await repository.git("init", "--quiet", "--initial-branch=main");
    repository.write("README.md", "Slipway\n");
    repository.write("service/answer.ts", "one\ntwo\nthree\n");
    repository.write("model/contract.json", '{"name":"loan-approval"}\n');
    repository.write("model/training/train.py", "the example's\n");
    await repository.commit("The beginning");
    repository.write("README.md", "Slipway, explained\n");
    await repository.commit("What is copied");
    return repository;
  }

  async function goOn(repository: Awaited<ReturnType<typeof slipway>>) {
    repository.write("service/answer.ts", "one\ntwo\nthree, newer\n");
    repository.write("model/contract.json", '{"name":"loan-approval","version":"2"}\n');
    repository.write("model/training/data.py", "the example's, newer\n");
    await repository.commit("What is new");
  }

  type Repository = Awaited<ReturnType<typeof slipway>>;

  async function becomeYours(copy: Repository) {
    copy.write("model/contract.json", '{"name":"churn"}\n');
    rmSync(path.join(copy.directory, "model/training"), { recursive: true });
    copy.write("Pulumi.production.yaml", "config: {}\n");
    copy.write("service/answer.ts", "one, ours\ntwo\nthree\n");
    await copy.commit("Our model");
  }

  const remoteOf = (upstream: Repository) =>
    addRemote.replace("https://github.com/OWNER/slipway.git", upstream.directory);

  async function assertUpgraded(copy: Repository) {
    const merged = await copy.sh(merge);

    assert.equal(copy.read("service/answer.ts"), "one, ours\ntwo\nthree, newer\n", merged.all);
    assert.equal(copy.read("model/contract.json"), '{"name":"churn"}\n');
    assert.equal(copy.read("Pulumi.production.yaml"), "config: {}\n");
    await copy.git("commit", "--no-edit");
    assert.equal(await copy.git("status", "--porcelain"), "");
    assert.equal(await copy.git("ls-files", "model"), "model/contract.json");
  }

  it("upgrades a copy that GitHub has made of the template, and keeps its model", async () => {
    const upstream = await slipway("template");
    const copy = inRepository("copy-of-template");
    await copy.git("init", "--quiet", "--initial-branch=main");
    await copy.git("fetch", "--quiet", upstream.directory, "main");
    await copy.git("checkout", "--quiet", "FETCH_HEAD", "--", ".");
    await copy.commit("Initial commit");
    await becomeYours(copy);
    await goOn(upstream);

    const { exitCode, all } = await copy.sh(`set -e\n${remoteOf(upstream)}${knowOrigin}`);
    assert.equal(exitCode, 0, all);
    assert.equal(copy.read("model/contract.json"), '{"name":"churn"}\n');

    await assertUpgraded(copy);
  });

  it("upgrades a clone, and keeps its model", async () => {
    const upstream = await slipway("cloned");
    const clone = inRepository("clone");
    await clone.git("clone", "--quiet", upstream.directory, ".");
    await becomeYours(clone);
    await goOn(upstream);
    await clone.sh(remoteOf(upstream));

    await assertUpgraded(clone);
  });
});
