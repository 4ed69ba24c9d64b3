/** `npm run up`: `pulumi up` that recovers from a killed one, and tries again if another one holds the stack. */

import { deployCommand, run } from "./commandLine.ts";
import { type DeployOptions, deploy } from "./deploy.ts";
import { exportStack } from "./stack.ts";

const program = deployCommand(
  "up",
  "Runs pulumi up, once more where another one was in its way, and recovers from one that was killed.",
)
  .argument("[args...]", "for pulumi up, after a --")
  .addHelpText(
    "after",
    `
Examples:
  npm run up -- --yes
  npm run up -- --unlock
  npm run up -- --yes -- --diff --message "July's data"`,
  )
  .action(async (args: string[], options: DeployOptions) => {
    await deploy(await exportStack(options.stack, options.unlock), options, { args });
  });

await run(program);
