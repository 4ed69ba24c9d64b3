/** `npm run pipeline -- COMMAND`: what the workflows do, a step each, for a person to run as well. */
import { Command } from "commander";
import { FixableError } from "../common/fixableError.ts";
import { SettingsError } from "../infra/settings/settingsError.ts";

const program = new Command("npm run pipeline --")
  .description("The steps of the workflows. They work on the stack that PULUMI_STACK names.")
  .addHelpText("after", "\ndocs/pipeline.md has what each needs, and from where.");

const command = (name: string, description: string, act: () => Promise<number | boolean | void>) =>
  program
    .command(name)
    .description(description)
    .action(async () => {
      const outcome = await act();
      process.exitCode = typeof outcome === "boolean" ? Number(!outcome) : (outcome ?? 0);
    });

command("gate", "judge the model, and say so in the job's summary", async () =>
  (await import("./gate.ts")).gate(),
);
command("image", "build the image without pushing it, and say how large it is", async () =>
  (await import("./image.ts")).buildImage(),
);
command("cluster", "make a kubeconfig from CLUSTER_SERVER or KUBECONFIG_DATA", async () =>
  (await import("./jobKubeconfig.ts")).cluster(process.env),
);
command("preview", "pulumi preview, kept for the comment", async () =>
  (await import("./preview.ts")).preview(),
);
command("comment", "write what preview, gate and image said to the pull request", async () =>
  (await import("./preview.ts")).comment(),
);
command(
  "name-runner",
  "name GitHub's machine after the run, for the stack's lock to tell whose it is",
  async () => (await import("./nameRunner.ts")).nameRunner(),
);
command("deploy", "pulumi up, and a summary of it", async () => (await import("./stackSteps.ts")).deploy());
command("ask", "ask the deployed service the golden requests", async () => (await import("./ask.ts")).ask());
command("rollback", "npm run rollback to RELEASE, or the one before, for REASON", async () =>
  (await import("./stackSteps.ts")).rollback(),
);
command("unpin", "npm run unpin", async () => (await import("./stackSteps.ts")).unpin());
command("drift", "look whether the cluster is as it was deployed", async () =>
  (await import("./stackSteps.ts")).drift(),
);
command("retrain", "open a pull request with the model that npm run train made", async () =>
  (await import("./retrain.ts")).retrain(),
);

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof FixableError || error instanceof SettingsError ? error.message : error);
  process.exitCode = 1;
}
