/** The holdout can be read, and the model answers each of its rows with finite numbers. Pure. */
import type { Evidence } from "../evidence.ts";
import { type Check, count } from "../report.ts";

export function checkHoldout({ holdout, answers, unanswered }: Evidence): Check | undefined {
  if (holdout === undefined) return undefined;
  const check = { name: "holdout", found: holdout.file, objections: [], warnings: [] };
  if (holdout.value === undefined) return { ...check, objections: holdout.findings };
  const rows = count(holdout.value.rows, "row");
  if (answers !== undefined) return { ...check, found: `${rows} answered` };
  if (unanswered === undefined) return { ...check, notJudged: "the model was not run on it" };
  return {
    ...check,
    found: rows,
    objections: [
      {
        what: `The model fails on the holdout: ${unanswered}`,
        where: holdout.file,
        fix: "export the model so that it takes the holdout's rows and answers each",
      },
    ],
  };
}
