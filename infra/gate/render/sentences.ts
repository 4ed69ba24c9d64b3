/** What a report says in a sentence, on whatever page. Pure. */
import { count, objections, type Report, warnings } from "../report.ts";

/** `loan-approval 1.0.0 is refused: 2 objections, 1 warning`. */
export function verdictSentence(report: Report): string {
  const model = report.model ? `${report.model.name} ${report.model.version}` : "The model";
  const warned = warnings(report).length > 0 ? `, ${count(warnings(report).length, "warning")}` : "";
  const objected = count(objections(report).length, "objection");
  switch (report.verdict) {
    case "passed":
      return `${model} passed the gate${warned}`;
    case "refused":
      return `${model} is refused: ${objected}${warned}`;
    case "overridden":
      return `${model} ships by override: ${report.override} (${objected}${warned})`;
  }
}

/** With what the model was compared, and how, or why not. */
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
