/** Times runs with one row. Pure, except for the function that runs them. */

import type { TensorValues } from "../../contract/index.ts";
import { CannotJudge } from "./cannotJudge.ts";
import type { Latency } from "./measurements.ts";
import type { Seconds } from "./orders.ts";

/** Runs before any is timed: the first ones set things up. */
const WARM_UP = 3;
/** Time for all runs if there is no budget to judge by, in seconds of processor time. */
const ENOUGH = 1;
/** Runs that are sent ahead, so that the process need not wait for the next one. */
const AHEAD = 8;
/** The clock must have at least this many steps in a budget. */
const STEPS = 10;

/** In milliseconds. */
export interface Budgets {
  readonly p50?: number;
  readonly p99?: number;
}

/**
 * @param time Runs the model with a row, and gives the shortest of a few times.
 * @param rows Golden requests and rows of the holdout, enough of them for the quantiles.
 * @param budgets Once one is certain to be missed, no further row is run.
 */
export async function timeRows(
  time: (row: TensorValues) => Promise<Seconds>,
  rows: readonly TensorValues[],
  budgets: Budgets,
): Promise<Latency> {
  for (let i = 0; i < WARM_UP; i++) await time(rows[0]!);
  const own: number[] = [];
  const clock: number[] = [];
  const isJudged = budgets.p50 !== undefined || budgets.p99 !== undefined;
  const tolerated = (quantile: number) => rows.length - rankOf(rows.length, quantile);
  let spent = 0;
  const asked: Promise<Seconds>[] = [];
  for (let next = 0; own.length < rows.length; ) {
    while (asked.length < AHEAD && next < rows.length) asked.push(heard(time(rows[next++]!)));
    const { cpu, wall } = await asked.shift()!;
    spent += cpu;
    own.push(cpu * 1000);
    clock.push(wall * 1000);
    const over = (budget = Number.POSITIVE_INFINITY) => own.filter((value) => value > budget).length;
    if (over(budgets.p50) > tolerated(0.5) || over(budgets.p99) > tolerated(0.99)) break;
    if (!isJudged && spent > ENOUGH) break;
  }
  await Promise.allSettled(asked);
  return {
    p50: quantile(own, 0.5),
    p99: quantile(own, 0.99),
    clock: { p50: quantile(clock, 0.5), p99: quantile(clock, 0.99) },
    rows: own.length,
  };
}

/** Keeps a rejection that is awaited later from being reported as unhandled. */
function heard<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

const quantile = (values: readonly number[], q: number) =>
  values.toSorted((a, b) => a - b)[rankOf(values.length, q) - 1]!;

/** The nearest-rank method. */
const rankOf = (count: number, quantile: number) => Math.ceil(quantile * count);

/** @param step The step in which processor time is counted, in seconds. */
export function requireFineClock(step: number, { p50 = Infinity, p99 = Infinity }: Budgets): void {
  const budget = Math.min(p50, p99);
  if (!Number.isFinite(budget) || 1000 * step * STEPS <= budget) return;
  const counted = Number.isFinite(step)
    ? `counted in steps of ${(1000 * step).toPrecision(3)} ms`
    : "not counted";
  throw new CannotJudge(
    `Processor time is ${counted} on this machine, too coarse for a budget of ${budget} ms.`,
    "raise the budget, or judge it on a machine that counts finer",
  );
}
