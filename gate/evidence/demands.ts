/** The demands on metrics of all rows: from the contract, tightened by the stack. Pure. */
import { type Contract, METRICS, type MetricBounds, type MetricName } from "../../contract/index.ts";
import type { Demand, Finding } from "../report/report.ts";
import type { Evidence } from "./evidence.ts";

/** A stack's own bounds by metric: each is a floor or a ceiling, depending on the metric. */
export type Floors = Partial<Readonly<Record<MetricName, number>>>;

/** The demands of a part of the contract. */
export function contractDemands(bounds: MetricBounds): Partial<Record<MetricName, Demand>> {
  const entries = Object.entries(bounds) as [MetricName, Record<"min" | "max", number>][];
  return Object.fromEntries(
    entries.map(([metric, bound]) => {
      const kind = METRICS[metric];
      return [metric, { kind, bound: bound[kind], from: "contract" }];
    }),
  );
}

/** @returns The tighter bound for each metric, and a finding for each bound of the stack that is looser. */
export function demandsOf(
  { validation }: Contract,
  floors: Floors,
): { demands: Evidence["demands"]; findings: readonly Finding[] } {
  const demands = contractDemands(validation?.metrics ?? {});
  const findings: Finding[] = [];
  for (const [metric, bound] of Object.entries(floors) as [MetricName, number][]) {
    const kind = METRICS[metric];
    const own = demands[metric];
    const looser = own !== undefined && (kind === "min" ? bound < own.bound : bound > own.bound);
    if (!looser) demands[metric] = { kind, bound, from: "stack" };
    else {
      findings.push({
        what: `The stack asks for ${metric} ${kind === "min" ? "of at least" : "of at most"} ${bound}, which is looser than the contract's ${own.bound}: a stack may only tighten.`,
        where: `the stack's setting slipway:floors.${metric}`,
        fix: `pulumi config rm --path floors.${metric}, or change the contract where a reviewer sees it`,
      });
    }
  }
  return { demands, findings };
}
