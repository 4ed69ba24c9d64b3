/** From what every check came to, whether the model may ship. Pure. */
import {
  CHECK_NAMES,
  type Check,
  type CheckName,
  type NotJudged,
  type Report,
  type Verdict,
} from "./report.ts";

/** One model ships although the gate objects, for a reason in words. */
export interface Override {
  /** First hex digits of the SHA-256 of the model.onnx that is meant, so that it lets no later model through. */
  readonly sha256: string;
  readonly reason: string;
}

/** What the service and the proof themselves stand on: no reason makes up for it. */
const INDISPENSABLE: readonly CheckName[] = ["contract", "onnx", "loads", "schema", "golden"];

/**
 * A model passes if each check there is was judged without an objection, or is not asked for. What is asked for and could
 * not be judged passes nothing: it refuses the model if model or data are the cause, and says nothing of it if the machine is.
 */
export function verdictOf(
  checks: readonly Check[],
  sha256: string | undefined,
  override: Override | undefined,
): { readonly verdict: Verdict; readonly override?: string } {
  const missing = CHECK_NAMES.filter((name) => !checks.some((check) => check.name === name));
  const open = checks.filter((check) => !lets(check));
  if (open.length === 0 && missing.length === 0) return { verdict: "passed" };
  const meant = override !== undefined && sha256?.startsWith(override.sha256) === true;
  if (meant && canBeOverridden(checks)) return { verdict: "overridden", override: override.reason };
  const byMachine = open.filter(
    (check): check is NotJudged => check.outcome === "notJudged" && check.fault === "machine",
  );
  return { verdict: byMachine.length === open.length && missing.length === 0 ? "notJudged" : "refused" };
}

/** Whether the check has nothing against the model. */
function lets(check: Check): boolean {
  switch (check.outcome) {
    case "judged":
      return check.objections.length === 0;
    case "notAsked":
      return true;
    case "notJudged":
      return false;
  }
}

/** How a refused model ships nevertheless; nothing where no override helps. */
export function emergency({ checks, model }: Report): string[] {
  if (model?.sha256 === undefined || !canBeOverridden(checks)) return [];
  const command = `pulumi config set override '${model.sha256.slice(0, 12)}: REASON IN WORDS'`;
  return [`In an emergency it ships all the same, and is marked so:\n  ${command}`];
}

const canBeOverridden = (checks: readonly Check[]) =>
  INDISPENSABLE.every((name) => checks.some((check) => check.name === name && lets(check)));

/** Whether a model of this verdict may be deployed. */
export const ships = (verdict: Verdict): boolean => verdict === "passed" || verdict === "overridden";

/** Whether the gate has kept a model from being deployed; it has not where it was not asked. */
export const heldBack = (report: Report | undefined): boolean =>
  report !== undefined && !ships(report.verdict);

/** For a command that judges: 0 if the model may ship, 1 if model or data are at fault, 2 if that is not known. */
export function exitCodeOf(verdict: Verdict): 0 | 1 | 2 {
  if (ships(verdict)) return 0;
  return verdict === "notJudged" ? 2 : 1;
}
