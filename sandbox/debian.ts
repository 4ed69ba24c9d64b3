/** Unpacks Debian packages into the cache. Nothing is installed, and no service starts. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { ExecaError, execa } from "execa";
import { cache } from "./places.ts";
import { SandboxError } from "./sandboxError.ts";

export type Architecture = "amd64" | "arm64";

export const hostArchitecture: Architecture = process.arch === "arm64" ? "arm64" : "amd64";

/**
 * Downloads the packages without their dependencies, and unpacks them into one folder.
 *
 * Gives apt its own lists and archives, so the machine's are neither needed nor changed.
 *
 * @returns the folder, laid out like the root of a disk.
 */
export async function unpackedPackages(
  names: readonly string[],
  architecture: Architecture,
): Promise<string> {
  const suite = /^VERSION_CODENAME=(.*)$/m.exec(await readFile("/etc/os-release", "utf8"))?.[1] ?? "unknown";
  const key = createHash("sha256")
    .update(JSON.stringify([suite, names]))
    .digest("hex")
    .slice(0, 16);
  const target = path.join(cache, "debian", `${architecture}-${key}`);
  if (existsSync(target)) return target;

  await mkdir(path.dirname(target), { recursive: true });
  const work = await mkdtemp(`${target}.`);
  try {
    await download(names, architecture, work);
    const root = path.join(work, "root");
    for (const file of (await readdir(work)).filter((file) => file.endsWith(".deb")).toSorted()) {
      await execa("dpkg-deb", ["--extract", path.join(work, file), root]);
    }
    await rename(root, target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return target;
}

async function download(names: readonly string[], architecture: Architecture, work: string): Promise<void> {
  const settings = {
    "Dir::State::Lists": path.join(work, "lists"),
    "Dir::Cache": path.join(work, "cache"),
    "APT::Architecture": architecture,
    "APT::Architectures": architecture,
    "APT::Sandbox::User": "root", // the cache may be unreadable for apt's own user
    "Acquire::Languages": "none",
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  await mkdir(path.join(settings["Dir::State::Lists"], "partial"), { recursive: true });
  try {
    await execa("apt-get", ["-qq", ...options, "update"]);
    await execa("apt-get", ["-qq", ...options, "download", ...names], { cwd: work });
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const missing = error.code === "ENOENT";
    throw new SandboxError(
      missing
        ? "apt-get was not found: the sandbox takes containerd, etcd and its other parts from Debian's packages."
        : `Debian's packages could not be fetched (${architecture}: ${names.join(" ")}).\n${error.stderr}`,
      {
        fix: missing
          ? "use Debian or Ubuntu, or a cluster of your own: docs/own-cluster.md"
          : "see that `apt-get update` works on this machine, then try again",
      },
    );
  }
}
