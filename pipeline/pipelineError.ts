import { FixableError } from "../common/fixableError.ts";

/** What the person who reads the job's log can mend. */
export class PipelineError extends FixableError {
  override readonly name = "PipelineError";
}
