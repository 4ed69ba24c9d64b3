/** The model loads in ONNX Runtime, in time. Pure. */
import { failed, notRun } from "../measure/measurements.ts";
import { type CheckDefinition, judged, notHad } from "./check.ts";
import { clockWarning, OVER_BUDGET } from "./latency.ts";
import { explainLoadError } from "./loadError.ts";

export const checkLoads: CheckDefinition = {
  name: "loads",
  judge({ contract, model, measured: { load } }) {
    if (notRun(load)) return notHad(load);
    const where = "model/model.onnx";
    if (failed(load)) {
      if (load.fix !== undefined)
        return judged("", {
          objections: [{ what: `The model does not load: ${load.error}.`, where, fix: load.fix }],
        });
      return judged("", { objections: [{ ...explainLoadError(load.error, model.facts), where }] });
    }
    const found = `in ${seconds(load.cpu)}`;
    const budget = contract.validation?.budgets?.loadSeconds;
    if (budget === undefined) return judged(found);
    const place = "model/contract.json, /validation/budgets/loadSeconds";
    if (load.cpu > budget)
      return judged(found, {
        objections: [
          {
            what: `The model took ${seconds(load.cpu)} of processor time to load, and at most ${budget} s are allowed.`,
            where: place,
            fix: OVER_BUDGET,
          },
        ],
      });
    const late =
      load.wall > budget ? [clockWarning("loading took", seconds(load.wall), `${budget} s`, place)] : [];
    return judged(`${found}, at most ${budget} s`, { warnings: late });
  },
};

const seconds = (value: number) => `${value.toFixed(2)} s`;
