/** Whether the model may ship, from the outcomes of all checks. Pure. */
import {
  CHECK_NAMES,
  type Check,
  type CheckName,
  type NotJudged,
  type Report,
  type Verdict,
} from "./report.ts";

/** Lets one model ship although the gate objects, for a reason in words. */
export interface Override {
  /** First hex digits of the SHA-256 of model.onnx, so that it lets no later model through. */
  readonly sha256: string;
  readonly reason: string;
}

/** The service and the proof themselves need these: no reason overrides them. */
const INDISPENSABLE: readonly CheckName[] = ["contract", "onnx", "loads", "schema", "golden"];

/**
 * A model passes if each check was judged without an objection or is not asked for. A check that could not be judged
 * passes nothing: if model or data are the cause, the model is refused; if the machine is, nothing is said of the model.
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

/** How to ship a refused model nevertheless. Empty if no override helps. */
export function emergency({ checks, model }: Report): string[] {
  if (model?.sha256 === undefined || !canBeOverridden(checks)) return [];
  const command = `pulumi config set override '${model.sha256.slice(0, 12)}: REASON IN WORDS'`;
  return [`In an emergency, this ships it all the same and marks it as overridden:\n  ${command}`];
}

const canBeOverridden = (checks: readonly Check[]) =>
  INDISPENSABLE.every((name) => checks.some((check) => check.name === name && lets(check)));

/** Whether a model with this verdict may be deployed. */
export const ships = (verdict: Verdict): boolean => verdict === "passed" || verdict === "overridden";

/** Whether the gate has kept a model from being deployed. Without a report it was not asked. */
export const heldBack = (report: Report | undefined): boolean =>
  report !== undefined && !ships(report.verdict);

/** Exit code of a command that judges: 0 if the model may ship, 1 if model or data are at fault, 2 if that is not known. */
export function exitCodeOf(verdict: Verdict): 0 | 1 | 2 {
  if (ships(verdict)) return 0;
  return verdict === "notJudged" ? 2 : 1;
}
