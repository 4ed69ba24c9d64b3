/** checkov, a checker of Kubernetes manifests, from pinned Python packages. */
import path from "node:path";
import { execa } from "execa";
import { cache } from "../../sandbox/places.ts";
import { pythonEnvironment } from "./pythonEnvironment.ts";

const requirements = path.join(import.meta.dirname, "checkov.requirements.txt");

interface Report {
  readonly summary: { readonly passed: number; readonly parsing_errors: number };
  readonly results: {
    readonly failed_checks: readonly {
      readonly check_id: string;
      readonly check_name: string;
      readonly resource: string;
    }[];
  };
}

/** @throws Error if it cannot be installed. */
export async function installCheckov(): Promise<
  (file: string) => Promise<{ passed: number; findings: readonly string[] }>
> {
  const python = await pythonEnvironment(requirements, path.join(cache, "test", "checkov"));
  return async (file) => {
    const args = ["-m", "checkov.main", "--framework=kubernetes", "--skip-download", "--output=json"];
    const { stdout, stderr } = await execa(python, [...args, `--file=${file}`], { reject: false });
    const { summary, results } = JSON.parse(stdout || "{}") as Partial<Report>;
    if (!summary || !results || summary.parsing_errors > 0)
      throw new Error(`checkov judged nothing: ${stderr || stdout}`);
    const findings = results.failed_checks.map(
      ({ check_id, check_name, resource }) => `${check_id} ${resource}: ${check_name}`,
    );
    return { passed: summary.passed, findings };
  };
}
