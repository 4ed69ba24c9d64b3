/** kube-score, a judge of Kubernetes manifests, built once from its pinned Go module and kept. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { cache } from "../../sandbox/places.ts";

const VERSION = "v1.20.0";

/** One sentence of kube-score's, such as `[CRITICAL] name/namespace apps/v1/Deployment: what is wrong`. */
export type Finding = string;

/** @throws Error if it cannot be built. */
export async function buildKubeScore(): Promise<(manifests: string) => Promise<readonly Finding[]>> {
  const folder = path.join(cache, "test", `kube-score-${VERSION}`);
  const program = path.join(folder, "kube-score");
  if (!existsSync(program)) {
    console.log(`Building kube-score ${VERSION} into ${folder}, once`);
    await mkdir(folder, { recursive: true });
    const env = { GOBIN: folder, CGO_ENABLED: "0", GOFLAGS: "", GOOS: "", GOARCH: "" };
    await execa("go", ["install", `github.com/zegl/kube-score/cmd/kube-score@${VERSION}`], { env });
  }
  const { stdout } = await execa(program, ["list"]);
  const optional = stdout.split("\n").filter((line) => line.endsWith(",optional"));
  const all = optional.flatMap((line) => ["--enable-optional-test", line.slice(0, line.indexOf(","))]);

  return async (manifests) => {
    const args = ["score", "--kubernetes-version=v1.34", "--output-format=ci", ...all, "-"];
    // It exits with 1 for findings, and says nothing on stdout where it could not judge.
    const { stdout, stderr } = await execa(program, args, { input: manifests, reject: false });
    const lines = stdout.split("\n").filter((line) => line !== "");
    if (lines.length === 0) throw new Error(`kube-score judged nothing: ${stderr}`);
    return lines.filter((line) => !/^\[(OK|SKIPPED)\]/.test(line));
  };
}
