/** schemathesis: makes requests from an OpenAPI document, and checks every answer against it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { cache } from "../../sandbox/places.ts";
import { pythonEnvironment } from "./pythonEnvironment.ts";

const folder = path.join(import.meta.dirname, "../service/openApi");

/** The Python that has schemathesis and openapi-spec-validator; made once. */
export function openApiPython(): Promise<string> {
  return pythonEnvironment(path.join(folder, "requirements.txt"), path.join(cache, "test", "openapi"));
}

export interface Findings {
  /** The number of requests that were sent. */
  readonly cases: number;
  /** The findings in schemathesis's own words. Empty if there are none. */
  readonly failures: string;
}

/**
 * Runs all checks in all phases.
 *
 * @param document A file, or an address of the service.
 * @param url Address of the service.
 * @param examples Most examples per operation and kind of test. For this service, 5 make about 900 cases, and 450 more than 10,000.
 */
export async function schemathesis(
  document: string,
  url: string,
  { examples, seed }: { examples: number; seed?: number },
): Promise<Findings> {
  const work = mkdtempSync(path.join(os.tmpdir(), "slipway-schemathesis-"));
  try {
    const report = path.join(work, "report.json");
    const args = ["run", document, "--url", url, "--checks=all", "--continue-on-failure", "--no-color"];
    const { all } = await execa(
      path.join(path.dirname(await openApiPython()), "schemathesis"),
      [
        ...args,
        ...(seed === undefined ? [] : [`--seed=${seed}`]),
        `--max-examples=${examples}`,
        "--report=json",
        `--report-json-path=${report}`,
      ],
      {
        // It keeps a database of examples in its working folder.
        cwd: work,
        env: { SCHEMATHESIS_HOOKS: "hooks", PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: "1" },
        all: true,
        reject: false,
      },
    );
    const { complete, exit_code: exitCode, test_cases: cases } = JSON.parse(readFileSync(report, "utf8"));
    return { cases: cases.generated, failures: complete && exitCode === 0 ? "" : all };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
