/** Names a runner after its workflow run, so that a lock that it leaves names that run. Edge. */
import { execa } from "execa";
import { required, runnerName } from "./jobEnvironment.ts";

/** GitHub's own machines only: they have one job and then are gone. */
export async function nameRunner(): Promise<void> {
  if (process.env["RUNNER_ENVIRONMENT"] !== "github-hosted") {
    console.log(
      "This machine keeps its name. A lock that a killed job leaves on the stack stays: pulumi cancel",
    );
    return;
  }
  const name = runnerName({
    id: required(process.env, "GITHUB_RUN_ID", "run this in a workflow"),
    attempt: required(process.env, "GITHUB_RUN_ATTEMPT", "run this in a workflow"),
  });
  const command = process.getuid?.() === 0 ? ["hostname", name] : ["sudo", "hostname", name];
  await execa(command[0] ?? "", command.slice(1));
  console.log(`This runner is called ${name} from now on.`);
}
