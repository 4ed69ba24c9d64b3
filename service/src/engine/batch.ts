/** The rows of several requests as one run of the model, and its results as theirs again. Pure. */
import type { Tensors } from "../../../contract/index.ts";
import type { PendingRequest } from "./pendingRequests.ts";
import type { Slice } from "./queue.ts";
import { cutRows, joinRows, putRows, roomFor } from "./rows.ts";

/** What runs together: rows of one request or more. */
export type Batch = readonly Slice<PendingRequest>[];

export function rowsIn(batch: Batch): number {
  return batch.reduce((rows, { from, to }) => rows + to - from, 0);
}

/** The inputs themselves for all rows of one request. */
export function inputsOf(batch: Batch): Tensors {
  const [{ request, from, to }] = batch as [Slice<PendingRequest>];
  return batch.length === 1 && to - from === request.rows
    ? request.inputs
    : joinRows(batch.map((slice) => ({ tensors: slice.request.inputs, from: slice.from, to: slice.to })));
}

/** The outputs that any of the requests asks for. */
export function outputsOf(batch: Batch): readonly string[] {
  const { outputs } = batch[0]!.request;
  return batch.every(({ request }) => request.outputs === outputs)
    ? outputs
    : [...new Set(batch.flatMap(({ request }) => request.outputs))];
}

/** @throws Error if the model gave another number of rows than it was asked for. */
export function checkRows(results: Tensors, rows: number): void {
  for (const [name, { shape }] of results)
    if (shape[0] !== rows)
      throw new Error(`output ${JSON.stringify(name)} has shape ${JSON.stringify(shape)} for ${rows} rows`);
}

/**
 * Gives each request its rows of the results.
 *
 * @param answered Is called for each request that has all its rows now.
 */
export function splitResults(
  batch: Batch,
  results: Tensors,
  answered: (request: PendingRequest, results: Tensors) => void,
): void {
  let at = 0;
  for (const { request, from, to } of batch) {
    const rows = to - from;
    const part = cutRows({ tensors: results, from: at, to: at + rows });
    at += rows;
    if (rows === request.rows) {
      answered(request, part);
      continue;
    }
    request.whole ??= roomFor(part, request.rows);
    putRows(part, request.whole, from);
    request.answered += rows;
    if (request.answered === request.rows) answered(request, request.whole);
  }
}
