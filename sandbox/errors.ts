/** A mistake or lack that the person at the terminal can mend: shown without a stack. */
export class SandboxError extends Error {
  constructor(what: string, { at, fix }: { at?: string; fix: string }) {
    super(`${what}${at === undefined ? "" : `\n  at:  ${at}`}\n  fix: ${fix}`);
    this.name = "SandboxError";
  }
}

/** The last lines of what a program said, set off to stand in a message. */
export function lastLines(text: string, count: number): string {
  const lines = text.trimEnd().split("\n").slice(-count);
  return lines.map((line) => `  | ${line}`).join("\n");
}
