import { FixableError } from "../common/fixableError.ts";

/** A fault that the person at the terminal can mend. */
export class SandboxError extends FixableError {
  override readonly name = "SandboxError";
}

/** The last lines of a program's output, indented for a message. */
export function lastLines(text: string, count: number): string {
  const lines = text.trimEnd().split("\n").slice(-count);
  return lines.map((line) => `  | ${line}`).join("\n");
}
