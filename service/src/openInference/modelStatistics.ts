/** What was measured of the model, as Triton's clients read it. Pure. */
import type { ServedContract } from "../../../contract/index.ts";
import type { Total } from "../telemetry/histogram.ts";
import type { InferenceTotals } from "../telemetry/serviceMetrics.ts";

/**
 * The answer of Triton's statistics extension, without the times that nothing here measures (`compute_input`,
 * `compute_output`):
 * https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_statistics.md
 */
export function modelStatistics(
  { name, version }: Pick<ServedContract, "name" | "version">,
  { lastRun, rows, success, failure, queue, run }: InferenceTotals,
): unknown {
  return {
    model_stats: [
      {
        name,
        version,
        ...(lastRun !== undefined && { last_inference: lastRun }),
        inference_count: rows,
        execution_count: run.count,
        inference_stats: {
          success: duration(success),
          fail: duration(failure),
          queue: duration(queue),
          compute_infer: duration(run),
        },
      },
    ],
  };
}

function duration({ count, sum: seconds }: Total): { count: number; ns: number } {
  return { count, ns: Math.round(seconds * 1e9) };
}
