/** Whether the holdout has the columns that the contract asks for. Pure. */

import { firstFew } from "../../common/shown.ts";
import { toNumber } from "../../common/toNumber.ts";
import { type Contract, joinPointer } from "../../contract/index.ts";
import { atMost, type Finding } from "../report/report.ts";
import type { ColumnValues } from "./cellReaders.ts";
import { type CsvRows, MEND_QUOTES } from "./csvRows.ts";

export interface Header extends Pick<CsvRows, "line" | "fault"> {
  readonly cells: readonly string[];
}

const SHOWN = 5;
const SEPARATORS = new Map([
  [";", "semicolons"],
  ["\t", "tabs"],
  ["|", "vertical bars"],
]);

/** Faults of the header. With any of them, nothing below the header can be read. */
export function headerProblems({ cells, line, fault }: Header, file: string, contract: Contract): Finding[] {
  const where = `${file}:${line}`;
  if (fault !== undefined)
    return [quotedSeparatorProblem(cells, where) ?? { what: fault, where, fix: MEND_QUOTES }];
  if (cells.length === 0)
    return [{ what: "The holdout is empty.", where, fix: "put a header and labelled rows there" }];
  const separator = separatorProblem(cells, where);
  if (separator !== undefined) return [separator];
  const has = `it has ${firstFew(cells.slice(0, 20), cells.length) || "none"}`;
  const wanted = [
    ...contract.inputs.flatMap(({ columns = [] }) => columns.map(({ name }) => name)),
    contract.validation!.holdout!.target,
  ];
  const missing = wanted.filter((name) => !cells.includes(name));
  const repeated = new Set(cells.filter((name, i) => cells.indexOf(name) !== i));
  const sliced = conditions(contract).filter(({ name }) => !wanted.includes(name) && !cells.includes(name));
  return [
    ...(missing.length === 0
      ? []
      : [
          {
            what: `The holdout has no ${missing.length === 1 ? "column" : "columns"} ${firstFew(
              missing.slice(0, SHOWN).map((name) => JSON.stringify(name)),
              missing.length,
            )}; ${has}.`,
            where,
            fix: namesDiffer(missing, cells),
          },
        ]),
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

const NAME_THEM = "name the columns as model/contract.json does";

const alike = (name: string) => name.trim().toLowerCase();

function namesDiffer(missing: readonly string[], cells: readonly string[]): string {
  const known = new Set(cells.map(alike));
  if (cells.every((name) => Number.isFinite(toNumber(name))))
    return `${NAME_THEM}, in the first line, which holds numbers`;
  if (!missing.every((name) => known.has(alike(name)))) return NAME_THEM;
  const [first = ""] = missing;
  const near = cells.find((name) => alike(name) === alike(first));
  return `${NAME_THEM}, to the letter: ${JSON.stringify(first)}, not ${JSON.stringify(near)}`;
}

/** If something other than commas separates the header's cells, it reads as a single cell. */
export function separatorProblem(cells: readonly string[], where: string): Finding | undefined {
  const [only = ""] = cells;
  const separator = cells.length === 1 ? /[;\t|]/.exec(only)?.[0] : undefined;
  if (separator === undefined) return undefined;
  return {
    what: `The holdout's header is a single cell, ${JSON.stringify(only.slice(0, 80))}: its cells are separated by ${SEPARATORS.get(separator)}, not by commas.`,
    where,
    fix: WITH_COMMAS,
  };
}

/** If something other than commas separates quoted cells, they read as one cell that goes on after its closing quote. */
function quotedSeparatorProblem([first = ""]: readonly string[], where: string): Finding | undefined {
  const separator = /"\s*([;\t|])\s*"/.exec(first)?.[1];
  if (separator === undefined) return undefined;
  return {
    what: `The cells of the holdout's header are separated by ${SEPARATORS.get(separator)}, not by commas.`,
    where,
    fix: WITH_COMMAS,
  };
}

const WITH_COMMAS = "write the file with commas between the cells and points in the numbers";

/** Slices with a range over a column that holds text. */
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

/** The conditions of the contract's slices. */
function conditions({ validation }: Contract) {
  return (validation?.slices ?? []).flatMap((slice, i) =>
    Object.entries(slice.where).map(([name, { from, below }]) => ({
      name,
      range: from !== undefined || below !== undefined,
      where: `model/contract.json, ${joinPointer(`/validation/slices/${i}/where`, name)}`,
    })),
  );
}
