/** What one value of a request or an answer is, as JSON Schema. Pure. */
import { type Column, type Datatype, limitsHeldAs, type TensorSpec } from "../../../contract/index.ts";
import { cellReader } from "../input/cells.ts";

/** A JSON Schema (2020-12), as OpenAPI 3.1 has them. */
export type Schema = Readonly<Record<string, unknown>>;

/** Half-way between the largest float32 and the next step: what is below rounds down, and so is finite. */
const FLOAT32_OVERFLOW = 2 ** 128 - 2 ** 103;
const FLOAT16_OVERFLOW = 65_520;

const magnitudeBelow = (overflow: number): Schema => ({
  type: "number",
  exclusiveMinimum: -overflow,
  exclusiveMaximum: overflow,
});
const integer = (minimum: number, maximum: number): Schema => ({ type: "integer", minimum, maximum });
/** JSON numbers hold integers exactly up to 2^53, hence the strings. For strings, a pattern bounds the digits alone. */
const integer64 = (minimum: number, pattern: string): Schema => ({
  anyOf: [
    integer(minimum, Number.MAX_SAFE_INTEGER),
    { type: "string", pattern, description: `Beyond ${Number.MAX_SAFE_INTEGER}, as a string.` },
  ],
});

const TYPES: Readonly<Record<Datatype, Schema>> = {
  BOOL: { enum: [true, false, 0, 1] },
  UINT8: integer(0, 2 ** 8 - 1),
  UINT16: integer(0, 2 ** 16 - 1),
  UINT32: integer(0, 2 ** 32 - 1),
  UINT64: integer64(0, "^[0-9]{1,19}$"),
  INT8: integer(-(2 ** 7), 2 ** 7 - 1),
  INT16: integer(-(2 ** 15), 2 ** 15 - 1),
  INT32: integer(-(2 ** 31), 2 ** 31 - 1),
  INT64: integer64(Number.MIN_SAFE_INTEGER, "^-?[0-9]{1,18}$"),
  FP16: magnitudeBelow(FLOAT16_OVERFLOW),
  FP32: magnitudeBelow(FLOAT32_OVERFLOW),
  FP64: { type: "number" },
  BYTES: { type: "string", pattern: "^[^\\u0000]*$" },
};

/** What a request may hold for a value: what `cellReader` takes, and does not only report. */
export function givenCell(
  datatype: Datatype,
  { missing, ...column }: Omit<Column, "name"> = {},
  outOfRange: TensorSpec["outOfRange"] = "refuse",
): Schema {
  const schema = presentCell(datatype, column, outOfRange);
  return missing === true ? { anyOf: [schema, { type: "null" }] } : schema;
}

function presentCell(
  datatype: Datatype,
  column: Omit<Column, "name" | "missing">,
  outOfRange: TensorSpec["outOfRange"],
): Schema {
  if (outOfRange === "report") return TYPES[datatype];
  const { categories, min, max } = limitsHeldAs(datatype, column);
  if (categories) {
    const read = cellReader(datatype, column);
    const known = categories.filter((category) => "cell" in read(category));
    const whole = datatype === "INT64" || datatype === "UINT64";
    return { enum: whole ? known.flatMap((category) => [category, String(category)]) : known };
  }
  const type = TYPES[datatype];
  return "anyOf" in type
    ? { anyOf: (type.anyOf as Schema[]).map((form) => within(form, min, max)) }
    : within(type, min, max);
}

/** Narrows a number's limits to those of a column. */
function within(schema: Schema, min: number | undefined, max: number | undefined): Schema {
  const { type, exclusiveMinimum, exclusiveMaximum, minimum, maximum } = schema as Record<string, number>;
  if (type === ("string" as unknown)) return schema;
  const narrowed: Record<string, unknown> = { ...schema };
  if (min !== undefined && min > (exclusiveMinimum ?? minimum ?? -Infinity)) {
    delete narrowed.exclusiveMinimum;
    narrowed.minimum = min;
  }
  if (max !== undefined && max < (exclusiveMaximum ?? maximum ?? Infinity)) {
    delete narrowed.exclusiveMaximum;
    narrowed.maximum = max;
  }
  return narrowed;
}

/** What an answer holds for a value: what `toScalars` gives. */
export function answeredCell(datatype: Datatype): Schema {
  if (datatype === "BOOL") return { type: "boolean" };
  if (datatype === "BYTES") return { type: "string" };
  if (datatype.startsWith("FP")) return { type: "number" };
  return datatype.endsWith("64") ? { type: ["integer", "string"] } : { type: "integer" };
}

/** Lists in lists of a cell, one level per dimension; -1 is any size. */
export function nested(cell: Schema, shape: readonly number[]): Schema {
  return shape.reduceRight<Schema>(
    (items, size) => ({
      type: "array",
      items,
      ...(size === -1 ? {} : { minItems: size, maxItems: size }),
    }),
    cell,
  );
}

/** A list of as many entries as there are schemas, each with its own. */
export function tuple(entries: readonly Schema[]): Schema {
  const { length } = entries;
  return { type: "array", prefixItems: entries, items: false, minItems: length, maxItems: length };
}

/** One schema, or any of them. */
export function oneOf(schemas: readonly Schema[]): Schema {
  return schemas.length === 1 ? schemas[0]! : { anyOf: schemas };
}
