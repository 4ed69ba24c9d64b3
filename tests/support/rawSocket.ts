/** A client that sends bytes that no HTTP client would. */
import { connect, type Socket } from "node:net";

/** The bytes that came back until the connection closed. */
export interface Exchange {
  /** Status and body of each answer. */
  readonly answers: readonly { readonly status: number; readonly body: string }[];
  readonly milliseconds: number;
}

/** Sends what `send` writes, and reads until the other side closes. Never rejects: if the connection is cut, an answer is missing. */
export function exchange(port: number, send: (socket: Socket) => unknown): Promise<Exchange> {
  const started = performance.now();
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    // A server that has answered may cut the rest of the request.
    socket.on("error", () => {});
    socket.on("close", () =>
      resolve({
        answers: answersIn(Buffer.concat(chunks).toString()),
        milliseconds: performance.now() - started,
      }),
    );
    socket.on("connect", () => void send(socket));
  });
}

/** All answers have a Content-Length, like those of the service. */
function answersIn(text: string): Exchange["answers"] {
  const answers: { status: number; body: string }[] = [];
  for (let rest = text; rest !== ""; ) {
    const [head = ""] = rest.split("\r\n\r\n", 1);
    const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? NaN);
    if (Number.isNaN(length)) return [...answers, { status: 0, body: rest }];
    const start = head.length + 4;
    answers.push({ status: Number(head.slice(9, 12)), body: rest.slice(start, start + length) });
    rest = rest.slice(start + length);
  }
  return answers;
}
