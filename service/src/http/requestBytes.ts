/** The bytes of a request's body. */
import type { IncomingMessage } from "node:http";
import { RequestError } from "../problems/errors.ts";
import type { Request } from "./request.ts";

/** Of a body. */
export const MAX_BODY = 1024 * 1024;

/**
 * Reads a body, compressed or not, as it was sent.
 *
 * @throws RequestError: 400 where it ends too early, 413 for one of more than `MAX_BODY` bytes. What is left of that is
 *   read and dropped, else the connection would hang; the server's `requestTimeout` bounds it.
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
    req.on("data", (piece: Buffer) => {
      if (!body.add(piece)) refuse(tooLarge());
    });
    req.on("end", () => resolve(body.bytes()));
    req.on("error", (error) => refuse(cutShort(error)));
  });
}

/** The same, faster, for who asks before the server's listener returns. Calls one of the two, once. */
export function takeRequestBytes(
  req: Request,
  done: (bytes: Buffer) => void,
  failed: (error: RequestError) => void,
): void {
  // None once one of the two has been called: a connection keeps its last request for as long as it is kept alive.
  let body: Body | undefined = new Body();
  const fail = (error: RequestError) => {
    if (!body) return;
    body = undefined;
    failed(error);
  };
  req.on("error", (error) => fail(cutShort(error)));
  req.onPiece((piece) => {
    if (!body) return;
    if (piece !== null) {
      if (!body.add(piece)) fail(tooLarge());
      return;
    }
    const bytes = body.bytes();
    body = undefined;
    done(bytes);
  });
  if (announcesTooMuch(req)) fail(tooLarge());
}

/** One piece as nearly always, or more. */
class Body {
  #first: Buffer | undefined;
  #rest: Buffer[] | undefined;
  #length = 0;

  /** @returns false for one too many. */
  add(piece: Buffer): boolean {
    this.#length += piece.length;
    if (this.#length > MAX_BODY) return false;
    if (this.#first) (this.#rest ??= []).push(piece);
    else this.#first = piece;
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
