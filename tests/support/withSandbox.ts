/** One sandbox for all end-to-end tests, which leave it as they found it. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { components } from "../../sandbox/components.ts";
import { down, status } from "../../sandbox/daemons.ts";
import { exclusively } from "../../sandbox/owner.ts";
import { listeners } from "../../sandbox/procfs.ts";
import { startSandbox } from "../../sandbox/start.ts";
import { deleteLeftNamespaces } from "./namespaces.ts";

/** The daemons' changes outside the sandbox's own folder. */
function machine() {
  const folders = [
    "/run/containerd",
    "/run/buildkit",
    "/run/netns",
    "/var/lib/cni",
    "/var/lib/kubelet",
    "/var/log/containers",
  ];
  const settings = [
    "net/ipv4/ip_forward",
    "net/ipv4/conf/all/route_localnet",
    "vm/overcommit_memory",
    "kernel/panic",
  ];
  return {
    folders: folders.filter((folder) => existsSync(folder)),
    settings: settings.map((name) => readFileSync(`/proc/sys/${name}`, "utf8")),
    networks: readdirSync("/sys/class/net"),
    ports: listeners(components.flatMap(({ ports }) => ports)),
    mounts: readFileSync("/proc/self/mounts", "utf8")
      .split("\n")
      .filter((line) => line.includes("/slipway/")),
  };
}

/** Starts it unless it runs, and leaves the machine as it was. @throws Error if it cannot, or something is left. */
export async function withSandbox(action: () => Promise<void>): Promise<void> {
  const wasUp = status().some(({ pid }) => pid !== undefined);
  // A sandbox whose daemons were killed has left its mounts and networks.
  if (!wasUp) await exclusively(down);
  const before = machine();
  await startSandbox();
  if (!wasUp) await deleteLeftNamespaces();
  await action();
  if (wasUp) return;
  await exclusively(down);
  assert.deepEqual(machine(), before, "the machine is as it was");
}
