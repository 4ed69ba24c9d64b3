/** The sandbox's Pulumi: its environment, its stack's settings, and how to run a command. */
import { chmod, copyFile, link as hardLink, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { CHECKOUT } from "../common/checkout.ts";
import { type Ended, type RunOptions, runProgram } from "../common/runProgram.ts";
import { kubeconfig, registry } from "./components.ts";
import { link } from "./daemons.ts";
import { cache, inState } from "./places.ts";
import { environment } from "./programEnvironment.ts";
import { SandboxError } from "./sandboxError.ts";
import { type Plugin, plugins, type Toolchain } from "./toolchain.ts";

export const STACK = "dev";
const birthplace = inState("pulumi", "project");
const stackSettings = inState("pulumi", `Pulumi.${STACK}.yaml`);

/** With these variables, plain `pulumi`, `kubectl` and `buildctl` work on the sandbox. */
export const sandboxEnvironment = {
  ...environment,
  KUBECONFIG: kubeconfig,
  DOCKER_CONFIG: inState("docker"),
  PULUMI_HOME: inState("pulumi"),
  PULUMI_BACKEND_URL: `file://${inState("data", "pulumi")}`,
  PULUMI_CONFIG_PASSPHRASE: "",
  PULUMI_SKIP_UPDATE_CHECK: "true",
  // Like `--config-file` on each command. Keeps the passphrase's salt and the base image out of the checkout.
  PULUMI_OPTION_CONFIG_FILE: stackSettings,
};

/** Lays out what Pulumi needs: plugins, language host, state, settings and the stack. */
export async function preparePulumi(toolchain: Toolchain, baseImage: string): Promise<void> {
  await mkdir(inState("data", "pulumi"), { recursive: true });
  for (const [tool, place] of Object.entries(plugins) as [Plugin, string][]) {
    const file = inState("pulumi", place);
    await mkdir(path.dirname(file), { recursive: true });
    await link(toolchain[tool], file);
  }
  await writeLanguageHost(toolchain);
  await createStack();
  await writeStackSettings(baseImage);
  await announceRegistry();
}

/** Only for a CLI that was built here: an installed one has its own. The CLI warns of a host outside its own folder. */
async function writeLanguageHost(toolchain: Toolchain): Promise<void> {
  const host = inState("bin", "pulumi-language-nodejs");
  await rm(host, { force: true });
  if (!toolchain.pulumi.startsWith(cache)) return;
  await rm(inState("bin", "pulumi"), { force: true });
  await hardLink(toolchain.pulumi, inState("bin", "pulumi"));
  await build({
    absWorkingDir: CHECKOUT,
    entryPoints: ["sandbox/languageHost.ts"],
    outfile: host,
    bundle: true,
    platform: "node",
    format: "cjs",
    banner: { js: `#!${process.execPath}` },
    logLevel: "silent",
  });
  await chmod(host, 0o755);
}

/** Writes the checkout's own settings and those that only this machine knows. */
async function writeStackSettings(baseImage: string): Promise<void> {
  const settings = await readYaml(path.join(CHECKOUT, `Pulumi.${STACK}.yaml`));
  const { encryptionsalt } = await readYaml(path.join(birthplace, `Pulumi.${STACK}.yaml`));
  const content = {
    ...settings,
    encryptionsalt,
    config: { ...settings.config, "slipway:baseImage": baseImage },
  };
  await writeFile(
    stackSettings,
    `# Made by npm start from Pulumi.${STACK}.yaml: edit that one.\n${stringify(content)}`,
  );
}

async function readYaml(
  file: string,
): Promise<{ encryptionsalt?: string; config?: Record<string, unknown> }> {
  return parse(await readFile(file, "utf8"));
}

/** Announces the registry as KEP-1755 specifies, so that no setting has to name it. */
async function announceRegistry(): Promise<void> {
  const manifest = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "local-registry-hosting", namespace: "kube-public" },
    data: { "localRegistryHosting.v1": stringify({ host: registry, help: "npm run sandbox -- status" }) },
  };
  const { failed, stderr } = await execa("kubectl", ["apply", "-f", "-"], {
    env: sandboxEnvironment,
    input: JSON.stringify(manifest),
    reject: false,
  });
  if (failed)
    throw new SandboxError(`The registry could not be announced in the cluster.\n${stderr}`, {
      fix: "npm run sandbox -- status",
    });
}

/**
 * Makes the stack in a folder of its own, since `stack init` writes the passphrase's salt beside Pulumi.yaml and a
 * checkout must stay clean. Then selects it in this checkout; Pulumi remembers that elsewhere.
 */
async function createStack(): Promise<void> {
  await mkdir(birthplace, { recursive: true });
  await copyFile(path.join(CHECKOUT, "Pulumi.yaml"), path.join(birthplace, "Pulumi.yaml"));
  const stack = async (cwd: string, ...args: string[]) => {
    const { exitCode, stdout, stderr } = await pulumi(["stack", ...args], { cwd });
    if (exitCode === 0) return stdout;
    throw new SandboxError(`The stack ${STACK} could not be made.\n${stderr}`, {
      fix: "npm run sandbox -- reset",
    });
  };
  const known = JSON.parse(await stack(birthplace, "ls", "--json")) as { name: string }[];
  if (!known.some(({ name }) => name === STACK)) await stack(birthplace, "init", STACK);
  await stack(CHECKOUT, "select", STACK);
}

/** Runs a Pulumi command on this checkout and the sandbox. */
export const pulumi = (args: readonly string[], options: RunOptions = {}): Promise<Ended> =>
  runProgram("pulumi", [...args, "--non-interactive"], {
    cwd: CHECKOUT,
    env: sandboxEnvironment,
    ...options,
  });
