/** The stack, as `pulumi` reads and changes it: with the shell's own backend, cluster and settings. Edge. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parse } from "yaml";
import { CHECKOUT } from "../../../common/checkout.ts";
import { type Ended, type RunOptions, runProgram } from "../../../common/runProgram.ts";
import type { Checkpoint } from "../exportedStack.ts";
import { type Lock, lockText, parseLocks } from "../locks.ts";
import { findBroken, findBrokenLocks, putBack } from "./brokenState.ts";
import { CommandError } from "./commandError.ts";

/** A living process that writes the state right now has written it by then, in milliseconds. */
const SETTLED_MS = 1_000;

/** Another process holds the stack, or one that was killed has left its lock. */
export class Locked extends CommandError {
  override readonly name = "Locked";
  readonly locks: readonly Lock[];

  constructor(locks: readonly Lock[]) {
    super(`The stack is held by ${locks.map(lockText).join(" and by ")}.`, {
      fix: "wait until it has ended, then run the same command again",
    });
    this.locks = locks;
  }
}

/** A full disk has left a lock without a name in it. */
export class BrokenLocks extends CommandError {
  override readonly name = "BrokenLocks";
  readonly files: readonly string[];

  constructor(files: readonly string[]) {
    super(`The lock is not whole, as a full disk leaves it: ${files.join(", ")}.`);
    this.files = files;
  }
}

const named = (stack: string | undefined) => (stack === undefined ? [] : ["--stack", stack]);

/**
 * The checkpoint of a stack.
 *
 * @param stack Unset: the selected one.
 * @param unlock Whether a state that a full disk has broken is put back.
 * @throws CommandError if there is no such stack, or its backend cannot be read.
 */
export async function exportStack(stack: string | undefined, unlock?: boolean): Promise<Checkpoint> {
  const { exitCode, code, stdout, stderr, output } = await ask("stack", "export", ...named(stack));
  if (exitCode === 0) return JSON.parse(stdout);
  if (code === "ENOENT")
    throw new CommandError("pulumi is not on the PATH.", {
      fix: "install it (https://www.pulumi.com/docs/iac/download-install), or open a shell in which it is",
    });
  const broken = /failed to load checkpoint/.test(stderr) ? await inBackend(findBroken, stack) : [];
  if (broken.length === 0)
    throw new CommandError(stderr || `pulumi cannot be run: ${output || `exit code ${exitCode}`}`);
  for (const state of broken) {
    const finding = `${state.file} is not whole, as a full disk leaves it. ${state.before} has the state before.`;
    if (!unlock)
      throw new CommandError(finding, {
        fix: "make room on that disk, then run the same command with --unlock, which puts that back",
      });
    await putBack(state);
    console.error(`${finding} It is put back.`);
  }
  return exportStack(stack);
}

/** @param find What looks at the files of this project's backend. */
async function inBackend<T>(
  find: (backend: string, project: string, stack: string | undefined) => Promise<T>,
  stack: string | undefined,
): Promise<T> {
  await wait(SETTLED_MS);
  const { stdout } = await ask("whoami", "--json");
  const { name } = parse(await readFile(path.join(CHECKOUT, "Pulumi.yaml"), "utf8"));
  return find(JSON.parse(stdout).url, name, stack);
}

const ask = (...args: string[]) => runProgram("pulumi", [...args, "--non-interactive"], { cwd: CHECKOUT });

/** @throws CommandError, or Locked, or BrokenLocks. */
export async function importStack(stack: string | undefined, checkpoint: Checkpoint): Promise<void> {
  const ended = await change(stack, ["stack", "import", "--non-interactive"], {
    input: JSON.stringify(checkpoint),
    stdout: "ignore",
  });
  await check(ended, stack);
}

export const pulumiUp = (
  stack: string | undefined,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ended> => change(stack, ["up", ...args], { env, stdin: "inherit", stdout: "inherit" });

/** Ctrl-C reaches pulumi, too, which ends what it has begun: this process must not end before it. */
const change = (stack: string | undefined, args: readonly string[], options: RunOptions): Promise<Ended> =>
  runProgram("pulumi", [...args, ...named(stack)], {
    cwd: CHECKOUT,
    stderr: ["inherit", "pipe"],
    signals: "ignore",
    ...options,
  });

/** @throws CommandError if it failed, after `pulumi` has said why; or Locked, or BrokenLocks. */
export async function check(ended: Ended, stack: string | undefined): Promise<void> {
  if (ended.exitCode === 0) return;
  const locks = parseLocks(ended.stderr);
  if (locks.length > 0) throw new Locked(locks);
  throw (await brokenLocks(ended, stack)) ?? new CommandError();
}

/** @returns nothing if it did not fail because of such locks. */
export async function brokenLocks(
  { exitCode, stderr }: Ended,
  stack: string | undefined,
): Promise<BrokenLocks | undefined> {
  if (exitCode === 0 || !/unexpected end of JSON input$|\bEOF$/m.test(stderr)) return undefined;
  const files = await inBackend(findBrokenLocks, stack);
  return files.length > 0 ? new BrokenLocks(files) : undefined;
}
