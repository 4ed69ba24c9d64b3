/** Programs in Go, each built once from its pinned module and kept. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { cache } from "../../sandbox/places.ts";

/** @returns The program's path, in a folder of its own. @throws Error if it cannot be built. */
export async function goProgram(module: string, version: string): Promise<string> {
  const name = path.basename(module);
  const folder = path.join(cache, "test", `${name}-${version}`);
  const program = path.join(folder, name);
  if (!existsSync(program)) {
    console.log(`Building ${name} ${version} into ${folder}, once`);
    await mkdir(folder, { recursive: true });
    const env = { GOBIN: folder, CGO_ENABLED: "0", GOFLAGS: "", GOOS: "", GOARCH: "" };
    await execa("go", ["install", `${module}@${version}`], { env, cwd: folder });
  }
  return program;
}
