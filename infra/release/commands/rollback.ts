/** `npm run rollback`: an earlier release, in one command. */

import { type ExportedStack, readCheckpoint } from "../exportedStack.ts";
import { author } from "../origin.ts";
import type { Pin } from "../pin.ts";
import { findRelease, type RecordedRelease, releaseBefore } from "../record.ts";
import { CommandError } from "./commandError.ts";
import { deployCommand, run } from "./commandLine.ts";
import { type DeployOptions, deploy } from "./deploy.ts";
import { exportStack } from "./stack.ts";

interface Options extends DeployOptions {
  readonly to?: string;
  readonly reason?: string;
}

const program = deployCommand(
  "rollback",
  "Brings an earlier release back, and pins the stack to it: later `pulumi up` keep it until npm run unpin.\n" +
    "Nothing is judged or built, and model/ is not read.",
)
  .option(
    "--to <release|version>",
    "which one, by its first hex digits or its model's version (default: the one before)",
  )
  .option("--reason <words>", "why, for who reads the stack's history")
  .addHelpText(
    "after",
    `
Examples:
  npm run rollback
  npm run rollback -- --reason "scores drift since noon"
  npm run rollback -- --to 1.4.2 --yes
  npm run rollback -- --stack production --to 7701945eb5d5abe6

npm run releases shows what there is to go back to.`,
  )
  .action(async (options: Options) => {
    const checkpoint = await exportStack(options.stack, options.unlock);
    const stack = readCheckpoint(checkpoint);
    const target = chooseTarget(stack, options.to);
    const { release, model } = target;
    const from = stack.wanted === undefined || stack.wanted === release ? "" : ` from ${stack.wanted}`;
    const pin: Pin = {
      release,
      reason: options.reason ?? `rolled back${from}`,
      by: author(),
      since: new Date().toISOString(),
    };
    console.error(`Rolling back${from} to ${release} (${model.name} ${model.version}).\n`);
    const message = `Rollback to ${release} (${model.name} ${model.version}): ${pin.reason}`;
    await deploy(checkpoint, options, { request: { pin }, args: ["--message", message] });
    console.error(`\nThe stack is pinned to ${release}. To go forward again: npm run unpin`);
  });

function chooseTarget(stack: ExportedStack, to: string | undefined): RecordedRelease {
  const { record, wanted } = stack;
  const target = to === undefined ? releaseBefore(stack, wanted) : findRelease(record, to);
  if (target !== undefined) return target;
  const known = [...new Set(record.map(({ release, model }) => `${release} (${model.version})`))];
  const there = known.length === 0 ? "no release yet" : known.join(", ");
  if (to !== undefined)
    throw new CommandError(`The record has no release ${JSON.stringify(to)}, or several that begin so.`, {
      fix: `one of ${there}`,
    });
  throw new CommandError(
    `There is no release before ${wanted ?? "the first one"}. The record has ${there}.`,
    {
      fix: `mend the checkout and run pulumi up${known.length === 0 ? "" : "; or name a release with --to"}`,
    },
  );
}

await run(program);
