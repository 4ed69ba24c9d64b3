/** Whether another stack's release is good enough for this one. Pure. */
import { adviceText } from "../../common/fixableError.ts";
import { METRICS, type MetricName } from "../../contract/metricNames.ts";
import type { Settings } from "../settings/rules.ts";
import type { RecordedRelease } from "./record.ts";

/**
 * @returns what is wrong, with its fix: the floors of this stack hold for the recorded metrics, and another stack's
 * override does not count here.
 */
export function promotionProblems(
  { release, model, judgement }: RecordedRelease,
  { floors, override }: Pick<Settings, "floors" | "override">,
): readonly string[] {
  if (override !== undefined && model.sha256.startsWith(override.sha256)) return [];
  const { metrics } = judgement;
  const missed = Object.entries(floors).flatMap(([name, bound]) => {
    const value = metrics[name as MetricName];
    const kind = METRICS[name as MetricName];
    if (value !== undefined && (kind === "min" ? value >= bound : value <= bound)) return [];
    return [
      adviceText(
        `Release ${release} has ${name} ${value ?? "not measured"}, and ${kind === "min" ? "at least" : "at most"} ${bound} is demanded.`,
        { at: `the stack's setting slipway:floors.${name}`, fix: "promote a release that keeps it" },
      ),
    ];
  });
  const overridden =
    judgement.verdict === "overridden"
      ? [
          adviceText(
            `Release ${release} did not pass the gate: it ships there by override (${judgement.override}), which does not count here.`,
            { fix: "promote a release that passed" },
          ),
        ]
      : [];
  const all = [...missed, ...overridden];
  return all.length === 0
    ? []
    : [
        ...all,
        `In an emergency it ships all the same:\n  pulumi config set override '${model.sha256.slice(0, 12)}: REASON IN WORDS'`,
      ];
}
