/** `pulumi up` for commands: it recovers from what a killed one left, and gives way to another one, once. Edge. */
import { createInterface } from "node:readline/promises";
import { setTimeout as wait } from "node:timers/promises";
import { type Checkpoint, hasPendingCreates, withoutPending } from "../exportedStack.ts";
import { type Lock, lockText, retryUnlocked } from "../locks.ts";
import { PIN_REQUEST, type PinRequest } from "../pinRequest.ts";
import { backendFile } from "./backendFile.ts";
import { removeLock } from "./brokenState.ts";
import { CommandError } from "./commandError.ts";
import { isStale } from "./isStale.ts";
import { type BrokenLocks, brokenLocks, check, exportStack, importStack, Locked, pulumiUp } from "./stack.ts";

/** Two that have met wait differently long: the file backend may have turned both away. */
const SHORTEST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 10_000;

export interface DeployOptions {
  readonly stack?: string;
  readonly yes?: true;
  readonly unlock?: true;
}

export const deployFlags = [
  ["-s, --stack <name>", "the stack (default: the one that `pulumi stack select` selected)"],
  ["-y, --yes", "do not ask after the preview; nor is anything asked without a terminal"],
  [
    "--unlock",
    "remove the lock of a process of this machine that has died, and put back a state that a full disk has broken, without asking",
  ],
] as const;

/**
 * @param checkpoint The stack's, before.
 * @param args For `pulumi up`.
 * @throws CommandError
 */
export async function deploy(
  checkpoint: Checkpoint,
  { stack, yes, unlock }: DeployOptions,
  { request, args }: { request?: PinRequest; args: readonly string[] },
): Promise<void> {
  const terminal = process.stdin.isTTY && process.stdout.isTTY;
  const unasked = [...(yes || !terminal ? ["--yes"] : []), ...(terminal ? [] : ["--non-interactive"])];
  const up = () =>
    pulumiUp(
      stack,
      [...unasked, ...args],
      request === undefined ? {} : { [PIN_REQUEST]: JSON.stringify(request) },
    );
  const consent = { unlock, terminal };
  let ended = await retryUnlocked(up, (locks) => makeWay(locks, consent));
  const broken = await brokenLocks(ended, stack);
  if (broken) {
    await removeBroken(broken, consent);
    ended = await up();
  }
  await check(ended, stack);
  if (hasPendingCreates(checkpoint)) await forgetPending(stack);
}

interface Consent {
  readonly unlock: true | undefined;
  /** Whether somebody can be asked. */
  readonly terminal: boolean;
}

async function makeWay(locks: readonly Lock[], consent: Consent): Promise<void> {
  for (const lock of locks) {
    if (isStale(lock)) await removeStale(lock, consent);
    else {
      const pause = SHORTEST_WAIT_MS + Math.random() * (LONGEST_WAIT_MS - SHORTEST_WAIT_MS);
      console.error(`\nHeld by ${lockText(lock)}: trying once more in ${(pause / 1000).toFixed(0)} s.`);
      await wait(pause);
    }
  }
}

async function removeStale(lock: Lock, consent: Consent): Promise<void> {
  const finding = `The lock is that of ${lockText(lock)}, which has ended without removing it.`;
  if (!lock.url.startsWith("file:"))
    throw new CommandError(finding, { at: lock.url, fix: "pulumi cancel, which removes it" });
  await consentTo(finding, consent);
  await removeLock(backendFile(lock.url));
  console.error(`\nThe lock of ${lockText(lock)}, is removed.`);
}

async function removeBroken({ message, files }: BrokenLocks, consent: Consent): Promise<void> {
  await consentTo(message, consent);
  for (const file of files) await removeLock(file);
  console.error(`\n${message} It is removed.`);
}

/** @throws CommandError without consent. */
async function consentTo(finding: string, { unlock, terminal }: Consent): Promise<void> {
  if (unlock) return;
  if (!terminal)
    throw new CommandError(finding, { fix: "run the same command with --unlock, which removes it" });
  if (!(await confirmed(`\n${finding} Remove it? (y/N) `)))
    throw new CommandError("The lock is still there, so nothing was changed.");
}

async function confirmed(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}

/**
 * After an `up` that succeeded, all that a killed one was creating is there, and each further one would warn of it.
 * Not before: what looks left behind may be another process' work of this very moment.
 */
async function forgetPending(stack: string | undefined): Promise<void> {
  try {
    await importStack(stack, withoutPending(await exportStack(stack)));
  } catch (error) {
    if (!(error instanceof Locked)) throw error; // the next one forgets it
  }
}
