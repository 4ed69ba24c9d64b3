/** Where a release comes from, and by whom. Edge. */
import { execFileSync } from "node:child_process";
import os from "node:os";

/** The checkout's commit, with `-dirty` where files differ from it; undefined outside of git. */
export const commit = (): string | undefined =>
  git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*");

/** Who runs this: on GitHub's machines who started the workflow, else git's user, else the machine's. */
export const author = (): string =>
  process.env["GITHUB_ACTOR"] || git("config", "user.name") || os.userInfo().username;

function git(...args: string[]): string | undefined {
  try {
    return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}
