/** The parts of a contract's schemas. */
import { Type } from "typebox";

const FILE = {
  pattern: "^(?!/)(?!.*(^|/)\\.\\.(/|$))[^\\\\]+$",
  patternErrorMessage: "must be a path relative to the contract, with / between folders and without ..",
};

export const closed = { additionalProperties: false } as const;
export const name = (description: string) => Type.String({ minLength: 1, description });
export const path = (description: string) => Type.String({ ...FILE, description });
/** A class label or a category. */
export const label = (description?: string) =>
  Type.Unsafe<number | string>({ type: ["integer", "string"], ...(description && { description }) });
