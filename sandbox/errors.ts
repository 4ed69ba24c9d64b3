/** A fault that the person at the terminal can mend. It is shown without a stack. */
export class SandboxError extends Error {
  constructor(what: string, { at, fix }: { at?: string; fix: string }) {
    super(`${what}${at === undefined ? "" : `\n  at:  ${at}`}\n  fix: ${fix}`);
    this.name = "SandboxError";
  }
}

/** The last lines of a program's output, indented for a message. */
export function lastLines(text: string, count: number): string {
  const lines = text.trimEnd().split("\n").slice(-count);
  return lines.map((line) => `  | ${line}`).join("\n");
}
