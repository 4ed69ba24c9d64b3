/** Removes what the daemons leave on the machine, and restores the kernel's settings. */
import { existsSync } from "node:fs";
import { readdir, readFile, readlink, rm, rmdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { bridge, network, podRange } from "./components.ts";
import { inState, state } from "./places.ts";
import { commandLine, processes } from "./procfs.ts";
import { packageEnvironment } from "./programEnvironment.ts";

/** Settings that the kubelet, kube-proxy and the bridge plugin change unasked. */
const kernelSettings = [
  "kernel/panic",
  "kernel/panic_on_oops",
  "kernel/keys/root_maxbytes",
  "kernel/keys/root_maxkeys",
  "net/ipv4/ip_forward",
  "net/ipv4/conf/all/route_localnet",
  "net/netfilter/nf_conntrack_tcp_timeout_close_wait",
  "net/netfilter/nf_conntrack_tcp_timeout_established",
  "vm/overcommit_memory",
  "vm/panic_on_oom",
];
const remembered = inState("kernel-settings.json");

/** Saves the settings before the first daemon starts. */
export async function rememberKernelSettings(): Promise<void> {
  if (existsSync(remembered)) return;
  const values: Record<string, string> = {};
  for (const name of kernelSettings) {
    const value = await readFile(`/proc/sys/${name}`, "utf8").catch(() => undefined);
    if (value !== undefined) values[name] = value;
  }
  await writeFile(remembered, JSON.stringify(values));
}

/** Ends orphaned containers. Removes mounts, network, rules and control groups, and restores settings. */
export async function removeTraces(): Promise<void> {
  await endShims();
  await unmountAll();
  await removeNetworkNamespaces();
  await removeNetwork();
  await removeControlGroups();
  await removeFiles();
  await restoreKernelSettings();
}

/** Containers survive containerd. A shim holds each of them, and has our socket in its arguments. */
async function endShims(): Promise<void> {
  const socket = inState("run", "containerd.sock");
  const shims = processes().filter((pid) => {
    const [program, ...args] = commandLine(pid);
    return (
      program !== undefined && path.basename(program).startsWith("containerd-shim") && args.includes(socket)
    );
  });
  for (const shim of shims) {
    for (const pid of [...(await children(shim)), shim]) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has already ended.
      }
    }
  }
  for (let i = 0; i < 50 && shims.some((pid) => existsSync(`/proc/${pid}`)); i++) await sleep(20);
}

async function children(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  return text.split(" ").filter(Boolean).map(Number);
}

async function unmountAll(): Promise<void> {
  const mounts = (await readFile("/proc/self/mounts", "utf8"))
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "");
  const ours = mounts.filter((point) => point.startsWith(`${state}/`));
  for (const point of ours.toReversed()) await run("umount", ["--lazy", point]);
}

async function removeNetwork(): Promise<void> {
  await run("busybox", ["ip", "link", "delete", bridge]);
  for (const family of ["iptables", "ip6tables"]) {
    for (const table of ["nat", "filter", "mangle"]) {
      const { stdout } = await run(`${family}-save`, ["-t", table]);
      const rules = withoutOurs(stdout);
      if (rules !== stdout) await run(`${family}-restore`, ["-T", table], `${rules}\n`);
    }
  }
}

/** Removes only our pods' namespaces: named by containerd, with an address in our range. Others may be another runtime's. */
async function removeNetworkNamespaces(): Promise<void> {
  const directory = "/run/netns";
  for (const name of await readdir(directory).catch(() => [])) {
    const file = path.join(directory, name);
    const { stdout } = await run("busybox", ["nsenter", `-n${file}`, "busybox", "ip", "-4", "address"]);
    if (!name.startsWith("cni-") || !stdout.includes(` ${podRange.replace(/0\/24$/, "")}`)) continue;
    await run("umount", ["--lazy", file]);
    await rm(file, { force: true });
  }
}

const run = (file: string, args: readonly string[], input = "") =>
  execa(file, args, { env: packageEnvironment, input, reject: false });

/** An `iptables-save` dump without the chains of Kubernetes and our network, and their rules. Other CNI networks stay. */
export function withoutOurs(dump: string): string {
  const lines = dump.split("\n");
  const ours = lines.filter((line) => line.includes(`name: \\"${network}\\"`));
  const chains = ours.flatMap((line) => line.match(/\bCNI-[0-9a-f]+/g) ?? []);
  return lines
    .filter((line) => !/(^|\s):?KUBE-/.test(line) && !chains.some((chain) => line.includes(chain)))
    .join("\n");
}

/** Removes what containerd, CNI plugins and the kubelet wrote outside the sandbox's folders, and the folders left empty. */
async function removeFiles(): Promise<void> {
  const results = await filesIn("/var/lib/cni/results");
  const pods = results.flatMap((file) => new RegExp(`/${network}-([0-9a-f]+)-`).exec(file)?.[1] ?? []);
  const logs: string[] = [];
  for (const file of await filesIn("/var/log/containers")) {
    if ((await readlink(file).catch(() => "")).startsWith(state)) logs.push(file);
  }
  const listening = await readFile("/proc/net/unix", "utf8");
  const sockets = [...(await filesIn("/run/containerd/s")), "/var/lib/kubelet/device-plugins/kubelet.sock"];
  const orphans = [
    ...results.filter((file) => pods.some((pod) => file.includes(pod))),
    ...logs,
    ...sockets.filter((file) => !listening.includes(file)),
  ];
  for (const file of orphans) await rm(file, { force: true });
  for (const directory of [
    "/var/lib/cni/results",
    "/var/lib/cni",
    "/var/log/containers",
    "/run/containerd/s",
    "/run/containerd/runc/k8s.io",
    "/run/containerd/runc",
    "/run/containerd",
    "/var/lib/kubelet/device-plugins",
    "/var/lib/kubelet",
    "/run/netns",
  ]) {
    await rmdir(directory).catch(() => {}); // it was never there, or others use it too
  }
}

async function filesIn(directory: string): Promise<string[]> {
  return (await readdir(directory).catch(() => [])).map((name) => path.join(directory, name));
}

/** Removes empty groups only: rmdir refuses one with processes in it. */
async function removeControlGroups(): Promise<void> {
  const root = "/sys/fs/cgroup";
  const controllers = existsSync(`${root}/cgroup.controllers`)
    ? [root]
    : (await readdir(root)).map((name) => path.join(root, name));
  for (const controller of controllers) await removeGroup(path.join(controller, "kubepods"));
}

async function removeGroup(group: string): Promise<void> {
  const entries = await readdir(group, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeGroup(path.join(group, entry.name));
  await rmdir(group).catch(() => {});
}

async function restoreKernelSettings(): Promise<void> {
  if (!existsSync(remembered)) return;
  const values = JSON.parse(await readFile(remembered, "utf8")) as Record<string, string>;
  for (const [name, value] of Object.entries(values)) {
    const file = `/proc/sys/${name}`;
    const now = await readFile(file, "utf8").catch(() => value);
    if (now !== value) await writeFile(file, value).catch(() => {});
  }
  await rm(remembered);
}
