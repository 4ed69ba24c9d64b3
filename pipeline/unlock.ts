/** Takes away the locks of workflow runs that have ended, and no others. Edge. */
import type { Ended } from "../common/runProgram.ts";
import { type Lock, retryUnlocked } from "../infra/release/locks.ts";
import { GitHub, GitHubError } from "./github.ts";
import { runOf } from "./jobEnvironment.ts";
import { PipelineError } from "./pipelineError.ts";
import { pulumi } from "./stackCommand.ts";

/**
 * Runs what needs the stack for itself; if a killed run has left it locked, a second time without that lock.
 *
 * GitHub kills a cancelled job after ten seconds, and its machine is gone: nothing on it can remove the lock.
 *
 * @throws PipelineError if a lock is not that of a run that has ended.
 */
export const whenUnlocked = (act: () => Promise<Ended>): Promise<Ended> =>
  retryUnlocked(act, async (locks) => {
    for (const lock of locks) await checkHasEnded(lock);
    // It takes all locks away, so each was looked at.
    const cancelled = await pulumi(["cancel", "--yes"]);
    return cancelled.exitCode === 0 ? undefined : cancelled;
  });

async function checkHasEnded(lock: Lock): Promise<void> {
  const { user, host, pid, since } = lock;
  const holder = `${user} on ${host} (process ${pid}) since ${since}`;
  const run = runOf(host);
  const ended = run === undefined ? undefined : await hasEnded(run);
  if (ended === true) {
    console.log(`The stack is locked by workflow run ${run?.id}, which has ended: its lock is taken away.`);
    return;
  }
  throw new PipelineError(`The stack is locked by ${holder}.`, {
    at: ended === undefined ? "no workflow run of this repository" : `workflow run ${run?.id}, which goes on`,
    fix: "wait for that process to end; if it has ended for good, run: pulumi cancel",
  });
}

/** @returns nothing for a run that this repository does not know. */
async function hasEnded({ id, attempt }: { id: string; attempt: string }): Promise<boolean | undefined> {
  try {
    const path = `/actions/runs/${id}/attempts/${attempt}`;
    const { status } = await new GitHub(process.env).request<{ status: string }>("GET", path);
    return status === "completed";
  } catch (error) {
    if (error instanceof GitHubError && error.status === 404) return undefined;
    throw error;
  }
}
