/** A report as text for a terminal of 80 columns. Pure. */
import { objections, type Report } from "./report.ts";

const WIDTH = 80;

/** Names the model and the verdict, then each check on a line, then each objection in full. */
export function renderReport(report: Report): string {
  const model = report.model ? `${report.model.name} ${report.model.version}` : "The model";
  const all = objections(report);
  const verdict =
    all.length === 0
      ? "passed the gate"
      : `is refused: ${all.length} objection${all.length === 1 ? "" : "s"}`;
  const checks = report.checks.map(({ name, found, objections }) =>
    cut(`  ${objections.length === 0 ? "✔" : "✘"} ${name.padEnd(9)} ${found}`),
  );
  return [
    `${model} ${verdict}`,
    ...checks,
    ...all.flatMap((objection) => ["", renderObjection(objection)]),
  ].join("\n");
}

export function renderObjection({ what, where, fix }: { what: string; where: string; fix: string }): string {
  return `${what}\n  at:  ${where}\n  fix: ${fix}`;
}

const cut = (line: string) => (line.length <= WIDTH ? line : `${line.slice(0, WIDTH - 1)}…`);
