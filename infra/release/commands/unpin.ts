/** `npm run unpin`: forward again, to the release of this checkout. */
import { readCheckpoint } from "../exportedStack.ts";
import { pinText } from "../pin.ts";
import { CommandError } from "./commandError.ts";
import { deployCommand, run } from "./commandLine.ts";
import { type DeployOptions, deploy } from "./deploy.ts";
import { exportStack } from "./stack.ts";

const program = deployCommand(
  "unpin",
  "Ends a rollback: deploys this checkout again, through the gate. If that fails, the stack stays pinned.",
).action(async (options: DeployOptions) => {
  const checkpoint = await exportStack(options.stack, options.unlock);
  const { pinned } = readCheckpoint(checkpoint);
  if (pinned === undefined)
    throw new CommandError("The stack is not pinned: pulumi up deploys this checkout.");
  console.error(`The stack was ${pinText(pinned)}.\n`);
  const message = `Unpin from ${pinned.release}`;
  await deploy(checkpoint, options, { request: { pin: null }, args: ["--message", message] });
});

await run(program);
