import assert from "node:assert/strict";
import type { Tensors } from "../../../contract/tensors.ts";
import {
  createPredict,
  type Prediction,
  type PredictionObserver,
} from "../../../service/src/engine/prediction.ts";
import type { Predictor } from "../../../service/src/engine/predictor.ts";

const tensor = (...data: number[]) =>
  ({ datatype: "FP32", shape: [data.length], data: Float32Array.from(data) }) as const;
const INPUTS: Tensors = new Map([["x", tensor(1)]]);
const RESULTS: Tensors = new Map([
  ["y", tensor(2)],
  ["z", tensor(3)],
]);
const answering: Pick<Predictor, "run"> = {
  async run(_inputs, _outputs, _options, times) {
    if (times) times.queuedAt = 5;
    return RESULTS;
  },
};
const write = (results: Tensors) => [...results.keys()].join();
const unwritable = () => {
  throw new Error("NaN");
};

describe("createPredict", () => {
  let logged: unknown[];
  let seen: Prediction[];
  const log = { error: (entry: unknown) => void logged.push(entry) };
  const observe: PredictionObserver = (prediction) => void seen.push(prediction);
  const predictWith = (observers: readonly PredictionObserver[], predictor = answering) =>
    createPredict({ predictor, release: "abc", observers, log });
  beforeEach(() => {
    logged = [];
    seen = [];
  });

  it("shows the observers what was asked and answered, as one value", async () => {
    const answer = await predictWith([observe])(INPUTS, ["y", "z"], { id: "r-1" }, write);

    assert.equal(answer, "y,z");
    assert.deepEqual(seen, [
      {
        id: "r-1",
        inputs: INPUTS,
        outputs: ["y", "z"],
        results: RESULTS,
        release: "abc",
        times: { queuedAt: 5 },
      },
    ]);
  });

  it("shows no output that others of the same run asked for", async () => {
    await predictWith([observe])(INPUTS, ["z"], { id: "r-1" }, write);

    assert.deepEqual(seen[0]!.results, new Map([["z", tensor(3)]]));
  });

  it("shares the times with those who measure them too", async () => {
    const times = {};
    await predictWith([observe])(INPUTS, ["y"], { id: "r-1", times }, write);

    assert.equal(seen[0]!.times, times);
  });

  it("hands the options on as they are if nobody observes", async () => {
    const given: unknown[] = [];
    const options = { id: "r-1" };
    const predict = predictWith([], {
      run(...asked) {
        given.push(...asked);
        return answering.run(...asked);
      },
    });
    const answer = await predict(INPUTS, ["y"], options, write);

    assert.equal(answer, "y,z");
    assert(given[0] === INPUTS && given[2] === options);
    assert.deepEqual(options, { id: "r-1" });
  });

  it("shows no request that the model failed", async () => {
    const predict = predictWith([observe], { run: () => Promise.reject(new Error("broken")) });

    await assert.rejects(predict(INPUTS, ["y"], { id: "r-1" }, write), /broken/);
    assert.deepEqual(seen, []);
  });

  it("shows no request whose answer cannot be written", async () => {
    await assert.rejects(predictWith([observe])(INPUTS, ["y"], { id: "r-1" }, unwritable), /NaN/);
    assert.deepEqual(seen, []);
  });

  it("answers although an observer throws, tells the others, and logs it once", async () => {
    const failure = new Error("the observer's own");
    const broken = () => {
      throw failure;
    };
    const predict = predictWith([broken, observe, broken]);
    const answers = await Promise.all(
      ["r-1", "r-2", "r-3"].map((id) => predict(INPUTS, ["y"], { id }, write)),
    );

    assert.deepEqual(answers, ["y,z", "y,z", "y,z"]);
    assert.deepEqual(
      seen.map(({ id }) => id),
      ["r-1", "r-2", "r-3"],
    );
    // Once for each of the two.
    assert.deepEqual(logged, [{ err: failure }, { err: failure }]);
  });
});
