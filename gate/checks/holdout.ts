/** The holdout can be read, and the model answers each of its rows, in every output, with finite numbers. Pure. */
import { notFiniteText } from "../evidence/answers.ts";
import { failed, notRun } from "../measure/measurements.ts";
import { count, type Finding } from "../report/report.ts";
import { type CheckDefinition, judged, notHad, withoutHoldout } from "./check.ts";

/** Name of the holdout among the tables that the model runs on. */
export const HOLDOUT = "holdout";

const FIX = "export the model so that it takes the holdout's rows and answers each";

export const checkHoldout: CheckDefinition = {
  name: "holdout",
  notAsked: withoutHoldout,
  judge({ contract, holdout, measured, answers }) {
    const { file, value, findings } = holdout!;
    if (value === undefined) return judged(file, { objections: findings });
    const table = measured.tables[HOLDOUT]!;
    if (notRun(table)) return notHad(table);
    const objection = (why: string, fix = FIX): Finding => ({
      what: `The model fails on the holdout: ${why.replace(/\.$/, "")}.`,
      where: file,
      fix,
    });
    const rows = count(value.rows, "row");
    if (failed(table)) return judged(rows, { objections: [objection(table.error, table.fix)] });
    const notFinite = table.notFinite.map((faulty) => objection(notFiniteText(faulty, value.lines)));
    if (notFinite.length > 0) return judged(rows, { objections: notFinite });
    return failed(answers) && contract.task !== "raw"
      ? judged(rows, { objections: [objection(answers.error, answers.fix)] })
      : judged(`${rows} answered`);
  },
};
