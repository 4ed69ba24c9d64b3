/** Starts, looks at and ends the sandbox's daemons as one. */
import { existsSync } from "node:fs";
import { lstat, mkdir, readdir, rm, symlink } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { components, kubectl } from "./components.ts";
import { type Daemon, ensure, running, stop } from "./daemon.ts";
import { hostArchitecture, unpackedPackages } from "./debian.ts";
import { SandboxError } from "./errors.ts";
import { inState } from "./places.ts";
import { commandLine, listeners } from "./procfs.ts";
import { writeSettings } from "./settings.ts";
import type { Toolchain } from "./toolchain.ts";
import { rememberKernelSettings, removeTraces } from "./traces.ts";

/** The daemons, and the libraries that those from Debian's packages need. None of the names differs between Debian 12 and 13. */
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
 * @throws SandboxError naming each port that somebody else holds, with that process.
 */
export async function up(
  packages: string,
  toolchain: Toolchain,
  onProgress: (line: string) => void,
): Promise<string[]> {
  const all = components(libraries(packages));
  checkPorts(all);
  await mkdir(inState("data"), { recursive: true });
  await linkPrograms(packages, toolchain);
  await writeSettings(packages);
  await rememberKernelSettings();
  const started: string[] = [];
  for (const daemon of all) {
    onProgress(daemon.name);
    if (await ensure(daemon)) started.push(daemon.name);
  }
  return started;
}

/** Name and process number (undefined: not running) of each daemon. */
export function status(): { name: string; pid: number | undefined; ports: readonly number[] }[] {
  return components("").map(({ name, ports }) => ({ name, ports, pid: running(name)?.pid }));
}

/** Ends all: the pods first, while there is somebody to end them; then from the outside in. */
export async function down(onProgress: (line: string) => void = () => {}): Promise<void> {
  if (running("kube-apiserver") && running("kubelet") && running("containerd")) {
    onProgress("pods");
    await kubectl("delete", "pods", "--all", "--all-namespaces", "--grace-period=1", "--timeout=20s");
  }
  for (const { name } of status().reverse()) {
    onProgress(name);
    await stop(name);
  }
  onProgress("what they left in the kernel");
  await removeTraces();
}

export async function reset(): Promise<void> {
  await down();
  await rm(inState(), { recursive: true, force: true });
}

function libraries(packages: string): string {
  return path.join(
    packages,
    "usr",
    "lib",
    hostArchitecture === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu",
  );
}

function checkPorts(all: readonly Daemon[]): void {
  const ours = new Set(all.map(({ name }) => running(name)?.pid));
  const wanted = all
    .filter(({ name }) => !running(name))
    .flatMap(({ name, ports }) => ports.map((port) => ({ name, port })));
  const taken = listeners(wanted.map(({ port }) => port)).filter(
    ({ pid }) => pid === undefined || !ours.has(pid),
  );
  if (taken.length === 0) return;
  const lines = taken.map(({ port, pid }) => {
    const holder =
      pid === undefined
        ? "a process that cannot be seen from here"
        : `process ${pid} (${commandLine(pid).join(" ").slice(0, 60)})`;
    return `Port ${port} is taken by ${holder}; ${wanted.find((entry) => entry.port === port)?.name} needs it.`;
  });
  throw new SandboxError([...new Set(lines)].join("\n"), {
    fix: "end that process, or wait until it has ended, and run the same command again",
  });
}

/** One folder with every program under the name it is called by. */
async function linkPrograms(packages: string, toolchain: Toolchain): Promise<void> {
  const links: Record<string, string> = {};
  for (const directory of ["usr/bin", "usr/sbin", "bin"]) {
    const from = path.join(packages, directory);
    for (const name of existsSync(from) ? await readdir(from) : []) links[name] = path.join(from, name);
  }
  for (const name of ["iptables", "ip6tables"]) {
    for (const suffix of ["", "-save", "-restore"])
      links[name + suffix] = path.join(packages, "usr/sbin", await iptables(packages));
  }
  for (const name of kubernetesNames) links[name] = toolchain.hyperkube;
  for (const name of ["buildctl", "buildkitd", "pulumi"] as const) links[name] = toolchain[name];
  await mkdir(inState("bin"), { recursive: true });
  for (const [name, target] of Object.entries(links)) await link(target, inState("bin", name));
}

/** The kernel's newer interface where it answers, the older one otherwise. */
async function iptables(packages: string): Promise<string> {
  const program = path.join(packages, "usr/sbin/xtables-nft-multi");
  const { failed } = await execa(program, ["iptables", "-t", "nat", "-L", "-n"], {
    env: { LD_LIBRARY_PATH: libraries(packages), XTABLES_LIBDIR: `${libraries(packages)}/xtables` },
    reject: false,
  });
  return failed ? "xtables-legacy-multi" : "xtables-nft-multi";
}

export async function link(target: string, at: string): Promise<void> {
  if (
    await lstat(at).then(
      () => true,
      () => false,
    )
  )
    await rm(at);
  await symlink(target, at);
}
