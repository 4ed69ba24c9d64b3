/** Loading and running the model adds no more memory than its budget. Pure. */
import { ran } from "../measure/measurements.ts";
import { type CheckDefinition, judged, notHad } from "./check.ts";
import { OVER_BUDGET } from "./latency.ts";

export const checkMemory: CheckDefinition = {
  name: "memory",
  judge({ contract, measured: { memory } }) {
    const budget = contract.validation?.budgets?.memoryMebibytes;
    if (!ran(memory)) return notHad(memory);
    const mebibytes = Math.ceil(memory.mebibytes);
    const found = `${mebibytes} MiB to load and run it`;
    if (budget === undefined || memory.mebibytes <= budget) return judged(found);
    return judged(found, {
      objections: [
        {
          what: `Loading and running the model takes ${mebibytes} MiB, and at most ${budget} MiB are allowed.`,
          where: "model/contract.json, /validation/budgets/memoryMebibytes",
          fix: OVER_BUDGET,
        },
      ],
    });
  },
};
