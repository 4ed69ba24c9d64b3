import * as pulumi from "@pulumi/pulumi";
import { type Advice, adviceText, FixableError } from "../../common/fixableError.ts";

/** Mistakes that the person running `pulumi up` can correct: shown without a stack. */
export class DeployError extends pulumi.RunError {
  constructor(what: string, advice?: Advice) {
    super(adviceText(what, advice));
    // Pulumi prints the stack of an error, and Node.js takes up to 30 s to colour one: docs/decisions/0003.
    delete this.stack;
  }
}

/** An error with a fix, as Pulumi shows it to a person. Any other error stays as it is, with its stack. */
export const inWords = (error: unknown): unknown =>
  error instanceof FixableError ? new DeployError(error.message) : error;
