/** Reads the holdout: CSV in, tensors and labels out, every problem named. Pure. */
import Papa from "papaparse";
import type { Contract } from "../../model/contract.ts";
import { newData, type TensorData } from "../../model/tensors.ts";
import type { TensorValues } from "./measurements.ts";
import { atMost, type Objection } from "./report.ts";

export interface Holdout {
  readonly rows: number;
  readonly inputs: TensorValues;
  /** The right answers, one per row, as the contract's classes written as text. */
  readonly labels: readonly string[];
}

/** What a holdout looks like that cannot be read, so that the other checks still run. */
export const EMPTY_HOLDOUT: Holdout = { rows: 0, inputs: {}, labels: [] };

/**
 * @param file Its name, for the objections.
 * @param target The column that holds the right answer.
 */
export function parseHoldout(
  text: string,
  file: string,
  contract: Contract,
  target: string,
): { holdout: Holdout; objections: readonly Objection[] } {
  const { data } = Papa.parse<string[]>(text, { delimiter: ",", skipEmptyLines: false });
  const [header = [], ...below] = data;
  const lines = below
    .map((row, i) => ({ row, line: i + 2 }))
    .filter(({ row }) => row.length > 1 || row[0] !== "");
  const rows = lines.map(({ row }) => row);
  const lineOf = (i: number) => lines[i]?.line ?? 0;
  const columns = contract.inputs.flatMap((input) => input.columns ?? []).map(({ name }) => name);
  const problems = headerProblems(
    header.length === 1 && header[0] === "" ? [] : header,
    [...columns, target],
    file,
  );
  if (problems.length > 0) return { holdout: EMPTY_HOLDOUT, objections: problems };

  if (rows.length === 0)
    return {
      holdout: EMPTY_HOLDOUT,
      objections: [{ what: "The holdout has no rows.", where: file, fix: "put labelled rows there" }],
    };
  const faults: Objection[] = [];
  const cell = (line: number, column: string, what: string) =>
    faults.push({ what, where: `${file}:${line}, column ${column}`, fix: "mend or remove that row" });
  rows.forEach((row, i) => {
    if (row.length !== header.length)
      cell(
        lineOf(i),
        header[0] ?? "",
        `The row has ${row.length} cells, and the header has ${header.length}.`,
      );
  });
  const at = (name: string) => header.indexOf(name);
  const inputs = Object.fromEntries(
    contract.inputs.map((input) => {
      const names = (input.columns ?? []).map(({ name }) => name);
      const [, ...rest] = input.shape;
      return [
        input.name,
        {
          shape: [rows.length, ...rest],
          data: values(
            rows,
            names.map((name) => [name, at(name)]),
            input.datatype,
            (i, column, what) => cell(lineOf(i), column, what),
          ),
        },
      ];
    }),
  );
  const labels = rows.map((row, i) =>
    label(row[at(target)] ?? "", contract, (what) => cell(lineOf(i), target, what)),
  );
  return {
    holdout: faults.length > 0 ? EMPTY_HOLDOUT : { rows: rows.length, inputs, labels },
    objections: atMost(5, faults),
  };
}

function headerProblems(header: readonly string[], wanted: readonly string[], file: string): Objection[] {
  const where = `${file}:1`;
  const missing = wanted.filter((name) => !header.includes(name));
  const repeated = new Set(header.filter((name, i) => header.indexOf(name) !== i));
  return [
    ...missing.map((name) => ({
      what: `The holdout has no column ${JSON.stringify(name)}; it has ${header.join(", ") || "none"}.`,
      where,
      fix: "name the columns as model/contract.json does",
    })),
    ...[...repeated].map((name) => ({
      what: `The holdout has the column ${JSON.stringify(name)} twice.`,
      where,
      fix: "remove or rename one of them",
    })),
  ];
}

function values(
  rows: readonly string[][],
  columns: readonly (readonly [name: string, index: number])[],
  datatype: Contract["inputs"][number]["datatype"],
  fault: (row: number, column: string, what: string) => void,
): TensorData {
  const data = newData(datatype, rows.length * columns.length) as (number | string | bigint)[];
  rows.forEach((row, i) => {
    columns.forEach(([name, index], j) => {
      const text = row[index] ?? "";
      const at = i * columns.length + j;
      if (datatype === "BYTES") data[at] = text;
      else if (text.trim() === "" || !Number.isFinite(Number(text)))
        fault(i, name, `${JSON.stringify(text)} is no finite number.`);
      else {
        if (typeof data[at] !== "bigint") data[at] = Number(text);
        else if (Number.isInteger(Number(text))) data[at] = BigInt(Number(text));
        const holds = datatype.startsWith("FP")
          ? Number.isFinite(data[at])
          : Number(data[at]) === Number(text);
        if (!holds) fault(i, name, `${JSON.stringify(text)} is no ${datatype}.`);
      }
    });
  });
  return data as TensorData;
}

/** As the contract writes the class: `1.0` and `1` are the same integer class. */
function label(text: string, { classes }: Contract, fault: (what: string) => void): string {
  const found = classes?.find((entry) =>
    typeof entry === "number" ? text.trim() !== "" && Number(text) === entry : text === entry,
  );
  if (classes && found === undefined)
    fault(`${JSON.stringify(text)} is none of the classes ${classes.join(", ")}.`);
  return String(found ?? text);
}
