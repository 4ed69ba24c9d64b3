/** The plan for a model that is being adopted. */
import type { Contract, Datatype } from "../contract/index.ts";
import { type Choices, type Decision } from "./mistake.ts";

export interface Plan {
  readonly parts: Omit<Contract, "name" | "version" | "validation"> & {
    readonly validation: NonNullable<Contract["validation"]>;
  };
  readonly golden: object;
  readonly decisions: readonly Decision[];
  readonly example: object;
}

/** What the person who adopts the model has said. */
export interface Given {
  readonly modelFile: string;
  readonly choices: Choices;
}

/** A tensor as a contract declares it. */
export const plainSpec = ({
  name,
  datatype,
  shape,
}: {
  name: string;
  datatype: Datatype;
  shape: readonly number[];
}) => ({
  name,
  datatype,
  shape: [...shape],
});
