/** Sentences that every form of a report shares. Pure. */
import {
  type Check,
  count,
  notJudged,
  type OpenQuestion,
  objections,
  type Report,
  warnings,
} from "../report/report.ts";

/** `loan-approval 1.0.0 is refused: 2 objections, 1 warning`. */
export function verdictSentence(report: Report): string {
  const model = report.model ? `${report.model.name} ${report.model.version}` : "The model";
  const warned = warnings(report).length > 0 ? `, ${count(warnings(report).length, "warning")}` : "";
  const objected = count(objections(report).length, "objection");
  const open = `${count(notJudged(report).length, "check")} of ${report.checks.length} not judged`;
  switch (report.verdict) {
    case "passed":
      return `${model} passed the gate${warned}`;
    case "refused":
      return `${model} is refused: ${objections(report).length === 0 ? open : objected}${warned}`;
    case "notJudged":
      return `${model} could not be judged on this machine: ${open}${warned}`;
    case "overridden":
      return `${model} ships by override: ${report.override} (${objections(report).length === 0 ? open : objected}${warned})`;
  }
}

/** What the model was compared with and how, or why not. */
export function championSentence({ champion }: Report): string {
  switch (champion.how) {
    case "judged":
      return `Champion: ${champion.name}, judged now on the same rows`;
    case "recorded":
      return `Champion: ${champion.name}, by its recorded metrics on the same rows: ${champion.why}`;
    case "not compared":
      return `Not compared with a champion: ${champion.why}`;
  }
}

const MOST_NAMES = 4;

/** `metrics, naive and weakSegments were not judged: …` */
export function openSentence({ names, why }: OpenQuestion): string {
  const few = names.slice(0, MOST_NAMES);
  const rest = names.length - few.length;
  const listed = [...few, ...(rest > 0 ? [`${rest} more`] : [])].join(", ").replace(/, (?=[^,]*$)/, " and ");
  return `${listed} ${names.length === 1 ? "was" : "were"} not judged: ${why.replace(/\.$/, "")}.`;
}

/** The outcome of a check in one line. */
export function foundText(check: Check): string {
  switch (check.outcome) {
    case "judged":
      return check.found;
    case "notAsked":
      return `not asked for: ${check.why}`;
    case "notJudged":
      return `not judged: ${check.why}`;
  }
}
