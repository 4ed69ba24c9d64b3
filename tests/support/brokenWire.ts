/** The connection to the model's process, on which something goes wrong. */

import type { MeasureOptions } from "../../gate/measure/measureModel.ts";
import { type KernelLimits, spawnModel, type Wire } from "../../gate/measure/spawnModel.ts";

type Spawn = NonNullable<MeasureOptions["spawn"]>;

/** What goes wrong, after this many replies have arrived. */
export const ACCIDENTS = ["lostMessage", "killedChild", "fullPipe"] as const;
export type Accident = (typeof ACCIDENTS)[number];
/** The last reply gives a wrong count. Nothing else shows it. */
type Miscount = "miscount";

/** Counts the replies that arrive. @param start Unset: as always. */
export function counting(start: (limits: KernelLimits) => Wire = spawnModel): {
  readonly spawn: Spawn;
  readonly count: () => number;
} {
  let replies = 0;
  const spawn: Spawn = (limits) => {
    const wire = start(limits);
    return {
      ...wire,
      onReply: (hear) =>
        wire.onReply((reply) => {
          replies++;
          hear(reply);
        }),
    };
  };
  return { spawn, count: () => replies };
}

/** @param after Number of replies that arrive before. */
export function broken(accident: Accident | Miscount, after: number): Spawn {
  return (limits) => {
    const wire = spawnModel(limits);
    let replies = 0;
    const onReply: Wire["onReply"] = (hear) =>
      wire.onReply((reply) => {
        const isDue = replies++ === after;
        // The reply that is lost, and those behind a full pipe.
        if (accident === "lostMessage" && isDue) return;
        if (accident === "fullPipe" && replies > after) {
          wire.socket.pause();
          return;
        }
        const isLast = "result" in reply && reply.result === reply.number - 1;
        hear(accident === "miscount" && isLast ? { ...reply, result: reply.number + 2 } : reply);
        if (accident === "killedChild" && replies === after && wire.pid !== undefined)
          process.kill(wire.pid, "SIGKILL");
      });
    if (accident === "killedChild" && after === 0 && wire.pid !== undefined)
      process.kill(wire.pid, "SIGKILL");
    return { ...wire, onReply };
  };
}
