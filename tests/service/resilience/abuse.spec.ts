import assert from "node:assert/strict";
import { Agent } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { type BundledService, startBundled } from "../../support/bundledService.ts";
import { goesFirst } from "../../support/goesFirst.ts";
import { type Answer, openLoop, p99 } from "../../support/load.ts";
import { long, report } from "../../support/long.ts";
import { watchNoise } from "../../support/noise.ts";
import { type Exchange, exchange } from "../../support/rawSocket.ts";
import { needsImagePlatform } from "../../support/serviceLayout.ts";

/** How often each kind of attack is made, and the milliseconds between two. */
const ROUNDS = long ? 60 : 4;
const ROUND_MS = 2_000;
/** Attacks of a kind at a time. */
const AT_ONCE = 8;
/** Connections that are held for as long as they may. */
const HELD = 60;
/** What a busy machine may add to that, in the short form. */
const LATE_MS = long ? 0 : 5_000;
const P99_MS = 100;

const BODY = JSON.stringify({ features: [50_000, 35, 720] });
const JSON_TYPE = "Content-Type: application/json";
const INFER = "/v2/models/loan-approval/infer";
const post = (headers: readonly string[], body: string | Buffer = "", path = "/predict") =>
  Buffer.concat([
    Buffer.from([`POST ${path} HTTP/1.1`, "Host: x", ...headers, "", ""].join("\r\n")),
    Buffer.from(body),
  ]);
const sized = (body: string | Buffer, headers: readonly string[] = [], path = "/predict") =>
  post([JSON_TYPE, `Content-Length: ${Buffer.byteLength(body)}`, ...headers], body, path);
const CLOSE = "Connection: close";
const write = (bytes: Buffer | string) => (socket: Socket) => socket.write(bytes);
/** Byte by byte, for as long as the other side listens. */
const drip = (bytes: string, everyMs: number) => async (socket: Socket) => {
  for (const byte of bytes) {
    if (!socket.writable) return;
    socket.write(byte);
    await sleep(everyMs);
  }
};

interface Attack {
  readonly name: string;
  readonly send: (socket: Socket) => unknown;
  /** The status of each answer. */
  readonly statuses: readonly number[];
  /** The detail of the last answer. */
  readonly detail?: string;
  /** For an attack that holds its connections open, once and several at a time: when the service ends one, in milliseconds. */
  readonly held?: { readonly fromMs: number; readonly toMs: number };
}

const notHttp = "This is not an HTTP request.";
const late = "The request must arrive within 10 seconds, its headers within 5.";

const ATTACKS: readonly Attack[] = [
  {
    name: "headers that never end",
    send: drip(`POST /predict HTTP/1.1\r\nHost: x\r\n${"X-A: b\r\n".repeat(100)}`, 300),
    statuses: [408],
    detail: late,
    held: { fromMs: 4_900, toMs: 7_500 },
  },
  {
    name: "a connection on which nothing is sent",
    send: () => {},
    statuses: [408],
    detail: late,
    held: { fromMs: 4_900, toMs: 7_500 },
  },
  {
    name: "a body that never ends",
    send(socket) {
      socket.write(post([JSON_TYPE, "Content-Length: 1000"]));
      return drip(BODY.padEnd(1_000), 150)(socket);
    },
    statuses: [408],
    detail: late,
    held: { fromMs: 9_900, toMs: 12_500 },
  },
  {
    name: "a body of which nothing comes",
    send: write(post([JSON_TYPE, "Content-Length: 1000"])),
    statuses: [408],
    detail: late,
    held: { fromMs: 9_900, toMs: 12_500 },
  },
  {
    name: "50 requests at once on a connection",
    send: write(Buffer.concat([...Array.from({ length: 49 }, () => sized(BODY)), sized(BODY, [CLOSE])])),
    statuses: Array.from({ length: 50 }, () => 200),
  },
  {
    name: "good and bad requests at once on a connection",
    send: write(Buffer.concat([sized(BODY), sized("{}"), sized(BODY), sized("[", [CLOSE])])),
    statuses: [200, 422, 200, 400],
    detail: "Line 1, column 2: expected a value or ], found the end of the file.",
  },
  {
    name: "two Content-Length that differ",
    send: write(post([JSON_TYPE, `Content-Length: ${BODY.length}`, "Content-Length: 5"], BODY)),
    statuses: [400],
    detail: notHttp,
  },
  {
    name: "two Content-Length that are the same",
    send: write(post([JSON_TYPE, `Content-Length: ${BODY.length}`, `Content-Length: ${BODY.length}`], BODY)),
    statuses: [400],
    detail: notHttp,
  },
  {
    name: "Content-Length and Transfer-Encoding",
    send: write(post([JSON_TYPE, "Content-Length: 5", "Transfer-Encoding: chunked"], "0\r\n\r\n")),
    statuses: [400],
    detail: notHttp,
  },
  {
    name: "a Content-Length below 0",
    send: write(post([JSON_TYPE, "Content-Length: -1"], BODY)),
    statuses: [400],
    detail: notHttp,
  },
  {
    name: "a chunk whose size is no number",
    send: write(post([JSON_TYPE, "Transfer-Encoding: chunked"], "zz\r\n")),
    statuses: [400],
    detail: notHttp,
  },
  {
    name: "a line end without its return",
    send: write("POST /predict HTTP/1.1\nHost: x\n\n"),
    statuses: [400],
    detail: notHttp,
  },
  {
    name: "chunks of one byte",
    send: write(
      post(
        [JSON_TYPE, "Transfer-Encoding: chunked", CLOSE],
        `${Array.from(BODY, (byte) => `1\r\n${byte}\r\n`).join("")}0\r\n\r\n`,
      ),
    ),
    statuses: [200],
  },
  {
    name: "a gzip bomb of 100 MB",
    send: write(sized(gzipSync(Buffer.alloc(100_000_000)), ["Content-Encoding: gzip", CLOSE], INFER)),
    statuses: [413],
    detail: "The body may have at most 1048576 bytes, decompressed.",
  },
  {
    name: "a gzip bomb where nothing compressed is taken",
    send: write(sized(gzipSync(Buffer.alloc(100_000_000)), ["Content-Encoding: gzip", CLOSE])),
    statuses: [415],
    detail: 'The body must come without Content-Encoding, got "gzip".',
  },
  {
    name: "100,000 headers",
    send: write(post(Array.from({ length: 100_000 }, (_, i) => `X-${i}: a`))),
    statuses: [431],
    detail: "The headers may have at most 8192 bytes.",
  },
  {
    name: "a body of 2 GB, announced",
    send: write(post([JSON_TYPE, "Content-Length: 2000000000", CLOSE])),
    statuses: [413],
    detail: "The body may have at most 1048576 bytes.",
  },
  {
    name: "500,000 brackets",
    send: write(sized(`${"[".repeat(500_000)}${"]".repeat(500_000)}`, [CLOSE])),
    statuses: [422],
    detail: "the body is nested deeper than 32 levels",
  },
  {
    name: "a tensor of 10^18 values, announced",
    send: write(
      sized(
        JSON.stringify({
          inputs: [{ name: "features", datatype: "FP32", shape: [1e9, 1e9], data: [1] }],
        }),
        [CLOSE],
        INFER,
      ),
    ),
    statuses: [422],
  },
  {
    name: "what is not HTTP",
    send: write(Buffer.alloc(100_000, 0xff)),
    statuses: [400],
    detail: notHttp,
  },
];

describe("the service, while others abuse it,", function () {
  this.timeout(ROUNDS * ROUND_MS + 180_000);
  const agent = new Agent({ keepAlive: true });
  const stop = new AbortController();
  const normal: Answer[] = [];
  const exchanges = new Map<Attack, Exchange[]>();
  let service: BundledService | undefined;
  let slack = 0;

  goesFirst();
  before(needsImagePlatform);
  before(async () => {
    service = await startBundled({});
    const { port } = service;
    const noise = watchNoise();
    const traffic = { perSecond: 50, until: stop.signal, take: (answer: Answer) => normal.push(answer) };
    const load = [openLoop({ port, agent }, traffic), openLoop({ port }, traffic)];
    await Promise.all(
      ATTACKS.map(async (attack, i) => {
        await sleep((i / ATTACKS.length) * ROUND_MS);
        exchanges.set(attack, await attacked(port, attack));
      }),
    );
    stop.abort();
    await Promise.all(load);
    slack = noise();
  });
  after(async () => {
    stop.abort();
    agent.destroy();
    await service?.end();
  });

  async function attacked(port: number, { send, held }: Attack): Promise<Exchange[]> {
    const found: Exchange[] = [];
    for (let round = 0; round < (held ? 1 : ROUNDS); round++) {
      const together = Array.from({ length: held ? HELD : AT_ONCE }, () => exchange(port, send));
      found.push(...(await Promise.all(together)));
      if (!held) await sleep(ROUND_MS);
    }
    return found;
  }

  for (const attack of ATTACKS) {
    const { name, statuses, detail, held } = attack;
    it(`answers ${name} with ${[...new Set(statuses)].join(", ")}`, () => {
      for (const { answers, milliseconds } of exchanges.get(attack)!) {
        assert.deepEqual(
          answers.map(({ status }) => status),
          statuses,
        );
        if (detail) assert.equal(JSON.parse(answers.at(-1)!.body).detail, detail);
        if (held)
          assert(milliseconds >= held.fromMs && milliseconds <= held.toMs + LATE_MS, `${milliseconds} ms`);
      }
    });
  }

  it("goes on answering the others", () => {
    const failed = normal.filter(({ status }) => status !== 200);
    report(
      `${normal.length} requests, ${failed.length} failed, p99 ${p99(normal).toFixed(1)} ms; slack ${slack.toFixed(0)} ms`,
    );
    assert(failed.length <= normal.length / 1000, JSON.stringify(failed.slice(0, 5)));
    assert(p99(normal) <= P99_MS + slack);
  });
});
