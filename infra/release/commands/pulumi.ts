/** `pulumi`, on this project and with the shell's own backend, cluster and settings. Edge. */
import path from "node:path";
import { execa } from "execa";
import type { Checkpoint } from "../exportedStack.ts";
import { type Lock, lockText, parseLocks } from "../locks.ts";
import { CommandError } from "./commandError.ts";

const ROOT = path.join(import.meta.dirname, "..", "..", "..");

/** Another process holds the stack, or one that was killed has left its lock. */
export class Locked extends CommandError {
  override readonly name = "Locked";
  readonly locks: readonly Lock[];

  constructor(locks: readonly Lock[]) {
    super(
      `The stack is held by ${locks.map(lockText).join(" and by ")}.\n  fix: wait until it has ended, then run the same command again`,
    );
    this.locks = locks;
  }
}

const named = (stack: string | undefined) => (stack === undefined ? [] : ["--stack", stack]);

/**
 * The checkpoint of a stack.
 *
 * @param stack Unset: the selected one.
 * @throws CommandError if there is no such stack, or its backend cannot be read.
 */
export async function exportStack(stack: string | undefined): Promise<Checkpoint> {
  const { failed, stdout, stderr, message } = await execa(
    "pulumi",
    ["stack", "export", "--non-interactive", ...named(stack)],
    { cwd: ROOT, reject: false },
  );
  if (failed) throw new CommandError(stderr || `pulumi cannot be run: ${message}`);
  return JSON.parse(stdout);
}

/** @throws CommandError, or Locked. */
export async function importStack(stack: string | undefined, checkpoint: Checkpoint): Promise<void> {
  await change(["stack", "import", "--non-interactive", ...named(stack)], {
    input: JSON.stringify(checkpoint),
    stdout: "ignore",
  });
}

/** @throws CommandError if it fails, once `pulumi` has said why; or Locked. */
export async function pulumiUp(
  stack: string | undefined,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  await change(["up", ...args, ...named(stack)], { env, stdin: "inherit", stdout: "inherit" });
}

async function change(
  args: readonly string[],
  options: {
    env?: Readonly<Record<string, string>>;
    input?: string;
    stdin?: "inherit";
    stdout: "inherit" | "ignore";
  },
): Promise<void> {
  process.on("SIGINT", leaveItToPulumi);
  const { failed, stderr } = await execa("pulumi", args, {
    ...options,
    cwd: ROOT,
    stderr: ["inherit", "pipe"],
    reject: false,
  });
  process.off("SIGINT", leaveItToPulumi);
  if (!failed) return;
  const locks = parseLocks(stderr);
  throw locks.length > 0 ? new Locked(locks) : new CommandError();
}

/** Ctrl-C reaches pulumi, too, which ends what it has begun: this process must not end before it. */
function leaveItToPulumi(): void {}
