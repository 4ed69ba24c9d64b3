/** Whether the holdout has the columns that the contract asks for. Pure. */

import type { Contract } from "../../model/contract.ts";
import { join } from "../../model/jsonPointer.ts";
import type { ColumnValues } from "./cellReaders.ts";
import { type CsvRows, MEND_QUOTES } from "./csvRows.ts";
import { isLfsPointer } from "./isLfsPointer.ts";
import { atMost, type Finding } from "./report.ts";
import { firstFew } from "./shown.ts";
import { toNumber } from "./toNumber.ts";

export interface Header extends Pick<CsvRows, "line" | "fault"> {
  readonly cells: readonly string[];
}

const SHOWN = 5;
const SEPARATORS = new Map([
  [";", "semicolons"],
  ["\t", "tabs"],
  ["|", "vertical bars"],
]);

/** What is wrong with the header: with any of it, nothing below it can be read. */
export function headerProblems({ cells, line, fault }: Header, file: string, contract: Contract): Finding[] {
  const where = `${file}:${line}`;
  if (fault !== undefined) return [{ what: fault, where, fix: MEND_QUOTES }];
  const other = notCsv(cells, where) ?? separatorProblem(cells, where);
  if (other !== undefined) return [other];
  const has = `it has ${firstFew(cells.slice(0, 20), cells.length) || "none"}`;
  const wanted = [
    ...contract.inputs.flatMap(({ columns = [] }) => columns.map(({ name }) => name)),
    contract.validation!.holdout!.target,
  ];
  const missing = wanted.filter((name) => !cells.includes(name));
  const repeated = new Set(cells.filter((name, i) => cells.indexOf(name) !== i));
  const sliced = conditions(contract).filter(({ name }) => !wanted.includes(name) && !cells.includes(name));
  return [
    ...atMost(
      SHOWN,
      missing.map((name) => ({
        what: `The holdout has no column ${JSON.stringify(name)}; ${has}.`,
        where,
        fix: "name the columns as model/contract.json does",
      })),
    ),
    ...atMost(
      SHOWN,
      [...repeated].map((name) => ({
        what: `The holdout has the column ${JSON.stringify(name)} twice.`,
        where,
        fix: "remove or rename one of them",
      })),
    ),
    ...atMost(
      SHOWN,
      sliced.map(({ name, where: asked }) => ({
        what: `A slice asks for the column ${JSON.stringify(name)}, and the holdout has none of that name; ${has}.`,
        where: `${asked}; ${where}`,
        fix: "name a column of the holdout, or add that one to it",
      })),
    ),
  ];
}

/** What files are that were not checked out, or not written, as CSV. */
function notCsv([first]: readonly string[], where: string): Finding | undefined {
  if (first === undefined)
    return { what: "The holdout is empty.", where, fix: "put a header and labelled rows there" };
  if (isLfsPointer(first))
    return { what: "The holdout is a Git LFS pointer, not the rows themselves.", where, fix: "git lfs pull" };
  if (first.includes("\0"))
    return {
      what: "The holdout is no text in UTF-8: it holds bytes that are 0, as UTF-16 and binary files do.",
      where,
      fix: "write it as CSV, in UTF-8",
    };
  return undefined;
}

/** A header whose cells are separated by something else is a single cell. */
export function separatorProblem(cells: readonly string[], where: string): Finding | undefined {
  const [only = ""] = cells;
  const separator = cells.length === 1 ? /[;\t|]/.exec(only)?.[0] : undefined;
  if (separator === undefined) return undefined;
  const name = SEPARATORS.get(separator);
  return {
    what: `The holdout's header is a single cell, ${JSON.stringify(only.slice(0, 80))}: its cells are separated by ${name}, not by commas.`,
    where,
    fix: "write the file with commas between the cells and points in the numbers",
  };
}

/** Slices that want a range of a column with text in it. */
export function sliceProblems(
  columns: Readonly<Record<string, ColumnValues>>,
  lines: Int32Array,
  file: string,
  contract: Contract,
): readonly Finding[] {
  const problems = conditions(contract).flatMap(({ name, range, where }) => {
    const values = columns[name];
    if (!range || values === undefined || values instanceof Float64Array) return [];
    const first = values.findIndex((cell) => !Number.isFinite(toNumber(cell)));
    return [
      {
        what: `A slice asks for a range of ${name}, and not every cell there is a number: the first other one is ${JSON.stringify(values[first])}.`,
        where: `${where}; ${file}:${lines[first]}, column ${name}`,
        fix: 'mend the column, or list the values that the slice takes: {"in": […]}',
      },
    ];
  });
  return atMost(SHOWN, problems);
}

/** What the contract's slices ask of the columns. */
function conditions({ validation }: Contract) {
  return (validation?.slices ?? []).flatMap((slice, i) =>
    Object.entries(slice.where).map(([name, { from, below }]) => ({
      name,
      range: from !== undefined || below !== undefined,
      where: `model/contract.json, ${join(`/validation/slices/${i}/where`, name)}`,
    })),
  );
}
