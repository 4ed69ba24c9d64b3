/** A mistake or lack that the person at the terminal can mend: shown without a stack. */
export class SandboxError extends Error {
  constructor(what: string, { at, fix }: { at?: string; fix: string }) {
    super(`${what}${at === undefined ? "" : `\n  at:  ${at}`}\n  fix: ${fix}`);
    this.name = "SandboxError";
  }
}
