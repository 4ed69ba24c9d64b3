/** How each command here begins and ends. */
import { Command } from "commander";
import { FixableError } from "../../../common/fixableError.ts";
import { CommandError } from "./commandError.ts";
import { deployFlags } from "./deploy.ts";

/** @param name As in `npm run NAME`. */
export const command = (name: string, description: string): Command =>
  new Command(`npm run ${name} --`)
    .description(description)
    .helpOption("--help", "show this")
    .showHelpAfterError(`(npm run ${name} -- --help has examples)`);

/** A command that runs `pulumi up`. */
export function deployCommand(name: string, description: string): Command {
  const made = command(name, description);
  for (const [flags, help] of deployFlags) made.option(flags, help);
  return made;
}

export const stackFlag = deployFlags[0];

export async function run(program: Command): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof FixableError)) throw error;
    if (error.message !== "") console.error(error.message);
    process.exitCode = 1;
  }
}
