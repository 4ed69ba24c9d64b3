import assert from "node:assert/strict";
import type { Tensors } from "../../../contract/tensors.ts";
import {
  type Batch,
  checkRows,
  inputsOf,
  outputsOf,
  rowsIn,
  splitResults,
} from "../../../service/src/engine/batch.ts";
import type { PendingRequest } from "../../../service/src/engine/pendingRequests.ts";
import { pendingRequest } from "../../support/pendingRequest.ts";

const tensors = (name: string, ...data: number[]): Tensors =>
  new Map([[name, { datatype: "FP32", shape: [data.length], data: Float32Array.from(data) }]]);
const requestOf = (...x: number[]) => pendingRequest({ inputs: tensors("x", ...x), rows: x.length });
const whole = (request: PendingRequest) => ({ request, from: 0, to: request.rows });
const numbers = (given: Tensors, name: string) => Array.from(given.get(name)!.data as Float32Array);

describe("A batch", () => {
  it("of one whole request has that request's inputs, not a copy", () => {
    const item = requestOf(1, 2);

    assert.equal(inputsOf([whole(item)]), item.inputs);
  });

  it("of several has the rows of each, in their order", () => {
    const batch: Batch = [{ request: requestOf(1, 2, 3), from: 1, to: 3 }, whole(requestOf(4))];

    assert.deepEqual(numbers(inputsOf(batch), "x"), [2, 3, 4]);
    assert.equal(rowsIn(batch), 3);
  });

  it("asks for what any of its requests asks for, once", () => {
    const batch = [["y"], ["z", "y"], ["y"]].map((outputs) => whole(pendingRequest({ outputs })));

    assert.deepEqual(outputsOf(batch), ["y", "z"]);
  });

  it("asks for what all of them ask for without a new list", () => {
    const outputs = ["y", "z"];
    const batch = [1, 2].map(() => whole(pendingRequest({ outputs })));

    assert.equal(outputsOf(batch), outputs);
  });

  it("refuses results of another number of rows", () => {
    checkRows(tensors("y", 1, 2), 2);
    assert.throws(() => checkRows(tensors("y", 1, 2), 3), {
      message: 'output "y" has shape [2] for 3 rows',
    });
  });

  it("gives each request its rows, and one of more rows than a run when all are there", () => {
    const [small, big] = [requestOf(1), requestOf(2, 3, 4)];
    const given: [PendingRequest, number[]][] = [];
    const answered = (item: PendingRequest, results: Tensors) => given.push([item, numbers(results, "y")]);
    splitResults([whole(small), { request: big, from: 0, to: 2 }], tensors("y", 10, 20, 30), answered);
    const early = given.splice(0);
    splitResults([{ request: big, from: 2, to: 3 }], tensors("y", 40), answered);

    assert.deepEqual(early, [[small, [10]]]);
    assert.deepEqual(given, [[big, [20, 30, 40]]]);
  });

  it("takes the runs of one request in any order", () => {
    const big = requestOf(1, 2, 3);
    const given: number[][] = [];
    const answered = (_job: PendingRequest, results: Tensors) => given.push(numbers(results, "y"));
    splitResults([{ request: big, from: 2, to: 3 }], tensors("y", 30), answered);
    splitResults([{ request: big, from: 0, to: 2 }], tensors("y", 10, 20), answered);

    assert.deepEqual(given, [[10, 20, 30]]);
  });
});
