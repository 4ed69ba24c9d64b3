/** How long the model may take for what, and how much memory: far above what an honest one needs. Pure. */
import { ARRAYS, type Contract, elementCount } from "../../contract/index.ts";
import type { ProcessLimits } from "./modelProcess.ts";

export interface Limits extends ProcessLimits {
  /** What any step may take of the processor, in seconds. */
  readonly stepSeconds: number;
}

export const LIMITS: Limits = { stepSeconds: 120, cpuSeconds: 3600, mebibytes: 4096, idleSeconds: 60 };

/** Milliseconds of the processor for a row, where the contract has no budget: a model that needs more says so there. */
const PACE = 100;
/** Quantiles of single rows say little of how long the slowest take. */
const SLACK = 4;

/** Where a step's limit can be changed. */
export const LIMIT_FIX =
  "give it more time as limits.stepSeconds in model/contract.json, /validation, where a reviewer sees it; use fewer rows; or make the model faster";

/** Seconds of the processor that a step over so many rows may take. */
export function stepSeconds({ validation }: Contract, rows: number, { stepSeconds: least }: Limits): number {
  const { limits, budgets } = validation ?? {};
  const pace = budgets?.p99Milliseconds ?? budgets?.p50Milliseconds;
  return limits?.stepSeconds ?? Math.max(least, (rows * (pace === undefined ? PACE : SLACK * pace)) / 1000);
}

/** For loading. */
export function loadSeconds({ validation }: Contract, { stepSeconds: least }: Limits): number {
  return validation?.limits?.stepSeconds ?? Math.max(least, SLACK * (validation?.budgets?.loadSeconds ?? 0));
}

/**
 * The kernel's limits for this model.
 *
 * @param modelBytes Of its file: it is in memory three times while it loads, as its bytes, as what is read of them, and as the session.
 * @param holdoutBytes Of its file: there are not more rows than bytes for them.
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
  const rows = Math.ceil(holdoutBytes / (2 * cells)); // each cell is a digit and a comma at least
  const cpuSeconds = LIMITS.cpuSeconds + 4 * stepSeconds(contract, rows, LIMITS);
  return { ...LIMITS, mebibytes, cpuSeconds };
}

/** Rows of a run: more gains nothing. */
const MOST_ROWS = 1024;
/** Of a run's inputs. */
const MOST_BYTES = 16 * 2 ** 20;

/** Rows that are run together. It follows from the contract alone, so that the same rows are run together everywhere. */
export function batchRows({ inputs }: Pick<Contract, "inputs">): number {
  const bytes = inputs.reduce((sum, { datatype, shape }) => {
    const width = datatype === "BYTES" ? 64 : ARRAYS[datatype].BYTES_PER_ELEMENT;
    return sum + width * Math.abs(elementCount(shape.slice(1)));
  }, 0);
  return Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_BYTES / Math.max(1, bytes))));
}
