/** Before and after all end-to-end tests: one sandbox for them, which is left as it was found. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { down, status } from "../../sandbox/cluster.ts";
import { components } from "../../sandbox/components.ts";
import { unsupported } from "../../sandbox/machine.ts";
import { exclusively } from "../../sandbox/owner.ts";
import { listeners } from "../../sandbox/procfs.ts";
import { startSandbox } from "../../sandbox/start.ts";
import { deleteLeftNamespaces } from "../support/namespaces.ts";

let wasUp = false;
let before: unknown;

/** What the daemons change outside the sandbox's own folder. */
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

export const mochaHooks = {
  async beforeAll(this: Mocha.Context): Promise<void> {
    this.timeout(90 * 60_000); // the toolchain may have to be built
    const reason = unsupported();
    if (reason !== undefined) {
      console.log(`  Skipped: the end-to-end tests need the sandbox, and ${reason}.`);
      assert.notEqual(process.env["CI"], "true", `with CI=true nothing may be skipped: ${reason}`);
      this.skip();
    }
    wasUp = status().some(({ pid }) => pid !== undefined);
    before = machine();
    await startSandbox();
    if (!wasUp) await deleteLeftNamespaces();
  },

  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(120_000);
    if (wasUp || unsupported() !== undefined) return;
    await exclusively(down);
    assert.deepEqual(machine(), before, "the machine is as it was");
  },
};
