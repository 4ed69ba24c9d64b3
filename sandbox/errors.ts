import { FixableError } from "../common/fixableError.ts";

/** A mistake or lack that the person at the terminal can mend. */
export class SandboxError extends FixableError {
  override readonly name = "SandboxError";
}

/** The last lines of what a program said, set off to stand in a message. */
export function lastLines(text: string, count: number): string {
  const lines = text.trimEnd().split("\n").slice(-count);
  return lines.map((line) => `  | ${line}`).join("\n");
}
