/** What the person who reads the job's log can mend: shown without a stack. */
export class PipelineError extends Error {
  override readonly name = "PipelineError";

  constructor(what: string, { at, fix }: { at?: string; fix: string }) {
    super(`${what}${at === undefined ? "" : `\n  at:  ${at}`}\n  fix: ${fix}`);
  }
}
