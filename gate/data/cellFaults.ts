/** Faults of cells: one finding for each column and cause, with a line of pandas that fixes the column. Pure. */

import { firstFew, whole } from "../../common/shown.ts";
import type { Datatype } from "../../contract/index.ts";
import { atMost, count, type Finding } from "../report/report.ts";

export type Cause = keyof typeof CAUSES;

/** What the cell should be. */
interface Wanted {
  readonly column: string;
  readonly datatype: Datatype | "a number" | "a label";
  /** The contract's classes, if it lists them. */
  readonly classes?: readonly (number | string)[] | undefined;
}

interface Description {
  /** `an empty cell` */
  readonly noun: (wanted: Wanted) => string;
  /** @param column The column's name in quotes. @param seen The first such cells. */
  readonly fix: (column: string, seen: readonly string[], wanted: Wanted) => string;
}

// The lines are for a file as pandas.read_csv reads it: a column is text if any cell is. No line changes a cell that is
// right. If a line cannot fix a cell, pandas raises an error: docs/decisions/0011-nothing-unjudged-passes.md.
const POINT = '.str.replace(",", ".", regex=False).astype(float)';
/** For points that separate thousands, before a decimal comma. */
const POINT_ALONE =
  '.map(lambda cell: cell.replace(".", "").replace(",", ".") if "," in cell else cell, na_action="ignore").astype(float)';
const NO_THOUSANDS = `.str.replace(r"[,'\\s_]", "", regex=True).astype(float)`;
const NO_CURRENCY = '.str.replace(r"^[^\\d+()-]+|[^\\d()]+$", "", regex=True)';
const AMBIGUOUS =
  "write each number without thousands separators and without currency, and with a point for its decimals";

const assigned = (column: string, steps: string) => `df[${column}] = df[${column}]${steps}`;

/** Ends the fix for a value that is missing. */
export const IF_TAKEN =
  '; if the model takes missing values, say so of the column in the contract: "missing": true';

const ifTaken = ({ datatype }: Wanted) => (datatype.startsWith("FP") ? IF_TAKEN : "");

const CAUSES = {
  empty: {
    noun: () => "an empty cell",
    fix: (column, _seen, wanted) =>
      `fill them as in training, or leave those rows out, in pandas: df = df.dropna(subset=[${column}])${ifTaken(wanted)}`,
  },
  missing: {
    noun: () => "a word for a missing value",
    fix: (column, seen, wanted) =>
      `fill them as in training, or leave those rows out, in pandas: df = df[df[${column}].notna() & ~df[${column}].isin([${seen.map(quoted).join(", ")}])]${ifTaken(wanted)}`,
  },
  truth: {
    noun: () => "a truth value as a word",
    fix: (column, seen) =>
      `write them as in training, in pandas: ${assigned(column, `${truthSteps(seen, ["1", "0"])}.astype(float)`)}`,
  },
  thousands: {
    noun: () => "a number with thousands separators",
    fix: (column) => `write it without, in pandas: ${assigned(column, NO_THOUSANDS)}`,
  },
  decimalComma: {
    noun: () => "a number with a decimal comma",
    fix: (column, seen) =>
      `write it with a point, in pandas: ${assigned(column, seen.some((text) => text.includes(".")) ? POINT_ALONE : POINT)}`,
  },
  percent: {
    noun: () => "a percentage",
    fix: (column) =>
      `write the number alone, divided by 100 if the model was trained so, in pandas: ${assigned(column, '.str.rstrip("% ").astype(float)')}`,
  },
  currency: {
    noun: () => "an amount with its currency",
    fix: (column, seen) => {
      const steps = amountSteps(seen);
      if (steps === undefined) return AMBIGUOUS;
      return `write the number alone, in pandas: ${assigned(column, NO_CURRENCY + steps)}`;
    },
  },
  notDecimal: {
    noun: () => "a number that is not decimal",
    fix: (column) => `write it in decimal, in pandas: ${assigned(column, ".map(lambda text: int(text, 0))")}`,
  },
  infinite: {
    noun: () => "a number that is not finite",
    fix: (column) => `leave those rows out, in pandas: df = df[numpy.isfinite(df[${column}])]`,
  },
  date: {
    noun: () => "a date instead of a number",
    fix: (column, seen) =>
      `write it as in training, perhaps in seconds since 1970, in pandas: df[${column}] = (pandas.to_datetime(df[${column}], ${dayFirst(seen)}utc=True) - pandas.Timestamp(0, tz="UTC")).dt.total_seconds()`,
  },
  words: {
    noun: ({ datatype }) => `text instead of ${datatype}`,
    fix: (column, seen) =>
      `give the numbers that the model was trained on, in pandas: ${assigned(column, `.replace(${mapping(seen)})`)}`,
  },
  fraction: {
    noun: ({ datatype }) => `a fraction instead of ${datatype}`,
    fix: (column) =>
      `round them if the model was trained so, in pandas: ${assigned(column, '.round().astype("int64")')}`,
  },
  range: {
    noun: ({ datatype }) => `a number that ${datatype} cannot hold`,
    fix: (column) =>
      `mend those values, or leave those rows out; df[${column}].describe() in pandas shows the range`,
  },
  cutText: {
    noun: () => "a text with U+0000, at which ONNX Runtime ends it",
    fix: (column) => `take it out, in pandas: ${assigned(column, '.str.replace("\\0", "", regex=False)')}`,
  },
  noClass: {
    noun: ({ classes = [] }) =>
      `a target that is none of the classes ${firstFew(classes.slice(0, 10).map(String), classes.length)}`,
    fix: (column, seen, { classes = [] }) =>
      `write the labels as the model gives them, in pandas: ${assigned(
        column,
        classes.length === 2 && seen.every((text) => TRUTH.test(text))
          ? truthSteps(seen, [String(classes[1]), String(classes[0])])
          : `.astype(str).replace(${mapping(seen)})`,
      )}`,
  },
} satisfies Record<string, Description>;

const MISSING =
  /^(na|n\/a|n\.a\.|#n\/a|#na|#n\/a n\/a|<na>|-?nan|nat|null|none|nil|missing|unknown|-|--|\?|\.)$/i;
const TRUTH = /^(true|false|yes|no|y|n|t|f)$/i;
const YES = /^[yt]/i;

/** Words that pandas also reads as a missing value, and others that people write. */
export const isMissing = (cell: string): boolean => MISSING.test(cell.trim());

/** Why a cell is no number. */
export function causeOf(cell: string): Cause {
  const text = cell.trim();
  if (text === "") return "empty";
  if (MISSING.test(text)) return "missing";
  if (TRUTH.test(text)) return "truth";
  if (/^[+-]?inf(inity)?$/i.test(text) || /^[+-]?\d+e\+?\d{3,}$/i.test(text)) return "infinite";
  if (/^[+-]?0[xob][\da-f]+$/i.test(text)) return "notDecimal";
  if (/^[+-]?[\d.,]+ ?%$/.test(text)) return "percent";
  if (/^[+-]?(\p{Sc}|[A-Z]{3} ?) ?[\d.,' ]+$|^[+-]?[\d.,' ]+ ?(\p{Sc}|[A-Z]{3})$/u.test(text))
    return "currency";
  if (/^[+-]?[1-9]\d{0,2}([,'\u00a0\u202f _]\d{2,3})*[,'\u00a0\u202f _]\d{3}(\.\d+)?$/.test(text))
    return "thousands";
  if (/^[+-]?\d{1,3}([.' \u00a0\u202f]\d{3})*,\d+$|^[+-]?\d+,\d+$/.test(text)) return "decimalComma";
  if (/^\d{4}-\d\d-\d\d|^\d{1,2}[./]\d{1,2}[./]\d{2,4}/.test(text)) return "date";
  return "words";
}

const quoted = (text: string) => JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);

/** `{"north": …, "south": …}` */
const mapping = (seen: readonly string[]) => `{${seen.map((text) => `${quoted(text)}: …`).join(", ")}}`;

/** Turns words into `yes` and `no`, in small or capital letters: pandas has read True and False as truth values. */
function truthSteps(seen: readonly string[], [yes, no]: readonly [string, string]): string {
  const words = [...new Set(seen.map((text) => text.trim().toLowerCase()))];
  const pairs = words.map((word) => `${quoted(word)}: ${JSON.stringify(YES.test(word) ? yes : no)}`);
  return `.astype(str).str.lower().replace({${pairs.join(", ")}})`;
}

/** Turns amounts without their currency into numbers. Undefined if their commas mean two things. */
function amountSteps(seen: readonly string[]): string | undefined {
  const amounts = seen.map((text) => text.slice(0, 60).replaceAll(/^[^\d+()-]+|[^\d()]+$/g, ""));
  const written = (cause: Cause) => amounts.some((amount) => causeOf(amount) === cause);
  if (written("decimalComma"))
    return written("thousands")
      ? undefined
      : amounts.some((amount) => amount.includes("."))
        ? POINT_ALONE
        : POINT;
  return written("thousands") ? NO_THOUSANDS : ".astype(float)";
}

/** The order that pandas needs: 31.1.2024 begins with the day, and people must decide about 1/2/2024. */
function dayFirst(seen: readonly string[]): string {
  if (seen.some((text) => /^\d+\./.test(text.trim()))) return "dayfirst=True, ";
  return seen.some((text) => /^\d+\//.test(text.trim())) ? "dayfirst=…, " : "";
}

/** The meanings of a comma. In a column with both, neither is certain. */
const COMMAS: readonly Cause[] = ["thousands", "decimalComma"];
/** Cells that are shown for each column and cause. */
const SHOWN = 3;
/** Columns that are shown for each cause. */
const COLUMNS_SHOWN = 5;

interface Group {
  readonly cause: Cause;
  readonly wanted: Wanted;
  rows: number;
  readonly first: { readonly line: number; readonly text: string }[];
  /** In the order in which they came. */
  readonly distinct: Set<string>;
}

/** Faults of cells, counted: a file can have millions. */
export class CellFaults {
  readonly #groups = new Map<string, Group>();

  get any(): boolean {
    return this.#groups.size > 0;
  }

  note(cause: Cause, wanted: Wanted, line: number, text: string): void {
    const key = `${cause} ${wanted.column}`;
    let group = this.#groups.get(key);
    if (group === undefined)
      this.#groups.set(key, (group = { cause, wanted, rows: 0, first: [], distinct: new Set() }));
    group.rows++;
    if (group.first.length < SHOWN) group.first.push({ line, text });
    if (group.distinct.size < SHOWN) group.distinct.add(text);
  }

  /** @param rows Number of rows in the whole file. */
  findings(file: string, rows: number): Finding[] {
    const byCause = new Map<Cause, Group[]>();
    for (const group of this.#groups.values())
      byCause.set(group.cause, [...(byCause.get(group.cause) ?? []), group]);
    const has = (cause: Cause, { wanted }: Group) =>
      byCause.get(cause)?.some((other) => other.wanted.column === wanted.column) === true;
    const meansTwo = (group: Group) =>
      COMMAS.includes(group.cause) && COMMAS.every((cause) => has(cause, group));
    return [...byCause.values()].flatMap((groups) =>
      atMost(
        COLUMNS_SHOWN,
        groups.map((group) => {
          const found = finding(group, file, rows);
          return meansTwo(group) ? { ...found, fix: AMBIGUOUS } : found;
        }),
      ),
    );
  }
}

function finding({ cause, wanted, rows, first, distinct }: Group, file: string, all: number): Finding {
  const { noun, fix }: Description = CAUSES[cause];
  const column = JSON.stringify(wanted.column);
  const lines = first.map(({ line }) => line.toLocaleString("en", { useGrouping: false }));
  const few =
    cause === "empty"
      ? `${rows === 1 ? "line" : "lines"} ${firstFew(lines, rows)}`
      : firstFew(
          first.map(({ text }, i) => `${quoted(text)} in line ${lines[i]}`),
          rows,
        );
  return {
    what: `${whole(rows)} of ${count(all, "row")} ${rows === 1 ? "has" : "have"} ${noun(wanted)} in ${wanted.column}: ${few}.`,
    where: `${file}:${lines[0]}, column ${wanted.column}`,
    fix: fix(column, [...distinct], wanted),
  };
}
