/** The process that runs a model, handed on from one judgement to the next: to start one takes longer than to judge a small model. */
import { LIMITS } from "../../gate/measure/limits.ts";
import type { MeasureOptions } from "../../gate/measure/measureModel.ts";
import type { Reply } from "../../gate/measure/orders.ts";
import { type Ended, spawnModel } from "../../gate/measure/spawnModel.ts";

type Spawn = NonNullable<MeasureOptions["spawn"]>;

/** A process, and who hears of it now. */
interface Kept {
  readonly wire: ReturnType<typeof spawnModel>;
  sent: number;
  heard: number;
  hasEnded: boolean;
  onReply?: (reply: Reply) => void;
  onEnd?: (ended: Ended) => void;
}

/**
 * For the tests of the block that asks for it, which ends the processes.
 *
 * A process that owes no answer is handed on. One that does is killed, as always, and so its end is the model's alone.
 */
export function handedOn(): Spawn {
  const idle: Kept[] = [];
  after(() => {
    for (const { wire } of idle) wire.kill();
  });
  return (limits) => {
    // The limits are the kernel's for the life of the process, and these are for models that need none.
    if (limits.mebibytes < LIMITS.mebibytes || limits.cpuSeconds < LIMITS.cpuSeconds)
      return spawnModel(limits);
    const kept = idle.pop() ?? start();
    const { wire, heard: before } = kept;
    let isOver = false;
    return {
      pid: wire.pid,
      send(order) {
        kept.sent++;
        wire.send(order);
      },
      onReply(hear) {
        kept.onReply = (reply) => hear(countedFrom(before, reply));
      },
      onEnd(hear) {
        kept.onEnd = hear;
      },
      kill() {
        if (isOver) return;
        isOver = true;
        if (kept.sent > kept.heard) wire.kill();
        else if (!kept.hasEnded) idle.push(kept);
      },
    };
  };
}

function start(): Kept {
  const kept: Kept = { wire: spawnModel(LIMITS), sent: 0, heard: 0, hasEnded: false };
  kept.wire.onReply((reply) => {
    kept.heard++;
    kept.onReply?.(reply);
  });
  kept.wire.onEnd((ended) => {
    kept.hasEnded = true;
    kept.onEnd?.(ended);
  });
  return kept;
}

/** As a process says it that has been started for this judgement. */
function countedFrom(before: number, reply: Reply): Reply {
  const number = reply.number - before;
  const isCount = "result" in reply && typeof reply.result === "number" && reply.result === reply.number - 1;
  return isCount ? { ...reply, number, result: number - 1 } : { ...reply, number };
}
