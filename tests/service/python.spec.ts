import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { execa } from "execa";
import { parseContract } from "../../contract/parseContract.ts";
import { parseHoldout } from "../../gate/data/parseHoldout.ts";
import { MODEL_FOLDERS, serveModel } from "../support/servedModel.ts";
import { postJson } from "../support/serviceApp.ts";

const ROWS = 1000;
const TOLERANCE = 1e-6;

/** Rows that nobody has seen: each value is that of some row of the holdout, drawn anew for each column. */
function drawRows(folder: string): (number | string)[][] {
  const contract = readContract(folder);
  const holdout = parseHoldout(readFileSync(`${folder}/holdout.csv`), "holdout.csv", contract).value!;
  const columns = contract.inputs.flatMap(({ columns: own = [] }) =>
    own.map(({ name }) => holdout.columns[name]!),
  );
  let state = 42;
  const draw = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return Array.from({ length: ROWS }, () => columns.map((values) => values[draw(holdout.rows)]!));
}

const readContract = (folder: string) =>
  parseContract(readFileSync(`${folder}/contract.json`, "utf8"), "contract.json");

describe(`/predict answers as onnxruntime in Python does, within ${TOLERANCE} on ${ROWS} rows`, function () {
  this.timeout(600_000); // for the Python environment
  const asked = Object.fromEntries(MODEL_FOLDERS.map((folder) => [folder, drawRows(folder)]));
  let answers: Record<string, any>;
  before(async () => {
    const { stdout } = await execa("npm", ["run", "--silent", "train", "--", "tests/models/answers.py"], {
      input: JSON.stringify(asked),
    });
    answers = JSON.parse(stdout.slice(stdout.indexOf("{")));
  });

  for (const folder of MODEL_FOLDERS) {
    it(folder, async () => {
      const contract = readContract(folder);
      const rows = asked[folder]!;
      const expected = answers[folder];
      const { url, close } = await serveModel(folder);
      try {
        const ask = async (features: unknown): Promise<any> => {
          const response = await postJson(`${url}/predict`, JSON.stringify({ features }));
          assert.equal(response.status, 200, await response.clone().text());
          return response.json();
        };

        const answer = await ask(rows);

        assert.equal(answer.prediction.length, ROWS);
        compare(answer.prediction, expected[contract.prediction!].flat());
        if (contract.scores !== undefined) compare(answer.scores.flat(), expected[contract.scores].flat());
        const names = contract.inputs.flatMap(({ columns = [] }) => columns.map(({ name }) => name));
        const named = rows
          .slice(0, 10)
          .map((row) => Object.fromEntries(row.map((value, i) => [names[i], value])));
        assert.deepEqual((await ask(named)).prediction, answer.prediction.slice(0, 10));
      } finally {
        await close();
      }
    });
  }
});

function compare(found: readonly unknown[], expected: readonly unknown[]): void {
  assert.equal(found.length, expected.length);
  const far = found.findIndex((value, i) =>
    typeof value === "number" ? !(Math.abs(value - Number(expected[i])) <= TOLERANCE) : value !== expected[i],
  );
  assert.equal(far, -1, `value ${far} is ${found[far]}, and Python gives ${expected[far]}`);
}
