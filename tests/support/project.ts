/** A copy of this checkout with a stack of its own on the sandbox. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import type { StackOutputs } from "../../infra/release/stackOutputs.ts";
import { sandboxEnvironment } from "../../sandbox/pulumiStack.ts";
import { deleteNamespace, newNamespace } from "./namespaces.ts";

export const root = path.join(import.meta.dirname, "..", "..");

/** The output of `pulumi stack output --json`. */
export type Outputs = StackOutputs & {
  readonly model: { readonly sha256: string; readonly accuracy: number };
};

export interface Project {
  readonly directory: string;
  readonly namespace: string;
  /** The sandbox's environment, with the state and the settings of this copy. */
  readonly env: typeof sandboxEnvironment;
  /** Runs `pulumi ARGS` in it. Never throws: look at `exitCode` and `all`. */
  pulumi(...args: string[]): Promise<{ exitCode: number | undefined; stdout: string; all: string }>;
  /** Runs `npm run --silent SCRIPT -- --stack STACK ARGS` in it. Never throws either. */
  npm(
    script: string,
    ...args: string[]
  ): Promise<{ exitCode: number | undefined; stdout: string; all: string }>;
  /** A running `pulumi ARGS`, which the test can kill. */
  start(...args: string[]): { readonly pid: number | undefined; readonly ended: Promise<unknown> };
  /** Sets settings of the stack. Undefined: as they were when the copy was made. */
  set(settings: Readonly<Record<string, string | number | undefined>>): Promise<void>;
  outputs(): Promise<Outputs>;
  git(...args: string[]): Promise<string>;
  file(name: string): string;
  /** Replaces a text that must be there. */
  replace(name: string, from: string, to: string): void;
  /** Changes a JSON file of the copy. */
  edit(name: string, change: (content: any) => void): Promise<void>;
  /** A fresh clone on another path, of the same stack. It is removed with the first one. */
  clone(): Promise<Project>;
  /** Removes the copy with everything that it has deployed. */
  remove(): Promise<void>;
}

/**
 * @param from The checkout to copy, with its packages installed.
 * @param below Folders between the temporary folder and the copy, for another depth.
 * @param cpu CPU of a pod. Two tests at once, each with pods that come and go, must fit on two processors.
 * @param replicas One, unless the test needs several: with one, a rollout takes half as long.
 * @param platforms This machine's, unless the test needs all that Pulumi.yaml names: an image of one takes half as long.
 * @param polite Whether Pulumi leaves the CPU to the cluster: only here do they share a machine.
 */
export async function copyProject({
  stack,
  from = root,
  below = "",
  cpu = "200m",
  replicas = 1,
  platforms = "own",
  polite = false,
}: {
  stack: string;
  from?: string;
  below?: string;
  cpu?: string;
  replicas?: number;
  platforms?: "own" | "all";
  polite?: boolean;
}): Promise<Project> {
  const work = mkdtempSync(path.join(os.tmpdir(), "slipway-e2e-"));
  const directory = path.join(work, below, "project");
  const env = {
    ...sandboxEnvironment,
    PULUMI_BACKEND_URL: `file://${path.join(work, "state")}`,
    PULUMI_OPTION_CONFIG_FILE: path.join(work, `Pulumi.${stack}.yaml`),
  };
  mkdirSync(path.join(work, "state"));
  await copyFiles(directory, from);
  const namespace = newNamespace(stack);
  const project = projectAt(directory, { work, env, stack, namespace, polite });
  await execa("pulumi", ["stack", "init", stack, "--non-interactive"], {
    cwd: directory,
    env,
    reject: false,
  });
  await writeSettings(env.PULUMI_OPTION_CONFIG_FILE, path.join(directory, `Pulumi.${stack}.yaml`), {
    "slipway:namespace": namespace,
    "slipway:replicas": replicas,
    ...(platforms === "own" && {
      "slipway:platforms": [`linux/${process.arch === "x64" ? "amd64" : "arm64"}`],
    }),
    "slipway:cpu": cpu,
  });
  cpSync(env.PULUMI_OPTION_CONFIG_FILE, path.join(work, SETTINGS_AT_FIRST));
  return project;
}

/** The stack's settings when the copy was made. */
const SETTINGS_AT_FIRST = "settings-at-first.yaml";

function projectAt(
  directory: string,
  on: { work: string; env: typeof sandboxEnvironment; stack: string; namespace: string; polite: boolean },
): Project {
  const { work, env, stack, namespace, polite } = on;
  const run = async (command: string, args: readonly string[]) => {
    const { exitCode, stdout, all } = await execa(command, args, {
      cwd: directory,
      env,
      all: true,
      reject: false,
    });
    return { exitCode, stdout, all };
  };
  const project: Project = {
    directory,
    namespace,
    env,
    pulumi: (...args) => {
      const words = [...args, "--stack", stack, "--non-interactive"];
      return polite ? run("nice", ["-n", "19", "pulumi", ...words]) : run("pulumi", words);
    },
    start: (...args) => {
      const started = execa("pulumi", [...args, "--stack", stack, "--non-interactive"], {
        cwd: directory,
        env,
        reject: false,
      });
      return { pid: started.pid, ended: started };
    },
    npm: (script, ...args) => run("npm", ["run", "--silent", script, "--", "--stack", stack, ...args]),
    set: async (settings) => {
      const { config } = parse(await readFile(path.join(work, SETTINGS_AT_FIRST), "utf8"));
      for (const [key, value] of Object.entries(settings)) {
        const name = `slipway:${key}`;
        const wanted = value ?? config[name];
        const words = wanted === undefined ? ["rm", name] : ["set", name, String(wanted)];
        const { exitCode, all } = await project.pulumi("config", ...words);
        if (exitCode !== 0) throw new Error(all);
      }
    },
    outputs: async () => JSON.parse((await project.pulumi("stack", "output", "--json")).stdout),
    git: async (...args) => (await run("git", args)).all,
    file: (name) => path.join(directory, name),
    replace: (name, from, to) => {
      const file = path.join(directory, name);
      const text = readFileSync(file, "utf8");
      if (!text.includes(from)) throw new Error(`${name} does not hold ${from}`);
      writeFileSync(
        file,
        text.replace(from, () => to),
      );
    },
    edit: async (name, change) => {
      const content = JSON.parse(await readFile(path.join(directory, name), "utf8"));
      change(content);
      writeFileSync(path.join(directory, name), JSON.stringify(content, null, 2));
    },
    clone: async () => {
      const other = path.join(mkdtempSync(path.join(work, "clone-")), "elsewhere");
      await execa("git", ["clone", "--quiet", directory, other]);
      linkPackages(other, directory);
      return projectAt(other, on);
    },
    remove: async () => {
      await deleteNamespace(namespace);
      rmSync(work, { recursive: true, force: true });
    },
  };
  return project;
}

/** Links node_modules, hidden from git. */
function linkPackages(directory: string, from: string): void {
  symlinkSync(path.join(from, "node_modules"), path.join(directory, "node_modules"));
  writeFileSync(path.join(directory, ".git", "info", "exclude"), "node_modules\n");
}

/** Every file that git tracks or would track, with node_modules as a link. Committed, so that `git status` shows what a command left behind. */
export async function copyFiles(directory: string, from = root): Promise<void> {
  const { stdout } = await execa("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
    cwd: from,
  });
  // A file that is deleted but not yet committed is listed, too.
  for (const file of stdout.split("\0").filter((name) => name !== "" && existsSync(path.join(from, name))))
    cpSync(path.join(from, file), path.join(directory, file));
  const git = (...args: string[]) =>
    execa("git", ["-c", "user.name=Test", "-c", "user.email=test@example.com", ...args], { cwd: directory });
  await git("init", "--quiet");
  linkPackages(directory, from);
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "The project as it is");
}

/** The sandbox's settings for its dev stack, with a namespace of its own and the salt that `stack init` wrote: texts, as `pulumi config set` writes. */
async function writeSettings(file: string, own: string, settings: Record<string, unknown>): Promise<void> {
  const sandbox = parse(await readFile(sandboxEnvironment.PULUMI_OPTION_CONFIG_FILE, "utf8"));
  const { encryptionsalt } = parse(await readFile(own, "utf8"));
  rmSync(own);
  const texts = Object.entries({ ...sandbox.config, ...settings }).map(([key, value]) => [
    key,
    typeof value === "object" ? value : String(value),
  ]);
  writeFileSync(file, stringify({ encryptionsalt, config: Object.fromEntries(texts) }));
}
