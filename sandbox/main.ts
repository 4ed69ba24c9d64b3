/** The command line of the sandbox: `npm start` and `npm run sandbox -- COMMAND`. */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { FixableError } from "../common/fixableError.ts";
import { down, reset, status } from "./cluster.ts";
import { logFile } from "./daemon.ts";
import { SandboxError } from "./errors.ts";
import { exclusively, owner, refuseOthers } from "./owner.ts";
import { state } from "./places.ts";
import { sandboxEnvironment } from "./pulumi.ts";
import { start } from "./start.ts";

const program = new Command("npm run sandbox --").description(
  "A real Kubernetes, registry, BuildKit and Pulumi on this machine.",
);

program
  .command("start", { isDefault: true })
  .description("start what is not running, deploy model/ to it and ask it once (npm start)")
  .action(start);

program
  .command("status")
  .description("say what runs; exit 1 if not all of it does")
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
  .description('print what a shell needs to use it: eval "$(npm run --silent sandbox -- env)"')
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
  .description("end all of it and free its ports; what was deployed comes back with npm start")
  .action(() =>
    exclusively(async () => {
      refuseOthers();
      await down();
    }),
  );

program
  .command("reset")
  .description("end all of it and delete its data; downloads and builds are kept")
  .action(() =>
    exclusively(async () => {
      refuseOthers();
      await reset();
    }),
  );

/** For a shell. The sandbox's programs come before what the shell has on its PATH by then. */
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
