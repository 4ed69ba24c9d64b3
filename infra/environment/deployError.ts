import * as pulumi from "@pulumi/pulumi";

/** Mistakes that the person running `pulumi up` can correct: shown without a stack. */
export class DeployError extends pulumi.RunError {
  constructor(message: string) {
    super(message);
    // Pulumi prints the stack of an error, and Node.js takes up to 30 s to colour one: docs/decisions/0003.
    delete this.stack;
  }
}
