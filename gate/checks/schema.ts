/** The model's inputs and outputs are exactly as declared. Pure. */
import { failed, notRun } from "../measure/measurements.ts";
import { schemaDifferences } from "../measure/schemaDifferences.ts";
import { count } from "../report/report.ts";
import { type CheckDefinition, judged, notHad, unjudged } from "./check.ts";

export const checkSchema: CheckDefinition = {
  name: "schema",
  judge({ contract, measured: { load } }) {
    if (notRun(load)) return notHad(load);
    if (failed(load)) return unjudged("the model does not load");
    const { inputs, outputs } = load;
    const objections = schemaDifferences(contract, load);
    const declared = objections.length === 0 ? ", as declared" : "";
    return judged(`${count(inputs.length, "input")}, ${count(outputs.length, "output")}${declared}`, {
      objections,
    });
  },
};
