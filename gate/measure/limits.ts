/** Limits of time and memory for the model, far above what an honest one needs. Pure. */
import { ARRAYS, type Contract, elementCount } from "../../contract/index.ts";
import type { ProcessLimits } from "./modelProcess.ts";

export interface Limits extends ProcessLimits {
  /** Longest time that any step may take, in seconds of processor time. */
  readonly stepSeconds: number;
}

export const LIMITS: Limits = { stepSeconds: 120, cpuSeconds: 3600, mebibytes: 4096, idleSeconds: 60 };

/** Time per row if the contract has no budget, in milliseconds of processor time. A model that needs more says so there. */
const PACE = 100;
/** Quantiles of single rows say little about the slowest ones. */
const SLACK = 4;

export const LIMIT_FIX =
  "give it more time as limits.stepSeconds in model/contract.json, /validation, where a reviewer sees it; use fewer rows; or make the model faster";

/** Longest time for a step over this many rows, in seconds of processor time. */
export function stepSeconds({ validation }: Contract, rows: number, { stepSeconds: least }: Limits): number {
  const { limits, budgets } = validation ?? {};
  const pace = budgets?.p99Milliseconds ?? budgets?.p50Milliseconds;
  return limits?.stepSeconds ?? Math.max(least, (rows * (pace === undefined ? PACE : SLACK * pace)) / 1000);
}

/** The same for loading. */
export function loadSeconds({ validation }: Contract, { stepSeconds: least }: Limits): number {
  return validation?.limits?.stepSeconds ?? Math.max(least, SLACK * (validation?.budgets?.loadSeconds ?? 0));
}

/**
 * The kernel's limits for this model.
 *
 * @param modelBytes Size of the model's file. It is in memory three times while it loads: its bytes, their decoded form, and the session.
 * @param holdoutBytes Size of the holdout's file, which bounds the number of rows.
 */
export function limitsFor(
  contract: Contract,
  { modelBytes, holdoutBytes }: { readonly modelBytes: number; readonly holdoutBytes: number },
): Limits {
  const { budgets } = contract.validation ?? {};
  const mebibytes =
    LIMITS.mebibytes + Math.ceil((4 * modelBytes) / 2 ** 20) + (budgets?.memoryMebibytes ?? 0);
  const cells = Math.max(
    1,
    contract.inputs.reduce((sum, { columns = [] }) => sum + columns.length, 0),
  );
  const rows = Math.ceil(holdoutBytes / (2 * cells)); // each cell has at least a digit and a comma
  const cpuSeconds = LIMITS.cpuSeconds + 4 * stepSeconds(contract, rows, LIMITS);
  return { ...LIMITS, mebibytes, cpuSeconds };
}

/** Most rows in a run: more gains nothing. */
const MOST_ROWS = 1024;
/** Largest inputs of a run, in bytes. */
const MOST_BYTES = 16 * 2 ** 20;

/** Rows that are run together. It depends on the contract alone, so that the same rows are run together everywhere. */
export function batchRows({ inputs }: Pick<Contract, "inputs">): number {
  const bytes = inputs.reduce((sum, { datatype, shape }) => {
    const width = datatype === "BYTES" ? 64 : ARRAYS[datatype].BYTES_PER_ELEMENT;
    return sum + width * Math.abs(elementCount(shape.slice(1)));
  }, 0);
  return Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_BYTES / Math.max(1, bytes))));
}
