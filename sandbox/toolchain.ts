/** Finds the Pulumi CLI, its providers, BuildKit and Kubernetes. Builds what is not installed from pinned Go modules. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, realpath, rename, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { ExecaError, execa } from "execa";
import { CHECKOUT } from "../common/checkout.ts";
import { cache } from "./places.ts";
import { lastLines, SandboxError } from "./sandboxError.ts";

const module = path.join(CHECKOUT, "sandbox", "toolchain");

/** Versions that belong together, as pinned in `toolchain/go.mod` and package.json. */
export const versions = { pulumi: "3.245.0", kubernetes: "4.25.0", dockerBuild: "0.0.22" };

const packages = {
  pulumi: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
  "pulumi-resource-kubernetes": "./cmd/pulumi-resource-kubernetes",
  "pulumi-resource-docker-build":
    "github.com/pulumi/pulumi-docker-build/provider/cmd/pulumi-resource-docker-build",
  buildkitd: "github.com/moby/buildkit/cmd/buildkitd",
  buildctl: "github.com/moby/buildkit/cmd/buildctl",
  "docker-buildx": "github.com/docker/buildx/cmd/buildx",
  hyperkube: "./cmd/hyperkube",
};

type Tool = keyof typeof packages;

/** The place below Pulumi's home of each provider, as `pulumi plugin install` lays them out. */
export const plugins = {
  "pulumi-resource-kubernetes": `plugins/resource-kubernetes-v${versions.kubernetes}/pulumi-resource-kubernetes`,
  "pulumi-resource-docker-build": `plugins/resource-docker-build-v${versions.dockerBuild}/pulumi-resource-docker-build`,
} as const;
export type Plugin = keyof typeof plugins;

/** The path of each tool's program. */
export type Toolchain = Readonly<Record<Tool, string>>;

/** Finds every tool. Builds those that are neither in the cache nor installed in the right version. */
export async function findToolchain(onProgress: (line: string) => void): Promise<Toolchain> {
  const { toolchain, built, missing } = await lookAround();
  if (missing.length > 0) await build(missing, built, onProgress);
  return toolchain;
}

/** Whether `findToolchain` would not have to build. */
export async function toolchainIsReady(): Promise<boolean> {
  return (await lookAround()).missing.length === 0;
}

/** The path of each tool: where it is or, if it is missing, where the build puts it. */
async function lookAround(): Promise<{ toolchain: Toolchain; built: string; missing: readonly Tool[] }> {
  const installed = await installedTools();
  const built = path.join(cache, "toolchain", await moduleHash());
  const tools = Object.keys(packages) as Tool[];
  const found = tools.map((tool) => [tool, installed[tool] ?? path.join(built, tool)] as const);
  const missing = found.filter(([, file]) => !existsSync(file)).map(([tool]) => tool);
  return { toolchain: Object.fromEntries(found) as Toolchain, built, missing };
}

/** The tools that a user of Pulumi has anyway: its CLI on PATH, and providers in its home. */
export async function installedTools(): Promise<Partial<Record<Tool, string>>> {
  const found: Partial<Record<Tool, string>> = {};
  const cli = await onPath("pulumi");
  if (
    cli !== undefined &&
    (await execa(cli, ["version"], { reject: false })).stdout === `v${versions.pulumi}`
  )
    found.pulumi = cli;
  const home = process.env["PULUMI_HOME"] ?? path.join(os.homedir(), ".pulumi");
  for (const [tool, place] of Object.entries(plugins) as [Plugin, string][]) {
    const file = path.join(home, place);
    if (await isForeign(file)) found[tool] = file;
  }
  return found;
}

/** The program that a shell would find under this name. */
async function onPath(name: string): Promise<string | undefined> {
  for (const directory of (process.env["PATH"] ?? "").split(path.delimiter)) {
    const file = path.join(directory, name);
    if (await isForeign(file)) return file;
  }
  return undefined;
}

/** Whether the file exists and is not the sandbox's own: a shell with the sandbox's environment finds those first. */
async function isForeign(file: string): Promise<boolean> {
  const target = await realpath(file).catch(() => cache);
  return !target.startsWith(cache);
}

/** Names the build after every file of the module, go.sum included. */
async function moduleHash(): Promise<string> {
  const hash = createHash("sha256");
  for (const file of (await readdir(module, { recursive: true }))
    .filter((file) => /\.(go|mod|sum)$/.test(file))
    .toSorted()) {
    hash.update(`${file}\0`).update(await readFile(path.join(module, file)));
  }
  return hash.digest("hex").slice(0, 16);
}

async function build(
  tools: readonly Tool[],
  target: string,
  onProgress: (line: string) => void,
): Promise<void> {
  const go = await checkGo();
  await mkdir(target, { recursive: true });
  const bin = await mkdtemp(path.join(target, "build-"));
  const names = tools.map((tool) => packages[tool]);
  const env = { CGO_ENABLED: "0", GOBIN: bin, GOGC: "400", GOOS: "", GOARCH: "" }; // GOGC=400: a sixth less CPU time for 0.3 GB more memory
  const flags = ["-trimpath", "-buildvcs=false"];
  const run = (args: string[]) => execa(go, args, { cwd: module, env, stdout: "pipe", stderr: "pipe" });
  try {
    let downloads = 0;
    const list = run(["list", ...flags, "-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}", ...names]);
    eachLine(
      list.stderr,
      (line) => line.startsWith("go: downloading") && onProgress(`${++downloads} modules downloaded`),
    );
    const total = (await list).stdout.split("\n").length;

    const started = Date.now();
    let compiled = 0;
    const install = run(["install", "-v", ...flags, "-ldflags", await linkerFlags(go), ...names]);
    eachLine(install.stderr, (line) => {
      if (!line.startsWith("go: "))
        onProgress(buildProgress(++compiled, total, (Date.now() - started) / 1000));
    });
    await install;
    for (const tool of tools)
      await rename(path.join(bin, path.basename(packages[tool])), path.join(target, tool));
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    throw new SandboxError(`The toolchain could not be built.\n${lastLines(complaints(error.stderr), 8)}`, {
      at: module,
      fix: /no space left/.test(String(error.stderr))
        ? "make room on the disk: the build needs 8 GB in Go's caches (`go env GOMODCACHE GOCACHE`)"
        : "see that `go env GOPROXY` can be reached, then run the same command again; the packages built so far are kept",
    });
  } finally {
    await rm(bin, { recursive: true, force: true });
  }
}

/**
 * A line such as `1200 of 5072 packages compiled, about 9 min left`. It assumes that all packages take equally long. The
 * small ones come first, so it promises too much in the first minutes.
 */
export function buildProgress(done: number, total: number, seconds: number): string {
  if (done >= total) return `${done} packages compiled, linking`;
  const left = (seconds / done) * (total - done);
  const estimate =
    seconds < 10
      ? ""
      : left < 90
        ? `, about ${Math.ceil(left / 10) * 10} s left`
        : `, about ${Math.round(left / 60)} min left`;
  return `${done} of ${total} packages compiled${estimate}`;
}

function eachLine(stream: NodeJS.ReadableStream, use: (line: string) => unknown): void {
  readline.createInterface({ input: stream }).on("line", use);
}

/** Go's output without its progress. */
function complaints(text: unknown): string {
  const lines = String(text).split("\n");
  return lines.filter((line) => !/^go: downloading|^[\w./-]+$/.test(line)).join("\n");
}

/** Sets the version that each program reports. A module built by `go install` does not know its own. */
async function linkerFlags(go: string): Promise<string> {
  const { stdout } = await execa(
    go,
    ["list", "-m", "-f", "{{.Version}}", "github.com/moby/buildkit", "k8s.io/kubernetes"],
    { cwd: module },
  );
  const [buildkit = "", kubernetes = ""] = stdout.split("\n");
  const [major = "", minor = ""] = kubernetes.slice(1).split(".");
  const variables = {
    "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${versions.pulumi}`,
    "github.com/pulumi/pulumi-docker-build/provider.Version": versions.dockerBuild,
    "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version": versions.kubernetes,
    "github.com/moby/buildkit/version.Version": buildkit,
    "k8s.io/component-base/version.gitVersion": kubernetes,
    "k8s.io/component-base/version.gitMajor": major,
    "k8s.io/component-base/version.gitMinor": minor,
    "k8s.io/client-go/pkg/version.gitVersion": kubernetes,
  };
  return ["-s -w", ...Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`)].join(" ");
}

/** @returns the Go command. From 1.21 on, Go itself fetches the version that go.mod names. */
async function checkGo(): Promise<string> {
  const wanted = /^go (\S+)$/m.exec(await readFile(path.join(module, "go.mod"), "utf8"))?.[1] ?? "";
  const fix = `install Go ${wanted} or later (https://go.dev/doc/install), put it on PATH, and run the same command again`;
  const { stdout, failed } = await execa("go", ["env", "GOVERSION"], { reject: false, cwd: os.tmpdir() });
  if (failed)
    throw new SandboxError("Go was not found on PATH; it is needed once, to build the sandbox's programs.", {
      fix,
    });
  const [, major = 0, minor = 0] = (/^go(\d+)\.(\d+)/.exec(stdout) ?? []).map(Number);
  if (major === 1 && minor < 21) throw new SandboxError(`Go on PATH is ${stdout}, too old.`, { fix });
  return "go";
}
