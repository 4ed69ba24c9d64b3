/** The bytes of a request's body. */
import type { IncomingMessage } from "node:http";
import { RequestError } from "./errors.ts";

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
    const refuse = (error: RequestError) => {
      req.removeAllListeners("data");
      req.resume();
      reject(error);
    };
    const tooLarge = () =>
      refuse(new RequestError("too-large", `The body may have at most ${MAX_BODY} bytes.`));
    if (Number(req.headers["content-length"]) > MAX_BODY) return tooLarge();

    let first: Buffer | undefined;
    let rest: Buffer[] | undefined;
    let length = 0;
    req.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_BODY) tooLarge();
      else if (first) (rest ??= []).push(chunk);
      else first = chunk;
    });
    req.on("end", () =>
      resolve(rest ? Buffer.concat([first!, ...rest], length) : (first ?? Buffer.alloc(0))),
    );
    req.on("error", (error) =>
      refuse(new RequestError("bad-request", `The body cannot be read: ${error.message}.`)),
    );
  });
}
