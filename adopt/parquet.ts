/** Turns labelled rows in Parquet into the CSV that `model/` keeps. Pure. */
import { type DecodedArray, parquetMetadata, parquetScan, parquetSchema, type SchemaTree } from "hyparquet";
import { compressors } from "hyparquet-compressors"; // gzip, zstd and brotli: hyparquet has snappy alone
import { isLfsPointer } from "../common/isLfsPointer.ts";
import { whole } from "../common/shown.ts";
import { atMost, type Finding } from "../gate/report/index.ts";
import { Mistake, mistake } from "./mistake.ts";
import { shortestFloat32 } from "./shortestFloat32.ts";

const MAGIC = "PAR1";
/** The magic bytes if the footer is encrypted, too. Otherwise single columns say so. */
const ENCRYPTED = "PARE";

/** How many unusable columns are shown. */
const SHOWN = 5;
/** Rows turned into text at a time: a string has at most half a gigabyte. */
const ROWS_AT_ONCE = 10_000;

/**
 * Each cell becomes the shortest text that reads back as the same value. Null and the empty text become an empty cell;
 * true and false become 1 and 0, as a model takes them.
 *
 * @param bytes The file's contents. If a damaged page claims too many values, the process can run out of memory:
 *   hyparquet allocates what is claimed.
 * @param file The name that was given, for the messages.
 * @throws Mistake if it is damaged, or holds columns that are neither numbers nor text.
 */
export async function parquetToCsv(bytes: Buffer, file: string): Promise<Buffer> {
  const metadata = footer(bytes, file);
  const columns = parquetSchema(metadata).children;
  const unusable = columns.flatMap((column) => columnProblem(column, file));
  if (unusable.length > 0) throw new Mistake(atMost(SHOWN, unusable));

  const names = columns.map(({ element }) => element.name);
  const writers = columns.map(({ element }) => (element.type === "FLOAT" ? float32 : plain));
  const parts: Buffer[] = [Buffer.from(`${names.map(quoted).join(",")}\n`)];
  try {
    const scan = await parquetScan({
      file: readable(bytes),
      metadata,
      compressors,
      parsers,
      useOffsetIndex: false,
    });
    for (const { rowStart, rowEnd } of scan.ranges) {
      const values = await Promise.all(names.map((column) => scan.readColumn({ column, rowStart, rowEnd })));
      const short = values.findIndex(({ length }) => length !== rowEnd - rowStart);
      if (short !== -1) throw new Error(`the column ${JSON.stringify(names[short])} ends early`);
      parts.push(...rowsText(values, writers));
    }
  } catch (error) {
    throw damaged((error as Error).message, file);
  }
  return Buffer.concat(parts);
}

function footer(bytes: Buffer, file: string) {
  const first = bytes.toString("latin1", 0, MAGIC.length);
  const last = bytes.toString("latin1", Math.max(0, bytes.length - MAGIC.length));
  if (first === ENCRYPTED || last === ENCRYPTED) throw encrypted(file);
  if (first !== MAGIC) throw notParquet(bytes, file);
  if (last !== MAGIC)
    throw mistake(
      `The Parquet file is cut off: its ${whole(bytes.length)} bytes do not end with ${MAGIC}.`,
      file,
      "copy or download it again, whole",
    );
  let metadata: ReturnType<typeof parquetMetadata>;
  try {
    metadata = parquetMetadata(bytes, { geoparquet: false });
  } catch (error) {
    throw damaged((error as Error).message, file);
  }
  if (
    metadata.row_groups.some(({ columns }) => columns.some((column) => column.crypto_metadata !== undefined))
  )
    throw encrypted(file);
  return metadata;
}

function notParquet(bytes: Buffer, file: string): Mistake {
  const start = bytes.toString("latin1", 0, 40);
  return isLfsPointer(start)
    ? mistake("The file is a Git LFS pointer, not Parquet.", file, "git lfs pull")
    : mistake(
        `The file is named as Parquet, but begins with ${JSON.stringify(start)}, not with ${MAGIC}.`,
        file,
        'name a CSV .csv; otherwise write Parquet, in pandas: df.to_parquet("holdout.parquet", index=False)',
      );
}

const encrypted = (file: string) =>
  mistake("The Parquet file is encrypted.", file, "write it without encryption, or as CSV");

const damaged = (reason: string, file: string) =>
  mistake(
    `The Parquet file is damaged, or written in a way that hyparquet does not read: ${reason}.`,
    file,
    `write it again, or as CSV, in Python: pandas.read_parquet(${JSON.stringify(file)}).to_csv("holdout.csv", index=False)`,
  );

/** Why a column cannot be written as cells for a model. */
function columnProblem({ element, children }: SchemaTree, file: string): Finding[] {
  const name = JSON.stringify(element.name);
  const problem = (what: string, fix: string) => [{ what, where: `${file}, column ${element.name}`, fix }];
  if (/^__index_level_\d+__$/.test(element.name))
    return problem(
      `The column ${name} is the index that pandas writes.`,
      'leave the index out: df.to_parquet("holdout.parquet", index=False)',
    );
  const type = typeOf(element, children.length > 0);
  if (USABLE.has(type)) return [];
  return problem(
    `The column ${name} is of type ${type}, but a cell of the holdout is a number, a boolean or text.`,
    type === "DECIMAL"
      ? `in pandas: df[${name}] = df[${name}].astype(float)`
      : `leave it out, in pandas: df = df.drop(columns=[${name}]); or, if the model takes it, write it as the model takes it`,
  );
}

const USABLE = new Set(
  (
    "BOOLEAN INT32 INT64 FLOAT DOUBLE FLOAT16 INTEGER STRING UTF8 ENUM NULL " +
    "INT_8 INT_16 INT_32 INT_64 UINT_8 UINT_16 UINT_32 UINT_64"
  ).split(" "),
);

/** The type as the Parquet format names it: what the bytes mean if that is given, otherwise how they are stored. */
function typeOf(
  { type, logical_type, converted_type, repetition_type }: SchemaTree["element"],
  nested: boolean,
) {
  const means = logical_type?.type ?? converted_type;
  if (nested) return means ?? "STRUCT";
  if (repetition_type === "REPEATED") return "LIST";
  return means ?? type ?? "no type";
}

const parsers = {
  // Hyparquet's own parser drops a byte order mark, and replaces invalid UTF-8 with U+FFFD.
  stringFromBytes: (text: Uint8Array | undefined) => text && utf8.decode(text),
};
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const readable = ({ buffer, byteOffset, byteLength }: Buffer) => ({
  byteLength,
  slice: (start: number, end = byteLength) =>
    (buffer as ArrayBuffer).slice(byteOffset + start, byteOffset + Math.min(end, byteLength)),
});

type Value = number | bigint | boolean | string | null | undefined;
type Writer = (value: Value) => string;

function* rowsText(columns: readonly DecodedArray[], writers: readonly Writer[]): Generator<Buffer> {
  const rows = columns[0]?.length ?? 0;
  for (let start = 0; start < rows; start += ROWS_AT_ONCE) {
    let text = "";
    for (let row = start; row < Math.min(rows, start + ROWS_AT_ONCE); row++)
      text += `${columns.map((values, j) => writers[j]!(values[row])).join(",")}\n`;
    yield Buffer.from(text);
  }
}

function plain(value: Value): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? "1" : "0";
  if (typeof value === "string") return quoted(value);
  return Object.is(value, -0) ? "-0" : String(value);
}

const float32: Writer = (value) => plain(typeof value === "number" ? shortestFloat32(value) : value);

const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
