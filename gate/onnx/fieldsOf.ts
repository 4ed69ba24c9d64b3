/** The fields of a protobuf message that `inspect.ts` needs, by number. Pure. */
import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";

export interface Field {
  /** As in the generated types: `opsetImport`. */
  readonly name: string;
  /** As in the format's definition: `opset_import`. */
  readonly protoName: string;
  /** A single text or whole number. Repeated fields and bytes are data. */
  readonly kind: "text" | "number" | "data";
  /** The kind of message that it holds, once or repeated. */
  readonly message?: DescMessage;
}

const known = new Map<DescMessage, readonly (Field | undefined)[]>();

export function fieldsOf(schema: DescMessage): readonly (Field | undefined)[] {
  let fields = known.get(schema);
  if (fields === undefined) {
    const byNumber: Field[] = [];
    for (const field of schema.fields)
      byNumber[field.number] = {
        name: field.localName,
        protoName: field.name,
        kind: kindOf(field),
        ...(field.message && { message: field.message }),
      };
    fields = byNumber;
    known.set(schema, fields);
  }
  return fields;
}

function kindOf(field: DescField): Field["kind"] {
  if (field.fieldKind === "enum") return "number";
  if (field.fieldKind !== "scalar") return "data";
  if (field.scalar === ScalarType.STRING) return "text";
  return field.scalar === ScalarType.INT32 || field.scalar === ScalarType.INT64 ? "number" : "data";
}
