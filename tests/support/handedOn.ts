/** The process that runs a model, handed on from one judgement to the next: to start one takes longer than to judge a small model. */
import { LIMITS } from "../../gate/measure/limits.ts";
import type { MeasureOptions } from "../../gate/measure/measureModel.ts";
import type { Order, Reply } from "../../gate/measure/orders.ts";
import { type Ended, spawnModel } from "../../gate/measure/spawnModel.ts";

type Spawn = NonNullable<MeasureOptions["spawn"]>;

/** A process, and who hears of it now. */
interface Kept {
  readonly wire: ReturnType<typeof spawnModel>;
  heard: number;
  /** What it was told to do and has not replied to, in their order. */
  readonly owed: Order["do"][];
  hasEnded: boolean;
  onReply?: (reply: Reply, to: Order["do"] | undefined) => void;
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
    let kept = idle.pop();
    while (kept?.hasEnded) kept = idle.pop(); // it died since
    kept ??= start();
    const { wire, heard: before } = kept;
    let isOver = false;
    return {
      pid: wire.pid,
      send(order) {
        kept.owed.push(order.do);
        wire.send(order);
      },
      onReply(hear) {
        kept.onReply = (reply, to) => hear(countedFrom(before, reply, to));
      },
      onEnd(hear) {
        kept.onEnd = hear;
      },
      kill() {
        if (isOver) return;
        isOver = true;
        if (kept.owed.length > 0) wire.kill();
        else if (!kept.hasEnded) idle.push(kept);
      },
    };
  };
}

function start(): Kept {
  const kept: Kept = { wire: spawnModel(LIMITS), heard: 0, owed: [], hasEnded: false };
  kept.wire.onReply((reply) => {
    kept.heard++;
    kept.onReply?.(reply, kept.owed.shift());
  });
  kept.wire.onEnd((ended) => {
    kept.hasEnded = true;
    kept.onEnd?.(ended);
  });
  return kept;
}

/** As a process says it that has been started for this judgement: its replies are numbered, and the last one counts them. */
function countedFrom(before: number, reply: Reply, to: Order["do"] | undefined): Reply {
  const number = reply.number - before;
  const isCount = to === "end" && "result" in reply;
  return isCount ? { ...reply, number, result: (reply.result as number) - before } : { ...reply, number };
}
