/** A request's body as JSON, refusing all that is not plainly that. */
import { isUtf8 } from "node:buffer";
import type { Context } from "koa";
import { syntaxFault } from "../../../contract/index.ts";
import { refuseTooDeepJson } from "../input/body.ts";
import { RequestError } from "../problems/requestError.ts";
import { readRequestBytes } from "./requestBytes.ts";

export { MAX_BODY } from "./requestBytes.ts";

/** In characters. To find the place takes ten times as long as to parse, so a longer body, which no person wrote by hand, gets none. */
const MAX_LOCATED = 64 * 1024;

/** Bytes. However deep it is nested, it takes no time. */
const SMALL = 4 * 1024;

/** @throws RequestError: 400, 413, 415 or 422. */
export async function readJson(ctx: Context): Promise<unknown> {
  const { req } = ctx;
  if (req.headers["transfer-encoding"] === undefined && !Number(req.headers["content-length"] ?? 0)) {
    throw new RequestError("not-json", "The body is empty.");
  }
  refuseOtherMediaTypes(ctx);
  const bytes = await readRequestBytes(req);
  if (bytes.length === 0) throw new RequestError("not-json", "The body is empty.");
  return parseJson(bytes);
}

/** @throws RequestError: 400, or 422 for a large one that is nested too deep; of others, its reader finds out. */
export function parseJson(bytes: Buffer): unknown {
  if (bytes.length > SMALL) refuseTooDeepJson(bytes);
  return parse(decode(bytes));
}

function refuseOtherMediaTypes(ctx: Context): void {
  const type = ctx.get("Content-Type");
  if (!ctx.is("application/json")) {
    throw new RequestError(
      "unsupported-media-type",
      `Content-Type must be application/json, got ${type ? JSON.stringify(type) : "none"}.`,
    );
  }
  const { charset } = ctx.request;
  if (charset && !/^utf-?8$/i.test(charset)) {
    throw new RequestError(
      "unsupported-media-type",
      `The charset must be utf-8, got ${JSON.stringify(charset)}.`,
    );
  }
  const encoding = ctx.get("Content-Encoding");
  if (encoding && encoding.toLowerCase() !== "identity") {
    throw new RequestError(
      "unsupported-media-type",
      `The body must come without Content-Encoding, got ${JSON.stringify(encoding)}.`,
      {
        headers: { "Accept-Encoding": "identity" },
      },
    );
  }
}

function decode(bytes: Buffer): string {
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const text = bytes.toString("utf8", marked ? 3 : 0);
  // Takes the place of what is not UTF-8, and is a character that UTF-8 has, too.
  if (text.includes("\uFFFD") && !isUtf8(bytes)) throw new RequestError("not-json", "The body is not UTF-8.");
  return text;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const fault = text.length <= MAX_LOCATED ? syntaxFault(text) : undefined;
    throw new RequestError(
      "not-json",
      fault ? `Line ${fault.line}, column ${fault.column}: ${fault.message}.` : "The body is not JSON.",
    );
  }
}
