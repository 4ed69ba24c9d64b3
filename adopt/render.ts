/** Renders what was decided for a terminal of 80 columns. Pure. */
import type { createColors } from "picocolors";
import { wrap } from "../common/displayWidth.ts";
import { plainText } from "../common/plainText.ts";
import { verdictSentence } from "../gate/render/index.ts";
import { count, warnings } from "../gate/report/index.ts";
import type { Adopted } from "./adopt.ts";
import type { Decision } from "./mistake.ts";

type Colors = ReturnType<typeof createColors>;

const WIDTH = 80;
/** How many decisions about columns are shown. */
const MOST_COLUMNS = 12;

export function renderAdopted({ contract, summary, decisions, report }: Adopted, colors: Colors): string {
  const columns = decisions.filter(({ ofColumn }) => ofColumn);
  const last = columns[MOST_COLUMNS - 1];
  const hidden = new Set(columns.slice(MOST_COLUMNS));
  return [
    plainText(`${contract.name} ${contract.version}: ${summary}`),
    "",
    "What was decided, and why:",
    ...decisions.flatMap((decision) => [
      ...(hidden.has(decision) ? [] : renderDecision(decision, colors)),
      ...(decision === last && hidden.size > 0
        ? [`  and ${count(hidden.size, "column")} more, in contract.json`]
        : []),
    ]),
    "",
    verdictSentence(report),
    ...warnings(report).flatMap(({ what }) => indented(`! ${what}`, "", "  ")),
  ].join("\n");
}

function renderDecision({ about, choice, why }: Decision, colors: Colors): string[] {
  return [
    ...indented(`${about}: ${choice}`, "  ", "    ").map((line) => colors.bold(line)),
    ...indented(why, "    ", "    ").map((line) => colors.dim(line)),
  ];
}

function indented(text: string, first: string, others: string): string[] {
  return wrap(plainText(text).split(" "), WIDTH - others.length).map(
    (line, i) => `${i === 0 ? first : others}${line}`,
  );
}
