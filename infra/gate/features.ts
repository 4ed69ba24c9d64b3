/** The columns of the holdout that the model is shown. Pure. */
import type { Column, Contract } from "../../model/contract.ts";
import type { ColumnValues, Holdout } from "./holdout.ts";

export interface Feature {
  readonly name: string;
  readonly column: Column;
  /** Where the contract declares it: `/inputs/0/columns/1`. */
  readonly pointer: string;
  /** One per row: text where the input is of BYTES, else numbers. */
  readonly values: ColumnValues;
}

export function features({ inputs }: Contract, { columns: values }: Holdout): Feature[] {
  return inputs.flatMap(({ columns = [] }, i) =>
    columns.map((column, j) => ({
      name: column.name,
      column,
      pointer: `/inputs/${i}/columns/${j}`,
      values: values[column.name]!,
    })),
  );
}
