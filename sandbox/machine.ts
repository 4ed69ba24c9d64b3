/** Whether the sandbox can run on this machine, before anything is fetched. */
import { mkdir, statfs } from "node:fs/promises";
import { checkPorts } from "./cluster.ts";
import { SandboxError } from "./errors.ts";
import { refuseOthers } from "./owner.ts";
import { cache } from "./places.ts";
import { toolchainIsReady } from "./toolchain.ts";

const GIGABYTE = 1e9;

/** Why the sandbox cannot run here at all, or undefined. */
export function unsupported(): string | undefined {
  if (process.platform !== "linux") return `it needs Linux, and this is ${process.platform}`;
  if (process.getuid?.() !== 0)
    return "containerd, the kubelet and kube-proxy need root, and this is another user";
  return undefined;
}

/** @throws SandboxError if the sandbox cannot run here and now, with the way to do the same on one's own cluster. */
export async function checkMachine(): Promise<void> {
  const reason = unsupported();
  if (reason !== undefined) {
    throw new SandboxError(`The sandbox cannot run here: ${reason}.`, { fix: ownCluster });
  }
  refuseOthers();
  await checkDisk();
  await checkPorts();
}

/** The same on a cluster of one's own, as docs/own-cluster.md explains it. */
const ownCluster = `${process.platform === "linux" ? "sudo -E npm start, or " : ""}on a kind cluster of your own, with Docker and the Pulumi CLI:
         docs/own-cluster.md makes the cluster and its registry; then
         pulumi login --local
         pulumi stack init dev
         pulumi up
         curl -H 'content-type: application/json' -d '{"features":[50000,35,720]}' "$(pulumi stack output url)/predict"`;

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
      fix: "make room there, or name another place: XDG_CACHE_HOME=/some/where npm start",
    },
  );
}
