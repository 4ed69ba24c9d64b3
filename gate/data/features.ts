/** The columns of the holdout that the model sees. Pure. */
import type { Column, Contract, Datatype } from "../../contract/index.ts";
import type { WideIntegers } from "./cellReaders.ts";
import type { Columns, ColumnValues } from "./parseHoldout.ts";

export interface Feature {
  readonly name: string;
  readonly column: Column;
  /** Its place in the contract: `/inputs/0/columns/1`. */
  readonly pointer: string;
  /** One per row: text if the input is BYTES, otherwise numbers. */
  readonly values: ColumnValues;
  /** The same values to the last digit, if doubles cannot hold them. */
  readonly exact?: WideIntegers;
  readonly datatype: Datatype;
}

export function features({ inputs }: Contract, { columns: values, exact }: Columns): Feature[] {
  return inputs.flatMap(({ columns = [], datatype }, i) =>
    columns.map((column, j) => ({
      name: column.name,
      column,
      pointer: `/inputs/${i}/columns/${j}`,
      values: values[column.name]!,
      ...(exact[column.name] && { exact: exact[column.name]! }),
      datatype,
    })),
  );
}
