/** Reads the bytes of a request's body. */
import type { IncomingMessage } from "node:http";
import { RequestError } from "../problems/requestError.ts";
import type { Request } from "./request.ts";

/** The size of a body in bytes, at most. */
export const MAX_BODY = 1024 * 1024;

/**
 * Reads a body, compressed or not, as it was sent.
 *
 * @throws RequestError: 400 if it ends too early, 413 if it has more than `MAX_BODY` bytes. The rest of it is read and
 *   dropped. Otherwise the connection would hang. The server's `requestTimeout` limits the time of that.
 */
export function readRequestBytes(req: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const body = new Body();
    const refuse = (error: RequestError) => {
      req.removeAllListeners("data");
      req.resume();
      reject(error);
    };
    if (announcesTooMuch(req)) return refuse(tooLarge());
    req.on("data", (chunk: Buffer) => {
      if (!body.add(chunk)) refuse(tooLarge());
    });
    req.on("end", () => resolve(body.bytes()));
    req.on("error", (error) => refuse(cutShort(error)));
  });
}

/** The same, faster. Must be called before the server's listener returns. Calls `done` or `failed` once. */
export function takeRequestBytes(
  req: Request,
  done: (bytes: Buffer) => void,
  failed: (error: RequestError) => void,
): void {
  // Undefined once `done` or `failed` was called: a connection that is kept alive keeps its last request.
  let body: Body | undefined = new Body();
  const fail = (error: RequestError) => {
    if (!body) return;
    body = undefined;
    failed(error);
  };
  req.on("error", (error) => fail(cutShort(error)));
  req.onChunk((chunk) => {
    if (!body) return;
    if (chunk !== null) {
      if (!body.add(chunk)) fail(tooLarge());
      return;
    }
    const bytes = body.bytes();
    body = undefined;
    done(bytes);
  });
  if (announcesTooMuch(req)) fail(tooLarge());
}

/** The chunks so far. Nearly always there is one. */
class Body {
  #first: Buffer | undefined;
  #rest: Buffer[] | undefined;
  #length = 0;

  /** @returns false if the body is too large now. */
  add(chunk: Buffer): boolean {
    this.#length += chunk.length;
    if (this.#length > MAX_BODY) return false;
    if (this.#first) (this.#rest ??= []).push(chunk);
    else this.#first = chunk;
    return true;
  }

  bytes(): Buffer {
    return this.#rest
      ? Buffer.concat([this.#first!, ...this.#rest], this.#length)
      : (this.#first ?? Buffer.alloc(0));
  }
}

function announcesTooMuch({ headers }: IncomingMessage): boolean {
  return Number(headers["content-length"]) > MAX_BODY;
}

function tooLarge(): RequestError {
  return new RequestError("too-large", `The body may have at most ${MAX_BODY} bytes.`);
}

function cutShort({ message }: Error): RequestError {
  return new RequestError("bad-request", `The body cannot be read: ${message}.`);
}
