/** A contract as far as the schema lets it stand. */
import type { Contract } from "./contract.ts";

type Sound<T> = T extends readonly (infer Item)[]
  ? (Sound<Item> | undefined)[]
  : T extends object
    ? { [K in keyof T]?: Sound<T[K]> | undefined }
    : T;
/** A contract in which every value that the schema refuses is undefined. */
export type SoundParts = Sound<Omit<Contract, "provenance">>;
export type Input = NonNullable<NonNullable<SoundParts["inputs"]>[number]>;
export type Output = NonNullable<NonNullable<SoundParts["outputs"]>[number]>;
