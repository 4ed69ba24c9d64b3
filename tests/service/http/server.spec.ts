import assert from "node:assert/strict";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { closeServer, listen } from "../../../service/src/http/server.ts";

/** More than the kernel takes at once: bytes. */
const LARGE = 32 * 1024 * 1024;

describe("listen", () => {
  it("sets every limit", async () => {
    const { server } = await listen(() => {}, 0, "127.0.0.1");
    const { headersTimeout, requestTimeout, keepAliveTimeout, maxConnections, maxRequestsPerSocket } = server;

    assert.deepEqual(
      { headersTimeout, requestTimeout, keepAliveTimeout, maxConnections, maxRequestsPerSocket },
      {
        headersTimeout: 5_000,
        requestTimeout: 10_000,
        keepAliveTimeout: 65_000,
        maxConnections: 512,
        maxRequestsPerSocket: 1_000,
      },
    );
    await closeServer(server, 0);
  });

  it("says which port is taken", async () => {
    const { server, port } = await listen(() => {}, 0, "127.0.0.1");

    await assert.rejects(
      listen(() => {}, port, "127.0.0.1"),
      {
        message: `cannot listen on 127.0.0.1:${port}: listen EADDRINUSE: address already in use 127.0.0.1:${port}`,
      },
    );
    await closeServer(server, 0);
  });

  it("answers a request whose headers do not arrive in time with 408", async () => {
    const { server, port } = await listen(() => {}, 0, "127.0.0.1", { "Slipway-Release": "r1" });
    server.headersTimeout = 1;
    const socket = connect(port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n");
    const answer = await text(socket);

    assert.match(answer, /^HTTP\/1\.1 408 Request Timeout\r\nConnection: close\r\nSlipway-Release: r1\r\n/);
    assert.deepEqual(JSON.parse(answer.split("\r\n\r\n")[1]!), {
      type: "urn:slipway:problem:timeout",
      title: "The request did not arrive in time",
      status: 408,
      detail: "The request must arrive within 10 seconds, its headers within 5.",
      errors: [],
    });
    await closeServer(server, 0);
  });
});

describe("a refusal of what is no request", () => {
  it("is read by a caller that never closes its side, whose connection is cut then", async () => {
    const { server, port } = await listen(() => {}, 0, "127.0.0.1");
    server.headersTimeout = 1;
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const [connection] = (await once(server, "connection")) as [Socket];
    const closed = once(connection, "close");
    let answer = "";
    socket.setEncoding("latin1").on("data", (piece: string) => (answer += piece));
    await closed;

    assert.match(answer, /^HTTP\/1\.1 408 Request Timeout\r\n/);
    assert(!socket.destroyed);
    socket.destroy();
    await closeServer(server, 0);
  });
});

describe("closeServer", () => {
  it("waits for an answer that is still being read", async () => {
    const { server, port } = await listen((_req, res) => res.end(Buffer.alloc(LARGE)), 0, "127.0.0.1");
    const socket = connect(port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await once(socket, "readable");
    const closed = closeServer(server, 60_000);
    await sleep(200);
    let read = 0;
    socket.on("data", (piece: Buffer) => (read += piece.length));
    await closed;
    await once(socket, "close");

    assert(read > LARGE, `${read} bytes`);
  });

  it("waits for an answer under way", async () => {
    const { server, port } = await listen(() => {}, 0, "127.0.0.1");
    const answer = fetch(`http://127.0.0.1:${port}`).then((response) => response.text());
    const [, response] = (await once(server, "request")) as [unknown, ServerResponse];
    const closed = closeServer(server, 60_000).then(() => "closed");
    response.end("done");

    assert.equal(await answer, "done");
    assert.equal(await closed, "closed");
  });

  it("cuts what is left at its deadline", async () => {
    const { server, port } = await listen(() => {}, 0, "127.0.0.1");
    const answer = fetch(`http://127.0.0.1:${port}`);
    await once(server, "request");
    await Promise.all([closeServer(server, 1), assert.rejects(answer, { message: "fetch failed" })]);
  });
});
