/** Starts, looks at and ends the sandbox's daemons as one. */
import { lstat, mkdir, readdir, rm, symlink } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { components, kubectl } from "./components.ts";
import { ensure, running, stop } from "./daemon.ts";
import { hostArchitecture, unpackedPackages } from "./debian.ts";
import { packageEnvironment, packages } from "./environment.ts";
import { SandboxError } from "./errors.ts";
import { inState } from "./places.ts";
import { commandLine, listeners } from "./procfs.ts";
import { writeSettings } from "./settings.ts";
import type { Toolchain } from "./toolchain.ts";
import { rememberKernelSettings, removeTraces } from "./traces.ts";

/** The daemons, and the libraries that they need. None of these names differs between Debian 12 and 13. */
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

/** Fetches what the daemons are made of. @returns the folder of the unpacked packages. */
export const fetchDaemons = () => unpackedPackages(debianPackages, hostArchitecture);

/**
 * Brings every daemon up that is not, after a kill or a restart too.
 *
 * @returns the names of those that had to be started.
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
 * Ends all, from the outside in. The pods first of all, while there is somebody to end them, and after those who
 * would put new ones in their place.
 */
export async function down(): Promise<void> {
  for (const name of ["kube-scheduler", "kube-controller-manager"]) await stop(name);
  if (running("kube-apiserver") && running("kubelet") && running("containerd")) {
    await kubectl("delete", "pods", "--all", "--all-namespaces", "--grace-period=1", "--timeout=20s");
  }
  for (const { name } of components.toReversed()) await stop(name);
  await removeTraces();
}

/** Ends all and deletes the sandbox's data. Downloads and builds stay. */
export async function reset(): Promise<void> {
  await down();
  await rm(inState(), { recursive: true, force: true });
}

/** @throws SandboxError naming each port that a daemon needs and somebody else holds, with that process. */
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
    fix: "end what holds it, then run the same command again",
  });
}

const describe = (pid: number) => commandLine(pid).join(" ").slice(0, 60);

/** One folder with every program under the name it is called by. */
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

/** The kernel's newer interface where it answers, the older one otherwise. */
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

/** A symbolic link, in place of what is there. */
export async function link(target: string, at: string): Promise<void> {
  if (await lstat(at).then(Boolean, () => false)) await rm(at);
  await symlink(target, at);
}
