/** `GET /openapi.json`, and `GET /docs` with the files of that page. */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { Router } from "@koa/router";
import type { Context } from "koa";
import type { ServedContract } from "../../../contract/index.ts";
import type { GoldenRequest } from "../golden/goldenRequest.ts";
import { openApiDocument } from "../openApi/openApiDocument.ts";
import { RequestError } from "../problems/requestError.ts";
import { PAGE_FILES, PAGE_POLICY, type PageFile, page, readPageFile } from "./pageFiles.ts";

export interface DocumentsDeps {
  readonly contract: ServedContract;
  readonly release: string;
  /** A request that the model is known to answer, for the examples. Asked for once. */
  readonly golden?: (() => Promise<GoldenRequest | undefined>) | undefined;
}

/** Nothing is read, built or kept before someone asks for it. */
export function mountDocuments(router: Router, { contract, release, golden }: DocumentsDeps): void {
  const document = lazily(async () => {
    const built = openApiDocument({ contract, release, golden: await golden?.(), pageFiles: PAGE_FILES });
    return kept(Buffer.from(JSON.stringify(built)), "application/json");
  });
  router.get("/openapi.json", async (ctx) => answer(ctx, await document()));

  const html = lazily(async () =>
    kept(Buffer.from(page(`${contract.name} ${contract.version}`)), "text/html"),
  );
  router.get("/docs", async (ctx) => {
    // The page's addresses are relative to /docs, not to /docs/.
    if (ctx.path.endsWith("/")) return ctx.redirect("../docs");
    ctx.set("Content-Security-Policy", PAGE_POLICY);
    await answer(ctx, await html());
  });

  const files = new Map(
    (Object.keys(PAGE_FILES) as PageFile[]).map((name) => [
      name as string,
      lazily(async () => kept(await readPageFile(name), PAGE_FILES[name].type)),
    ]),
  );
  router.get("/docs/:file", async (ctx) => {
    const file = files.get(ctx.params.file ?? "");
    if (!file) throw new RequestError("not-found", `There is no ${ctx.path}.`);
    await answer(ctx, await file());
  });
}

interface Kept {
  readonly type: string;
  readonly etag: string;
  /** The only form that is kept: nearly all who ask take it, and it is a quarter of the size. */
  readonly gzipped: Buffer;
}

/** Compressed here and not when the image is built: not all builds of zlib give the same bytes, and a release is named after its bytes. */
async function kept(bytes: Buffer, type: string): Promise<Kept> {
  // Weak: it stands for both forms, compressed and not.
  const etag = `W/"${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}"`;
  return { type, etag, gzipped: await promisify(gzip)(bytes) };
}

async function answer(ctx: Context, { type, etag, gzipped }: Kept): Promise<void> {
  ctx.status = 200;
  ctx.etag = etag;
  // Kept by the caller, who asks each time whether it has changed: a new release must show at once.
  ctx.set("Cache-Control", "no-cache");
  ctx.set("X-Content-Type-Options", "nosniff");
  ctx.vary("Accept-Encoding");
  if (ctx.fresh) {
    ctx.status = 304;
    return;
  }
  ctx.type = type;
  if (ctx.acceptsEncodings("gzip", "identity") === "gzip") {
    ctx.set("Content-Encoding", "gzip");
    ctx.body = gzipped;
  } else ctx.body = await promisify(gunzip)(gzipped);
}

/** Makes it when it is first asked for, and again after a failure only. */
function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
