import assert from "node:assert/strict";
import { Queue, type QueuedRequest } from "../../../service/src/engine/queue.ts";

interface Named extends QueuedRequest {
  readonly name: string;
}

const request = (name: string, rows: number, shape = ""): Named => ({
  name,
  rows,
  shape,
  taken: 0,
  settled: false,
});

/** The next runs, each as "name from-to". */
function runs(queue: Queue<Named>, limit: number, count: number): string[] {
  return Array.from({ length: count }, () =>
    queue
      .take(limit)
      .map(({ request: { name }, from, to }) => `${name} ${from}-${to}`)
      .join(", "),
  );
}

function queueOf(...items: Named[]): Queue<Named> {
  const queue = new Queue<Named>();
  for (const one of items) queue.add(one);
  return queue;
}

describe("Queue", () => {
  it("fills a run with what waits, first come first", () => {
    assert.deepEqual(runs(queueOf(request("a", 1), request("b", 2), request("c", 1)), 8, 2), [
      "a 0-1, b 0-2, c 0-1",
      "",
    ]);
  });

  it("takes no more rows than a run may have", () => {
    assert.deepEqual(runs(queueOf(request("a", 2), request("b", 2)), 3, 3), ["a 0-2, b 0-1", "b 1-2", ""]);
  });

  it("lets a small request wait for one run of a big one, and the big one go on in each run", () => {
    const queue = queueOf(request("big", 12), request("small", 1));
    const first = runs(queue, 4, 1);
    queue.add(request("next", 1));

    assert.deepEqual(
      [...first, ...runs(queue, 4, 3)],
      ["big 0-4", "small 0-1, big 4-7", "next 0-1, big 7-10", "big 10-12"],
    );
  });

  it("lets no other go before the rest of one that fits a run", () => {
    assert.deepEqual(runs(queueOf(request("a", 3), request("b", 3), request("c", 3)), 4, 3), [
      "a 0-3, b 0-1",
      "b 1-3, c 0-2",
      "c 2-3",
    ]);
  });

  it("lets big ones take turns", () => {
    assert.deepEqual(runs(queueOf(request("a", 5), request("b", 5)), 2, 5), [
      "a 0-2",
      "b 0-2",
      "a 2-4",
      "b 2-4",
      "a 4-5, b 4-5",
    ]);
  });

  it("keeps shapes apart, and lets them take turns", () => {
    const queue = queueOf(request("a", 3, "x"), request("b", 1, "y"), request("c", 1, "x"));

    assert.deepEqual(runs(queue, 2, 4), ["a 0-2", "b 0-1", "c 0-1, a 2-3", ""]);
  });

  it("passes over what is settled, of whatever shape", () => {
    const gone = request("gone", 1, "x");
    const queue = queueOf(gone, request("b", 1, "y"));
    gone.settled = true;
    queue.forget(gone);

    assert.deepEqual(runs(queue, 2, 1), ["b 0-1"]);
  });

  it("counts the rows and requests that wait", () => {
    const big = request("big", 5);
    const queue = queueOf(request("a", 1), big);
    const count = () => [queue.requests, queue.rows];
    const counts = [count()];
    queue.take(3);
    counts.push(count());
    big.settled = true;
    queue.forget(big);
    counts.push(count());

    assert.deepEqual(counts, [
      [2, 6],
      [1, 3],
      [0, 0],
    ]);
  });

  it("lists what waits", () => {
    const queue = queueOf(request("a", 1, "x"), request("b", 1, "y"));

    assert.deepEqual(
      queue.waiting().map(({ name }) => name),
      ["a", "b"],
    );
  });
});
