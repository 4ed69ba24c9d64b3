/** Where a release comes from, and by whom. Edge. */
import { execFileSync } from "node:child_process";
import os from "node:os";
import type { Builder, Source } from "../attestation/provenance.ts";

/** The checkout's commit, with `-dirty` if files differ from it. Undefined outside of git. */
export const commit = (): string | undefined =>
  git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*");

/** Who runs this: the person who started the workflow on GitHub's machines, otherwise git's user, otherwise the machine's. */
export const author = (): string =>
  process.env["GITHUB_ACTOR"] || git("config", "user.name") || os.userInfo().username;

/** @param commit As it is recorded. */
export const source = (commit: string | undefined): Source | undefined => {
  if (commit === undefined) return undefined;
  const uri = remoteUri(git("config", "remote.origin.url"));
  return { commit, ...(uri !== undefined && { uri }) };
};

/** The address without a login. Undefined if it is a folder of this machine. */
export function remoteUri(remote = ""): string | undefined {
  const [, user, host, path] = /^(\w+)@([\w.-]+):(?!\/\/)(.+)$/.exec(remote) ?? [];
  if (user !== undefined) return `ssh://${user}@${host}/${path}`;
  if (!/^(https?|ssh):\/\//.test(remote) || !URL.canParse(remote)) return undefined;
  const url = new URL(remote);
  if (url.protocol !== "ssh:") url.username = "";
  url.password = "";
  url.search = "";
  return url.href;
}

/** On GitHub's machines the workflow that was started, and its run; elsewhere somebody's own machine. */
export function builder(env: NodeJS.ProcessEnv): Builder {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_WORKFLOW_REF, GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT } =
    env;
  if (!GITHUB_WORKFLOW_REF) return { id: "https://slipway.dev/builder/own-machine" };
  return {
    id: `${GITHUB_SERVER_URL}/${GITHUB_WORKFLOW_REF}`,
    invocationId: `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}/attempts/${GITHUB_RUN_ATTEMPT}`,
  };
}

function git(...args: string[]): string | undefined {
  try {
    return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}
