/** kube-score, a checker of Kubernetes manifests. */
import { execa } from "execa";
import { goProgram } from "./goProgram.ts";

/** One sentence of kube-score's, such as `[CRITICAL] name/namespace apps/v1/Deployment: what is wrong`. */
export type Finding = string;

/** @throws Error if it cannot be built. */
export async function buildKubeScore(): Promise<(manifests: string) => Promise<readonly Finding[]>> {
  const program = await goProgram("github.com/zegl/kube-score/cmd/kube-score", "v1.20.0");
  const { stdout } = await execa(program, ["list"]);
  const optional = stdout.split("\n").filter((line) => line.endsWith(",optional"));
  const all = optional.flatMap((line) => ["--enable-optional-test", line.slice(0, line.indexOf(","))]);

  return async (manifests) => {
    const args = ["score", "--kubernetes-version=v1.34", "--output-format=ci", ...all, "-"];
    // It exits with 1 for findings, and prints nothing to stdout if it could not judge.
    const { stdout, stderr } = await execa(program, args, { input: manifests, reject: false });
    const lines = stdout.split("\n").filter((line) => line !== "");
    if (lines.length === 0) throw new Error(`kube-score judged nothing: ${stderr}`);
    return lines.filter((line) => !/^\[(OK|SKIPPED)\]/.test(line));
  };
}
