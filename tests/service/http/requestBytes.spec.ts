import assert from "node:assert/strict";
import { once } from "node:events";
import type { Server } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { MAX_BODY, readRequestBytes, takeRequestBytes } from "../../../service/src/http/requestBytes.ts";
import { listen } from "../../../service/src/http/server.ts";

const WAYS = {
  readRequestBytes,
  takeRequestBytes: (req: Parameters<typeof takeRequestBytes>[0]) =>
    new Promise<Buffer>((resolve, reject) => takeRequestBytes(req, resolve, reject)),
};

function head(length: number): string {
  return `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n`;
}

for (const [name, read] of Object.entries(WAYS))
  describe(name, () => {
    let server: Server;
    let socket: Socket;
    let said: string;
    /** What came of each request, in turn. */
    let outcomes: string[];

    beforeEach(async () => {
      outcomes = [];
      said = "";
      const started = await listen(
        async (req, res) => {
          outcomes.push(await read(req).then(String, (error: Error) => `${error.name}: ${error.message}`));
          res.end(`answer ${outcomes.length}.`);
        },
        0,
        "127.0.0.1",
      );
      server = started.server;
      socket = connect(started.port, "127.0.0.1");
      socket.setEncoding("latin1").on("data", (text) => (said += text));
      await once(socket, "connect");
    });
    afterEach(() => {
      socket.destroy();
      server.close();
    });

    it("puts together what comes in pieces", async () => {
      for (const piece of [head(6), "ab", "c", "def"]) {
        socket.write(piece);
        await sleep(20);
      }
      await until(() => said.endsWith("answer 1."));

      assert.deepEqual(outcomes, ["abcdef"]);
    });

    it("keeps apart what comes at once, and goes on with the connection", async () => {
      socket.write(`${head(2)}ab${head(3)}cde`);
      await until(() => said.endsWith("answer 2."));
      socket.write(`${head(1)}f`);
      await until(() => said.endsWith("answer 3."));

      assert.deepEqual(outcomes, ["ab", "cde", "f"]);
    });

    it("gives nothing if there is nothing", async () => {
      socket.write(head(0));
      await until(() => said.endsWith("answer 1."));

      assert.deepEqual(outcomes, [""]);
    });

    it("takes as much as there may be", async () => {
      socket.write(head(MAX_BODY) + "x".repeat(MAX_BODY));
      await until(() => said.endsWith("answer 1."));

      assert.equal(outcomes[0]!.length, MAX_BODY);
    });

    it("refuses what announces too much, drops it, and goes on with the connection", async () => {
      socket.write(head(MAX_BODY + 1));
      await until(() => said.endsWith("answer 1."));
      socket.write(`${"x".repeat(MAX_BODY + 1)}${head(2)}ab`);
      await until(() => said.endsWith("answer 2."));

      assert.deepEqual(outcomes, ["RequestError: The body may have at most 1048576 bytes.", "ab"]);
    });

    it("refuses what turns out to be too much", async () => {
      socket.write("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
      const part = `10000\r\n${"x".repeat(0x10000)}\r\n`;
      socket.write(`${part.repeat(17)}0\r\n\r\n`);
      await until(() => said.endsWith("answer 1."));

      assert.deepEqual(outcomes, ["RequestError: The body may have at most 1048576 bytes."]);
    });

    it("says that it was cut short", async () => {
      socket.write(`${head(6)}ab`);
      await sleep(50);
      socket.destroy();
      await until(() => outcomes.length === 1);

      assert.deepEqual(outcomes, ["RequestError: The body cannot be read: aborted."]);
    });
  });

describe("takeRequestBytes", () => {
  it("has nothing more to say when the caller leaves after the body", async () => {
    const calls: string[] = [];
    const add = (what: unknown) => void calls.push(String(what));
    const { server, port } = await listen(
      (req) => {
        req.on("error", () => add("left"));
        takeRequestBytes(req, add, add);
      },
      0,
      "127.0.0.1",
    );
    const socket = connect(port, "127.0.0.1", () => socket.write(`${head(2)}ab`));
    await until(() => calls.length > 0);
    socket.destroy();
    await until(() => calls.includes("left"));
    server.close();

    assert.deepEqual(calls, ["ab", "left"]);
  });

  it("leaves nothing of a body behind on the connection", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    let taken: WeakRef<Buffer> | undefined;
    const { server, port } = await listen(
      (req, res) =>
        takeRequestBytes(
          req,
          (bytes) => {
            taken = new WeakRef(bytes);
            res.end();
          },
          assert.fail,
        ),
      0,
      "127.0.0.1",
    );
    const socket = connect(port, "127.0.0.1", () => socket.write(`${head(2)}ab`));
    await once(socket, "data");
    await until(() => {
      collect();
      return taken!.deref() === undefined;
    });
    socket.destroy();
    server.close();
  });
});

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !condition(); i++) await sleep(10);
  assert(condition(), "has not come about in 5 s");
}
