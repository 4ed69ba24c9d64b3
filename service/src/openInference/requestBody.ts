/** The body of a request for an inference: JSON, and the bytes that follow it; compressed, if the client likes. */
import { promisify } from "node:util";
import { gunzip, inflate } from "node:zlib";
import type { Context } from "koa";
import { parseJson } from "../http/jsonBody.ts";
import { MAX_BODY, readRequestBytes } from "../http/requestBytes.ts";
import { RequestError } from "../problems/requestError.ts";

/** How many bytes of a body are JSON, if binary data follows. Requests and answers have it. */
export const JSON_LENGTH_HEADER = "Inference-Header-Content-Length";

export interface RequestBody {
  readonly json: unknown;
  readonly binary: Buffer;
}

const DECODERS = new Map([
  ["gzip", promisify(gunzip)],
  // zlib's format, as HTTP means it by this name, and as clients send it.
  ["deflate", promisify(inflate)],
]);

/** @throws RequestError: 400, 413 or 415. */
export async function readRequestBody(ctx: Context): Promise<RequestBody> {
  const bytes = await readDecoded(ctx);
  if (bytes.length === 0) throw new RequestError("not-json", "The body is empty.");
  const end = jsonLength(ctx, bytes.length);
  return { json: parseJson(bytes.subarray(0, end)), binary: bytes.subarray(end) };
}

/** The same for a body that is JSON alone, or empty. @returns undefined if it is empty. */
export async function readOptionalJson(ctx: Context): Promise<unknown> {
  const bytes = await readDecoded(ctx);
  return bytes.length === 0 ? undefined : parseJson(bytes);
}

async function readDecoded(ctx: Context): Promise<Buffer> {
  refuseOtherMediaTypes(ctx);
  const encoding = ctx.get("Content-Encoding").toLowerCase();
  const decoder = DECODERS.get(encoding);
  if (!decoder && encoding !== "" && encoding !== "identity")
    throw new RequestError(
      "unsupported-media-type",
      `The Content-Encoding must be ${[...DECODERS.keys()].join(", ")} or none, got ${JSON.stringify(encoding)}.`,
      { headers: { "Accept-Encoding": [...DECODERS.keys(), "identity"].join(", ") } },
    );
  const sent = await readRequestBytes(ctx.req);
  return decoder && sent.length > 0 ? decoded(sent, encoding, decoder) : sent;
}

/** Triton's clients send no type with JSON, or that of bytes. */
function refuseOtherMediaTypes(ctx: Context): void {
  const type = ctx.get("Content-Type");
  // By the header: koa sees no type if there is no body.
  const [essence, ...more] = type
    .toLowerCase()
    .split(";")
    .map((part) => part.trim());
  const charset = more.find((parameter) => parameter.startsWith("charset="));
  const utf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  if (utf8 && ["", "application/json", "application/octet-stream"].includes(essence!)) return;
  throw new RequestError(
    "unsupported-media-type",
    `Content-Type must be application/json in UTF-8, application/octet-stream or none, got ${JSON.stringify(type)}.`,
  );
}

async function decoded(
  bytes: Buffer,
  encoding: string,
  decoder: (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>,
): Promise<Buffer> {
  try {
    return await decoder(bytes, { maxOutputLength: MAX_BODY });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
      throw new RequestError("too-large", `The body may have at most ${MAX_BODY} bytes, decompressed.`);
    throw new RequestError("bad-request", `The body is not ${encoding}, as its Content-Encoding says.`);
  }
}

function jsonLength(ctx: Context, total: number): number {
  const given = ctx.get(JSON_LENGTH_HEADER);
  if (given === "") return total;
  const length = /^\d{1,15}$/.test(given) ? Number(given) : 0;
  if (length >= 1 && length <= total) return length;
  throw new RequestError(
    "bad-request",
    `${JSON_LENGTH_HEADER} must be from 1 to ${total}, the bytes of the body, got ${JSON.stringify(given)}.`,
  );
}
