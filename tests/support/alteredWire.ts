/** The connection to the model's process, on which some replies are changed. */
import type { MeasureOptions } from "../../gate/measure/measureModel.ts";
import type { Order, Results } from "../../gate/measure/orders.ts";
import { spawnModel } from "../../gate/measure/spawnModel.ts";

type Spawn = NonNullable<MeasureOptions["spawn"]>;

/**
 * @param change Changes the result of each order of this kind. They are counted from 0.
 */
export function altered<Do extends Order["do"]>(
  kind: Do,
  change: (result: Results[Do], i: number) => Results[Do],
): Spawn {
  return (limits) => {
    const wire = spawnModel(limits);
    const orders: Order["do"][] = [];
    let count = 0;
    return {
      ...wire,
      send(order) {
        orders.push(order.do);
        wire.send(order);
      },
      onReply: (hear) =>
        wire.onReply((reply) => {
          const isMeant = orders.shift() === kind && "result" in reply;
          hear(isMeant ? { ...reply, result: change(reply.result as Results[Do], count++) } : reply);
        }),
    };
  };
}
