/** The emergency override: one model ships although the gate objects, for a reason in words. Pure. */
import type { Check, Report } from "./report.ts";

export interface Override {
  /** First hex digits of the SHA-256 of the model.onnx that is meant, so that it lets no later model through. */
  readonly sha256: string;
  readonly reason: string;
}

/** What the service and the proof themselves stand on: no reason makes up for it. */
const INDISPENSABLE = ["contract", "onnx", "loads", "schema", "golden"];

export function verdictOf(
  checks: readonly Check[],
  sha256: string | undefined,
  override: Override | undefined,
): Pick<Report, "verdict" | "override"> {
  const objecting = checks.filter(({ objections }) => objections.length > 0);
  if (objecting.length === 0) return { verdict: "passed" };
  const meant = override !== undefined && sha256?.startsWith(override.sha256) === true;
  return meant && canBeOverridden(checks)
    ? { verdict: "overridden", override: override.reason }
    : { verdict: "refused" };
}

/** How a refused model ships nevertheless; nothing where no override helps. */
export function emergency({ checks, model }: Report): string[] {
  if (model?.sha256 === undefined || !canBeOverridden(checks)) return [];
  const command = `pulumi config set override '${model.sha256.slice(0, 12)}: REASON IN WORDS'`;
  return [`In an emergency it ships all the same, and is marked so:\n  ${command}`];
}

const canBeOverridden = (checks: readonly Check[]) =>
  checks.every(({ name, objections }) => objections.length === 0 || !INDISPENSABLE.includes(name));
