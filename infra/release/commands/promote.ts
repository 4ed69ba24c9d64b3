/** `npm run promote`: another stack's release, by its digest. */

import { readCheckpoint } from "../exportedStack.ts";
import { author } from "../origin.ts";
import { type Pin, pinText } from "../pin.ts";
import type { PinRequest } from "../pinRequest.ts";
import { CommandError } from "./commandError.ts";
import { deployCommand, run } from "./commandLine.ts";
import { type DeployOptions, deploy } from "./deploy.ts";
import { exportStack } from "./stack.ts";

interface Options extends DeployOptions {
  readonly from: string;
  readonly unpin?: true;
}

const program = deployCommand(
  "promote",
  "Deploys the release that serves in another stack to this one: the same image, by its digest, without a build.\n" +
    "This stack's floors and the proof apply. The stack is pinned to it, until the next promotion or npm run unpin.",
)
  .requiredOption("--from <stack>", "the stack whose release it is, of this project and backend")
  .option("--unpin", "also where a rollback holds this stack")
  .addHelpText(
    "after",
    `
Examples:
  npm run promote -- --from staging --stack production
  npm run promote -- --from staging --stack production --yes --unpin`,
  )
  .action(async (options: Options) => {
    const [checkpoint, source] = await Promise.all([
      exportStack(options.stack, options.unlock),
      exportStack(options.from),
    ]);
    const { pinned } = readCheckpoint(checkpoint);
    if (pinned && pinned.promotedFrom === undefined && !options.unpin)
      throw new CommandError(`The stack is ${pinText(pinned)}.`, {
        fix: `add --unpin, if the release of ${options.from} is to take its place`,
      });
    const request = requestOf(options.from, readCheckpoint(source).serving);
    const { release, model } = request.promoted;
    console.error(`Promoting ${release} (${model.name} ${model.version}) from ${options.from}.\n`);
    const message = `Promote ${release} (${model.name} ${model.version}) from ${options.from}`;
    await deploy(checkpoint, options, { request, args: ["--message", message] });
  });

function requestOf(from: string, promoted: PinRequest["promoted"]): Required<PinRequest> {
  if (promoted === undefined)
    throw new CommandError(`The stack ${from} has no release yet.`, { fix: `pulumi up --stack ${from}` });
  const pin: Pin = {
    release: promoted.release,
    reason: `promoted from ${from}`,
    by: author(),
    since: new Date().toISOString(),
    promotedFrom: from,
  };
  return { pin, promoted };
}

await run(program);
