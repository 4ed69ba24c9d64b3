/** Checks whether the sandbox can run on this machine, before anything is fetched. */
import { mkdir, statfs } from "node:fs/promises";
import { checkPorts } from "./daemons.ts";
import { refuseOthers } from "./owner.ts";
import { cache } from "./places.ts";
import { SandboxError } from "./sandboxError.ts";
import { toolchainIsReady } from "./toolchain.ts";

const GIGABYTE = 1e9;

/** Why the sandbox can never run here; undefined if it can. */
export function unsupported(): string | undefined {
  if (process.platform !== "linux") return `it needs Linux, and this is ${process.platform}`;
  if (process.getuid?.() !== 0)
    return "containerd, the kubelet and kube-proxy need root, and this is another user";
  return undefined;
}

/** @throws SandboxError if the sandbox can never run here. It says how to do the same on a cluster of one's own. */
export function checkSupport(): void {
  const reason = unsupported();
  if (reason === undefined) return;
  const commands = ownCluster.map((command) => `       ${command}`).join("\n");
  throw new SandboxError(`The sandbox cannot run here: ${reason}.`, {
    fix: `run it as root on Linux, or use a kind cluster of your own (docs/own-cluster.md has each step):\n${commands}`,
  });
}

/** @throws SandboxError if the sandbox cannot run now: another checkout has it, the disk is full or ports are taken. */
export async function checkMachine(): Promise<void> {
  refuseOthers();
  await checkDisk();
  await checkPorts();
}

/** The commands for a kind cluster of one's own, from docs/own-cluster.md, which also says how to make that cluster. */
export const ownCluster = [
  "docker buildx create --name slipway --driver docker-container --driver-opt network=host --bootstrap",
  "pulumi login --local",
  "export PULUMI_CONFIG_PASSPHRASE=",
  "pulumi stack init dev",
  "pulumi config set builder slipway",
  "pulumi up",
];

async function checkDisk(): Promise<void> {
  const needed = (await toolchainIsReady()) ? 3 * GIGABYTE : 14 * GIGABYTE;
  await mkdir(cache, { recursive: true });
  const { bavail, bsize } = await statfs(cache);
  const free = bavail * bsize;
  if (free >= needed) return;
  throw new SandboxError(
    `The disk has ${(free / GIGABYTE).toFixed(1)} GB free, and ${needed / GIGABYTE} GB are needed.`,
    {
      at: cache,
      fix: "make room there, or name another place: XDG_CACHE_HOME=/other/place npm start",
    },
  );
}
