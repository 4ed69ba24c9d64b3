/** The job summary of a deployment. Pure. */
import { renderSections, safeMarkdown } from "../gate/render/index.ts";
import { heldBack, type Report } from "../gate/report/index.ts";
import type { Outputs } from "./previewPlan.ts";
import { code, gateSections, quoted } from "./sections.ts";

export interface Deployment {
  readonly stack: string;
  readonly before: Outputs;
  /** The outputs now. Those of a failed update are the old ones. */
  readonly after: Outputs;
  /** Absent if the gate did not run. */
  readonly report?: Report;
  readonly ended: "well" | "failed" | "cancelled";
  /** What Pulumi printed. */
  readonly output: string;
}

export function renderDeployment(deployment: Deployment): string {
  const { after, report, ended, output } = deployment;
  const refused = heldBack(report);
  return [
    `### ${outcome(deployment)}`,
    ...(after.release === undefined ? [] : [serving(after)]),
    ...(ended === "well" || refused ? [] : [quoted(diagnostics(output))]),
    ...(report === undefined ? [] : [`#### ${renderSections(report).verdict}`, ...gateSections(report)]),
  ]
    .join("\n\n")
    .concat("\n");
}

function outcome({ stack, before, after, report, ended }: Deployment): string {
  const on = `stack ${code(stack)}`;
  if (heldBack(report) && ended === "failed")
    return `❌ ${report?.verdict === "refused" ? "Refused" : "Not judged"}: nothing was deployed to ${on}`;
  if (ended === "cancelled") return `⏹️ Cancelled while deploying to ${on}`;
  if (ended === "failed") return `❌ The deployment to ${on} failed`;
  if (after.pinned !== undefined) return `📌 This commit is not deployed: ${on} is pinned`;
  return after.release === before.release
    ? `✅ Deployed to ${on}: the release stays`
    : `✅ Deployed to ${on}: a new release`;
}

function serving({ release, model, image, url, pinned }: Outputs): string {
  return [
    `Release ${code(release)} serves${model ? `, ${safeMarkdown(`${model.name} ${model.version}`)}` : ""}`,
    ...(pinned
      ? [
          `Pinned since ${safeMarkdown(pinned.since)} by ${safeMarkdown(pinned.by)}: ${safeMarkdown(pinned.reason)}. \`npm run unpin\` ends that.`,
        ]
      : []),
    ...(url === undefined ? [] : [`Address: ${code(url)}`]),
    ...(image === undefined ? [] : [`Image: ${code(image)}`]),
  ].join("\\\n");
}

/** From the first error on: before it stands the progress, and what the gate has found of a model that passed. */
export function diagnostics(output: string): string {
  const [, found] =
    /^Diagnostics:\n([\s\S]*?)(?=\n(?:Outputs|Resources|Duration):|$(?![\s\S]))/m.exec(output) ?? [];
  if (found === undefined) return output.slice(-2_000).trimEnd();
  return found.slice(Math.max(0, found.search(/^ +error:/m))).trimEnd();
}
