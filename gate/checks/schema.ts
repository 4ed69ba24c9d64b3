/** The model's inputs and outputs are exactly as declared. Pure. */
import { failed, type Measurements, notRun, ran } from "../measure/measurements.ts";
import { type Seen, schemaDifferences } from "../measure/schemaDifferences.ts";
import { count } from "../report/report.ts";
import { type CheckDefinition, judged, notHad, unjudged } from "./check.ts";

export const checkSchema: CheckDefinition = {
  name: "schema",
  judge({ contract, measured: { load, golden } }) {
    if (notRun(load)) return notHad(load);
    if (failed(load)) return unjudged("the model does not load");
    const { inputs, outputs } = load;
    const objections = schemaDifferences(contract, load, seenIn(golden));
    const declared = objections.length === 0 ? ", as declared" : "";
    return judged(`${count(inputs.length, "input")}, ${count(outputs.length, "output")}${declared}`, {
      objections,
    });
  },
};

function seenIn(golden: Measurements["golden"]): Seen {
  const answers = golden.filter(ran);
  const names = new Set(answers.flatMap(({ outputs }) => Object.keys(outputs)));
  return Object.fromEntries(
    Array.from(names, (name) => [
      name,
      answers.flatMap(({ outputs }) => (outputs[name] ? [outputs[name].shape] : [])),
    ]),
  );
}
