/** The comment on a pull request: what its model is worth, and what merging it would change. Pure. */
import {
  difference,
  intervalText,
  numberText,
  renderSections,
  safeMarkdown,
  valueText,
} from "../gate/render/index.ts";
import { ALL_ROWS, count, heldBack, type Metric, type Report } from "../gate/report/index.ts";
import { type ImageSizes, sizeDifference, sizeText } from "./imageSize.ts";
import type { Outputs, Plan } from "./previewPlan.ts";
import { changesSection, code, gateSections, quoted, table } from "./sections.ts";

export interface Preview {
  readonly stack: string;
  readonly plan: Plan;
  /** Absent if the gate did not run: the stack is pinned, or a setting is wrong. */
  readonly report?: Report;
  readonly sizes?: { readonly before?: ImageSizes; readonly after?: ImageSizes };
  /** The pull request's last commit. */
  readonly commit: string;
  /** The address of the workflow run that made this. */
  readonly run?: string;
}

/** GitHub's limit for a comment, in characters. */
export const LONGEST = 65_536;
const METRICS = 6;
/** The characters of a date in an ISO 8601 time. */
const DATE = "2026-11-20".length;

/** How a comment for this stack begins: it is found again by that. */
export const marker = (stack: string): string => `<!-- slipway preview of ${stack} -->`;

/** The verdict and the summary first, the rest folded. A section is left out if the comment would exceed GitHub's 65,536 characters. */
export function renderComment(preview: Preview): string {
  const { stack, plan, report } = preview;
  const head = [
    marker(stack),
    `### ${verdict(preview)}`,
    consequence(preview),
    ...(isNews(preview) ? [summary(preview)] : []),
  ].join("\n\n");
  const sections = [
    ...(failed(preview) ? [quoted(plan.errors.join("\n\n"))] : []),
    ...(report === undefined ? [] : gateSections(report)),
    ...changesSection(plan.changes),
    footer(preview),
  ];
  let body = head;
  for (const section of sections) if (body.length + section.length + 3 <= LONGEST) body += `\n\n${section}`;
  return `${body}\n`;
}

/** What serves once this is merged. */
const releaseAfter = ({ release, before }: Plan): string | undefined =>
  before.pinned?.release ?? release ?? before.release;

/** Whether there is a model to compare with what serves. */
const isNews = ({ plan, report }: Preview): boolean =>
  heldBack(report) || plan.before.release !== releaseAfter(plan);

const failed = ({ plan, report }: Preview): boolean => plan.errors.length > 0 && !heldBack(report);

function verdict(preview: Preview): string {
  const { plan, report } = preview;
  const { pinned } = plan.before;
  if (failed(preview)) return "❌ The preview failed";
  if (pinned !== undefined) return `📌 The stack is pinned to release ${code(pinned.release)}`;
  return report === undefined ? "❌ The gate gave no report" : renderSections(report).verdict;
}

/** One sentence: what merging does. */
function consequence(preview: Preview): string {
  const { plan, report, stack } = preview;
  const { release: serving, pinned } = plan.before;
  const on = `stack ${code(stack)}`;
  const stays = serving === undefined ? "nothing serves yet" : `release ${code(serving)} goes on serving`;
  if (failed(preview) || heldBack(report)) return `Merging this deploys nothing to ${on}: ${stays}.`;
  if (pinned !== undefined)
    return `Since ${safeMarkdown(pinned.since.slice(0, DATE))}, by ${safeMarkdown(pinned.by)}: ${safeMarkdown(pinned.reason)}\\\nMerging this deploys no model to ${on}: ${stays}, until \`npm run unpin\`.`;
  const release = releaseAfter(plan);
  if (release === undefined) return `Merging this deploys nothing to ${on}.`;
  const resources = count(plan.changes.length, "resource");
  if (serving === undefined)
    return `Merging this makes the first deployment to ${on}: release ${code(release)}, ${resources}.`;
  if (serving !== release)
    return `Merging this deploys release ${code(release)} to ${on}, in place of ${code(serving)}: ${resources} ${plan.changes.length === 1 ? "changes" : "change"}.`;
  return plan.changes.length === 0
    ? `Merging this changes nothing on ${on}: ${stays}.`
    : `Merging this changes ${resources} of ${on}, and no model: ${stays}.`;
}

/** The release that serves beside the one that would: the demanded metrics, the latency, the image's size. */
function summary({ plan, report, sizes }: Preview): string {
  const { before, release } = plan;
  const first = before.release === undefined;
  const rows = [
    ["release", code(before.release), code(release), ""],
    ["model", modelText(before.model), report?.model ? modelText(report.model) : "", ""],
    ...(report === undefined ? [] : metricRows(report, first)),
    ...sizeRows(sizes),
  ];
  const head = ["", "serves now", "this change", first ? "95 % interval" : "difference (95 % interval)"];
  const shown = first ? [0, 2, 3] : [0, 1, 2, 3];
  const columns = (cells: readonly string[]) => shown.map((column) => cells[column] ?? "");
  return table(columns(head), columns(["---", "---:", "---:", "---:"]), rows.map(columns));
}

const modelText = (model: Outputs["model"]): string =>
  model === undefined ? "" : safeMarkdown(`${model.name} ${model.version}`);

function metricRows({ metrics, checks }: Report, first: boolean): string[][] {
  const onAll = metrics.filter(({ of }) => of === ALL_ROWS);
  const demanded = onAll.filter(({ demand }) => demand !== undefined);
  const timed = checks.find(({ name }) => name === "latency");
  const latency = timed?.outcome === "judged" ? timed.found : undefined;
  return [
    ...(demanded.length > 0 ? demanded : onAll).slice(0, METRICS).map((metric) => metricRow(metric, first)),
    ...(latency === undefined
      ? []
      : [["latency", "", safeMarkdown(latency.replace(/, \d.* rows?.*$/, "")), ""]]),
  ];
}

const metricRow = (metric: Metric, first: boolean): string[] => [
  metric.metric,
  metric.champion ? numberText(metric.champion.value) : "",
  `**${valueText(metric)}**`,
  first ? intervalText(metric.interval) : metric.champion ? difference(metric.champion) : "",
];

function sizeRows({ before, after }: NonNullable<Preview["sizes"]> = {}): string[][] {
  return Object.entries(after ?? {}).map(([platform, bytes]) => {
    const old = before?.[platform];
    return [
      `image, ${safeMarkdown(platform)}`,
      old === undefined ? "" : sizeText(old),
      sizeText(bytes),
      old === undefined ? "" : sizeDifference(bytes - old),
    ];
  });
}

function footer({ commit, run }: Preview): string {
  const by = run === undefined ? "" : `, [by this run](${run})`;
  return `<sub>For ${commit.slice(0, 12)}${by}. A comment of Slipway's, written anew at each push.</sub>`;
}
