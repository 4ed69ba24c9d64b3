/** Proposes the model that `npm run train` has made in a pull request of its own. Edge. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { CHECKOUT, MODEL_FOLDER } from "../common/checkout.ts";
import { judge } from "../gate/judge.ts";
import { renderMarkdown } from "../gate/render/index.ts";
import { GitHub, GitHubError } from "./github.ts";
import { required, runAddress } from "./jobEnvironment.ts";
import { addToSummary } from "./jobSummary.ts";
import { PipelineError } from "./pipelineError.ts";

const FOLDER = path.relative(CHECKOUT, MODEL_FOLDER);

/** @returns whether there is nothing to propose, or the model could be. */
export async function retrain(): Promise<boolean> {
  const changed = await changedFiles();
  if (changed.length === 0) {
    await addToSummary("### ➖ Training gave the model that is there already");
    return true;
  }
  const { report, passed } = await withCommitted((folder) =>
    judge(MODEL_FOLDER, { champion: { name: "the committed model", folder } }),
  );
  const markdown = renderMarkdown(report);
  await addToSummary(markdown);
  if (passed === undefined) return false;
  const sha256 = report.model?.sha256 ?? "";
  const address = await propose(changed, {
    branch: `retrain/${sha256.slice(0, 12)}`,
    title: `Retrained model ${sha256.slice(0, 12)}`,
    body: `${markdown}\n${howToStartChecks()}Trained by ${runAddress(process.env) ?? "hand"}.`,
  });
  await addToSummary(`Proposed: ${address}`);
  return true;
}

/** GitHub starts nothing for what a job's own token does, so that workflows cannot start one another for ever. */
function howToStartChecks(): string {
  if (process.env["BY_APP"] === "true") return "";
  return "**Close this pull request and open it again**: that starts its checks. GitHub starts none by itself, since a workflow's own token opened it.\n\n";
}

async function changedFiles(): Promise<string[]> {
  const { stdout } = await execa("git", ["status", "--porcelain", "-z", "--", FOLDER], { cwd: CHECKOUT });
  return stdout
    .split("\0")
    .filter((entry) => entry !== "")
    .map((entry) => entry.slice(3));
}

/** The folder as it is committed, while `use` runs. */
async function withCommitted<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const work = await mkdtemp(path.join(os.tmpdir(), "slipway-committed-"));
  try {
    const archive = path.join(work, "model.tar");
    await execa("git", ["archive", "--output", archive, "HEAD", FOLDER], { cwd: CHECKOUT });
    await execa("tar", ["--extract", "--file", archive, "--directory", work]);
    return await use(path.join(work, FOLDER));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Through GitHub's API, which signs the commit, so that no step needs credentials to push. @returns its address. */
async function propose(
  files: readonly string[],
  { branch, title, body }: { branch: string; title: string; body: string },
): Promise<string> {
  const github = new GitHub(process.env);
  const parent = required(process.env, "GITHUB_SHA", "run this in a workflow");
  const base = required(process.env, "GITHUB_REF_NAME", "run this in a workflow");
  const { stdout: base_tree } = await execa("git", ["rev-parse", "HEAD^{tree}"], { cwd: CHECKOUT });
  const { sha: tree } = await github.request<{ sha: string }>("POST", "/git/trees", {
    base_tree,
    tree: await Promise.all(files.map((file) => entry(github, file))),
  });
  const { sha } = await github.request<{ sha: string }>("POST", "/git/commits", {
    message: title,
    tree,
    parents: [parent],
  });
  await github.request("POST", "/git/refs", { ref: `refs/heads/${branch}`, sha }).catch((error: unknown) => {
    if (!(error instanceof GitHubError && error.status === 422)) throw error;
    throw new PipelineError(`This very model was proposed before: there is a branch ${branch}.`, {
      fix: "merge or delete that branch",
    });
  });
  const pull = { title, body, head: branch, base };
  return (await github.request<{ html_url: string }>("POST", "/pulls", pull)).html_url;
}

async function entry(github: GitHub, file: string) {
  const content = (await readFile(path.join(CHECKOUT, file))).toString("base64");
  const { sha } = await github.request<{ sha: string }>("POST", "/git/blobs", {
    content,
    encoding: "base64",
  });
  return { path: file, mode: "100644", type: "blob", sha };
}
