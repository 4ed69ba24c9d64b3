/** Loading and running the model adds no more memory than its budget. Pure. */
import type { Evidence } from "../evidence.ts";
import type { Check } from "../report.ts";

export function checkMemory({ contract, measured }: Evidence): Check | undefined {
  const check = { name: "memory", found: "", objections: [], warnings: [] };
  const budget = contract.validation?.budgets?.memoryMebibytes;
  if (measured?.memory === undefined)
    return budget === undefined ? undefined : { ...check, notJudged: "the model was not run to the end" };
  const found = `${Math.ceil(measured.memory.mebibytes)} MiB to load and run it`;
  if (budget === undefined || measured.memory.mebibytes <= budget) return { ...check, found };
  return {
    ...check,
    found,
    objections: [
      {
        what: `Loading and running the model takes ${Math.ceil(measured.memory.mebibytes)} MiB, and at most ${budget} MiB are allowed.`,
        where: "model/contract.json, /validation/budgets/memoryMebibytes",
        fix: "make the model smaller, or raise the budget where a reviewer sees it",
      },
    ],
  };
}
