/** The command line of the sandbox: `npm start` and `npm run sandbox -- COMMAND`. */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { FixableError } from "../common/fixableError.ts";
import { logFile } from "./daemon.ts";
import { down, reset, status } from "./daemons.ts";
import { exclusively, owner, refuseOthers } from "./owner.ts";
import { state } from "./places.ts";
import { sandboxEnvironment } from "./pulumiStack.ts";
import { SandboxError } from "./sandboxError.ts";
import { start } from "./start.ts";

const program = new Command("npm run sandbox --").description(
  "A real Kubernetes, registry, BuildKit and Pulumi on this machine.",
);

program
  .command("start", { isDefault: true })
  .description("start what is not running, deploy model/ and ask it once (npm start)")
  .action(start);

program
  .command("status")
  .description("say what runs; exit 1 unless everything does")
  .action(() => {
    const daemons = status();
    for (const { name, pid, ports } of daemons) {
      const where = ports.length === 0 ? "" : `  ports ${ports.join(", ")}`;
      console.log(`${name.padEnd(24)} ${pid === undefined ? "not running" : `process ${pid}`}${where}`);
    }
    console.log(`\nstate    ${state}\ncheckout ${owner() ?? "none"}`);
    if (daemons.some(({ pid }) => pid === undefined)) process.exitCode = 1;
  });

program
  .command("env")
  .description('print the shell variables for using it: eval "$(npm run --silent sandbox -- env)"')
  .action(() => {
    for (const [name, value] of Object.entries(sandboxEnvironment))
      console.log(`export ${name}=${quoted(name, value)}`);
  });

program
  .command("logs")
  .argument("<name>", "a name that status shows")
  .description("print a daemon's log")
  .action((name: string) => {
    const names = status().map((daemon) => daemon.name);
    if (!names.includes(name))
      throw new SandboxError(`No daemon is called ${name}.`, { fix: `one of: ${names.join(", ")}` });
    process.stdout.write(readFileSync(logFile(name)));
  });

program
  .command("down")
  .description("end everything and free its ports; npm start brings back what was deployed")
  .action(() =>
    exclusively(async () => {
      refuseOthers();
      await down();
    }),
  );

program
  .command("reset")
  .description("end everything and delete its data; downloads and builds are kept")
  .action(() =>
    exclusively(async () => {
      refuseOthers();
      await reset();
    }),
  );

/** A value quoted for a shell. On PATH, the sandbox's programs come before the shell's own. */
function quoted(name: string, value: string): string {
  const text = `'${value.replaceAll("'", `'\\''`)}'`;
  return name === "PATH" ? `'${value.slice(0, value.indexOf(":"))}':"$PATH"` : text;
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof FixableError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
