/** An HTTP server that a slow, rude or broken client cannot hold. */
import { createServer, type RequestListener, type Server, STATUS_CODES } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { PROBLEM_MEDIA_TYPE, type ProblemType, problem } from "../problems/requestError.ts";
import { Request } from "./request.ts";

/** What a client gets to read why it was refused, before its connection is cut. */
const LINGER_MS = 1_000;

/**
 * Opens a port; 0 takes any free one.
 *
 * @param named Headers of the answers to what never becomes a request; all others are the handler's.
 */
export async function listen(
  handler: RequestListener<typeof Request>,
  port: number,
  host: string,
  named: Readonly<Record<string, string>> = {},
): Promise<{ server: Server; port: number }> {
  const server = createServer(
    {
      IncomingMessage: Request,
      headersTimeout: 5_000,
      requestTimeout: 10_000,
      connectionsCheckingInterval: 1_000,
      // Longer than the 60 s after which cloud load balancers drop an idle connection, so that they do so first.
      keepAliveTimeout: 65_000,
      maxHeaderSize: 8 * 1024,
    },
    handler,
  );
  closeOnlyWhatIsSent(server);
  server.maxConnections = 512;
  server.maxRequestsPerSocket = 1_000;
  server.on("clientError", (error, socket) => answerUnreadable(error, socket, named));
  // Otherwise Node.js itself answers a request that expects anything but "100-continue", without a body. RFC 9110, 10.1.1, lets a server ignore it.
  server.on("checkExpectation", handler);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) =>
      reject(new Error(`cannot listen on ${host}:${port}: ${cause.message}`, { cause })),
    );
    server.listen(port, host, resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}

/** Takes no more connections and lets the answers under way end; after `deadlineMs` it cuts what is left. */
export async function closeServer(server: Server, deadlineMs: number): Promise<void> {
  const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
  // Node.js closes what is idle now, not what falls idle later: a kept-alive connection would hold us for a minute.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearTimeout(deadline);
  clearInterval(sweep);
}

/** Node.js takes an answer to be given once it is written, and would cut one that a slow client still reads. */
function closeOnlyWhatIsSent(server: Server): void {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const closeIdle = server.closeIdleConnections.bind(server);
  // Also called by `server.close`.
  server.closeIdleConnections = () => {
    if (![...sockets].some(({ writableLength }) => writableLength > 0)) closeIdle();
  };
}

/** What Node.js's parser refuses never becomes a request; it gets the shape of all other refusals all the same. */
function answerUnreadable(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  named: Readonly<Record<string, string>>,
): void {
  // The answer under way, if any: as Node.js's own handler looks it up; there is no public way.
  // oxlint-disable-next-line no-underscore-dangle
  const answering = (socket as Socket & { _httpMessage?: { headersSent: boolean } })._httpMessage;
  if (error.code === "ECONNRESET" || !socket.writable || answering?.headersSent) {
    socket.destroy();
    return;
  }
  const [type, detail] =
    UNREADABLE[error.code ?? ""] ?? (["bad-request", "This is not an HTTP request."] as const);
  const refusal = problem(type, detail);
  const body = JSON.stringify(refusal);
  const headers = Object.entries(named).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\nConnection: close\r\n${headers.join("")}` +
      `Content-Type: ${PROBLEM_MEDIA_TYPE}; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  // Otherwise a caller that never closes its own side would hold a connection for ever: every other limit has ended.
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

const UNREADABLE: Readonly<Record<string, readonly [ProblemType, string]>> = {
  HPE_HEADER_OVERFLOW: ["headers-too-large", "The headers may have at most 8192 bytes."],
  ERR_HTTP_REQUEST_TIMEOUT: ["timeout", "The request must arrive within 10 seconds, its headers within 5."],
};
