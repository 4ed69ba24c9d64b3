/** One kept connection that asks again as soon as it is answered: as little of HTTP as that takes. */
import { connect, type Socket } from "node:net";

/** Milliseconds. */
const PATIENCE = 10_000;
const NOTHING = Buffer.alloc(0);

export interface Answer {
  /** Index of the request. */
  readonly request: number;
  readonly milliseconds: number;
  readonly status: number;
  readonly body: string;
}

export interface Asking {
  readonly port: number;
  /** Whole requests, asked in turn. */
  readonly requests: readonly Buffer[];
  /** Index of the first one. */
  readonly first: number;
  /** Whether to ask again. */
  answered(answer: Answer): boolean;
  /** Called once, at the end; with what went wrong, if anything. */
  ended(problem?: string): void;
}

/** Asks until `answered` returns false. A connection that the server closes in good order is opened again. */
export function keepAsking({ port, requests, first, answered, ended }: Asking): void {
  let request = first;
  let received: Buffer = NOTHING;
  let count = 0;
  let since = performance.now();
  let socket = open();
  ask();

  function open(): Socket {
    const opened = connect({
      port,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafe(64 * 1024),
        callback: (size, buffer) => {
          receive(buffer.subarray(0, size) as Buffer);
          return true;
        },
      },
    });
    opened.setTimeout(PATIENCE, () => end(`no answer within ${PATIENCE / 1000} s`));
    opened.on("error", (error) => opened === socket && end(error.message));
    opened.on(
      "close",
      () =>
        opened === socket &&
        end(
          `the connection was closed without an answer, after ${count} answers and ${received.length} bytes of the next`,
        ),
    );
    return opened;
  }

  function ask(): void {
    since = performance.now();
    socket.write(requests[request]!);
  }

  function receive(bytes: Buffer): void {
    // Copied where it is kept: the next bytes are read into the same place.
    received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
    const text = received.toString("latin1");
    const headEnd = text.indexOf("\r\n\r\n");
    const head = headEnd < 0 ? "" : text.slice(0, headEnd);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1]);
    if (headEnd >= 0 && Number.isNaN(length)) return end(`an answer without Content-Length: ${head}`);
    if (headEnd < 0 || text.length < headEnd + 4 + length) {
      received = Buffer.from(received);
      return;
    }
    received = NOTHING;
    count += 1;
    const more = answered({
      request,
      milliseconds: performance.now() - since,
      status: Number(text.slice(9, 12)),
      body: text.slice(headEnd + 4),
    });
    if (!more) return end();
    request = (request + 1) % requests.length;
    if (/\r\nconnection: *close/i.test(head)) {
      const closed = socket;
      socket = open();
      closed.destroy();
    }
    ask();
  }

  function end(problem?: string): void {
    const last = socket;
    socket = undefined as never;
    last.destroy();
    ended(problem);
  }
}
