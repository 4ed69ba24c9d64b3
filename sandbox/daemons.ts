/** Starts, inspects and ends the sandbox's daemons as a group. */
import { lstat, mkdir, readdir, rm, symlink } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { components, kubectl } from "./components.ts";
import { ensure, running, stop } from "./daemon.ts";
import { writeSettings } from "./daemonSettings.ts";
import { hostArchitecture, unpackedPackages } from "./debian.ts";
import { inState } from "./places.ts";
import { commandLine, listeners } from "./procfs.ts";
import { packageEnvironment, packages } from "./programEnvironment.ts";
import { SandboxError } from "./sandboxError.ts";
import type { Toolchain } from "./toolchain.ts";
import { rememberKernelSettings, removeTraces } from "./traces.ts";

/** The daemons, and the libraries that they need. These names are the same in Debian 12 and 13. */
const debianPackages = [
  "busybox-static",
  "containerd",
  "containernetworking-plugins",
  "docker-registry",
  "etcd-server",
  "iptables",
  "runc",
  "libip4tc2",
  "libip6tc2",
  "libmnl0",
  "libnetfilter-conntrack3",
  "libnfnetlink0",
  "libnftnl11",
  "libseccomp2",
  "libxtables12",
];

const kubernetesNames = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
  "kubelet",
  "kubectl",
];

/** Fetches the daemons' packages. @returns the folder of the unpacked packages. */
export const fetchDaemons = () => unpackedPackages(debianPackages, hostArchitecture);

/**
 * Starts every daemon that is not running, also after a kill or a restart.
 *
 * @returns the names of the daemons that had to be started.
 */
export async function up(
  { unpacked, toolchain }: { unpacked: string; toolchain: Toolchain },
  onProgress: (line: string) => void,
): Promise<string[]> {
  await mkdir(inState("data"), { recursive: true });
  await link(unpacked, packages);
  await linkPrograms(toolchain);
  await writeSettings();
  await rememberKernelSettings();
  const started: string[] = [];
  for (const daemon of components) {
    onProgress(daemon.name);
    if (await ensure(daemon)) started.push(daemon.name);
  }
  return started;
}

/** Name and process number (undefined: not running) of each daemon. */
export function status(): { name: string; pid: number | undefined; ports: readonly number[] }[] {
  return components.map(({ name, ports }) => ({ name, ports, pid: running(name)?.pid }));
}

/**
 * Ends everything, from the outside in. The scheduler and the controllers go first, since they would replace the pods;
 * then the pods, while the kubelet can still end them.
 */
export async function down(): Promise<void> {
  for (const name of ["kube-scheduler", "kube-controller-manager"]) await stop(name);
  if (running("kube-apiserver") && running("kubelet") && running("containerd")) {
    await kubectl("delete", "pods", "--all", "--all-namespaces", "--grace-period=1", "--timeout=20s");
  }
  for (const { name } of components.toReversed()) await stop(name);
  await removeTraces();
}

/** Ends everything and deletes the sandbox's data. Downloads and builds stay. */
export async function reset(): Promise<void> {
  await down();
  await rm(inState(), { recursive: true, force: true });
}

/** @throws SandboxError that names each port that a daemon needs and another process holds, with that process. */
export async function checkPorts(): Promise<void> {
  const wanted = components.filter(({ name }) => !running(name));
  const ports = wanted.flatMap((daemon) => daemon.ports);
  // A process that was killed a moment ago holds its ports a moment longer.
  for (let i = 0; i < 20 && listeners(ports).length > 0; i++) await sleep(100);
  const taken = listeners(ports);
  if (taken.length === 0) return;
  const lines = taken.map(({ port, pid }) => {
    const holder = pid === undefined ? "a process that cannot be seen" : `process ${pid} (${describe(pid)})`;
    const needs = wanted.find((daemon) => daemon.ports.includes(port))?.name;
    return `Port ${port} is taken by ${holder}; ${needs} needs it.`;
  });
  throw new SandboxError([...new Set(lines)].join("\n"), {
    fix: "end that process, then run the same command again",
  });
}

const describe = (pid: number) => commandLine(pid).join(" ").slice(0, 60);

/** Makes one folder with every program under the name that it is called by. */
async function linkPrograms(toolchain: Toolchain): Promise<void> {
  const links: Record<string, string> = {};
  for (const directory of ["usr/bin", "usr/sbin", "bin"]) {
    const from = path.join(packages, directory);
    for (const name of await readdir(from).catch(() => [])) links[name] = path.join(from, name);
  }
  const xtables = path.join(packages, "usr/sbin", await xtablesProgram());
  for (const name of ["iptables", "ip6tables"]) {
    for (const suffix of ["", "-save", "-restore"]) links[name + suffix] = xtables;
  }
  for (const name of kubernetesNames) links[name] = toolchain.hyperkube;
  for (const name of ["buildctl", "buildkitd", "docker-buildx", "pulumi"] as const)
    links[name] = toolchain[name];
  await mkdir(inState("bin"), { recursive: true });
  for (const [name, target] of Object.entries(links)) await link(target, inState("bin", name));
}

/** Uses the kernel's newer interface if it works, and the older one otherwise. */
async function xtablesProgram(): Promise<string> {
  const newer = "xtables-nft-multi";
  const { failed } = await execa(
    path.join(packages, "usr/sbin", newer),
    ["iptables", "-t", "nat", "-L", "-n"],
    {
      env: packageEnvironment,
      reject: false,
    },
  );
  return failed ? "xtables-legacy-multi" : newer;
}

/** Makes a symbolic link, and replaces what is there. */
export async function link(target: string, at: string): Promise<void> {
  if (await lstat(at).then(Boolean, () => false)) await rm(at);
  await symlink(target, at);
}
