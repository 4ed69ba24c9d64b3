import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { buffer } from "node:stream/consumers";
import { runInNewContext } from "node:vm";
import { gunzipSync } from "node:zlib";
import { Router } from "@koa/router";
import Koa from "koa";
import { mountDocuments } from "../../../service/src/docs/mountDocuments.ts";
import { listen } from "../../../service/src/http/server.ts";
import { contract, type StartedApp, startApp } from "../../support/serviceApp.ts";

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** As it comes, nothing decompressed and no redirect followed. */
async function get(url: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) =>
    request(url, { headers, method }, resolve).on("error", reject).end(),
  );
  return { status: answer.statusCode, headers: answer.headers, body: await buffer(answer) };
}

const GZIP = { "Accept-Encoding": "gzip" };
const FILES = {
  "/openapi.json": "application/json; charset=utf-8",
  "/docs": "text/html; charset=utf-8",
  "/docs/swagger-ui-bundle.js": "text/javascript; charset=utf-8",
  "/docs/swagger-ui.css": "text/css; charset=utf-8",
  "/docs/initialiser.js": "text/javascript; charset=utf-8",
};

describe("mountDocuments", () => {
  let app: StartedApp;
  before(async () => {
    app = await startApp();
  });
  after(() => app.server.close().closeAllConnections());

  for (const [path, type] of Object.entries(FILES)) {
    it(`gives ${path} compressed and not, with a tag and to be asked for again`, async () => {
      const compressed = await get(app.url + path, GZIP);
      const plain = await get(app.url + path);

      for (const { status, headers } of [compressed, plain]) {
        assert.equal(status, 200);
        assert.equal(headers["content-type"], type);
        assert.equal(headers["cache-control"], "no-cache");
        assert.equal(headers["vary"], "Accept-Encoding");
        assert.equal(headers["x-content-type-options"], "nosniff");
        assert.match(headers["etag"] as string, /^W\/"[0-9a-f]{16}"$/);
      }
      assert.equal(compressed.headers["content-encoding"], "gzip");
      assert.equal(plain.headers["content-encoding"], undefined);
      assert(gunzipSync(compressed.body).equals(plain.body));
    });

    it(`says that ${path} has not changed`, async () => {
      const { headers } = await get(app.url + path, GZIP);
      const again = await get(app.url + path, { ...GZIP, "If-None-Match": headers["etag"] as string });
      const other = await get(app.url + path, { ...GZIP, "If-None-Match": 'W/"0123456789abcdef"' });

      assert.equal(again.status, 304);
      assert.equal(again.body.length, 0);
      assert.equal(again.headers["etag"], headers["etag"]);
      assert.equal(other.status, 200);
    });

    it(`gives the headers alone of ${path}`, async () => {
      const { status, headers, body } = await get(app.url + path, {}, "HEAD");

      assert.equal(status, 200);
      assert.equal(headers["content-type"], type);
      assert.equal(body.length, 0);
    });
  }

  for (const file of ["swagger-ui-bundle.js", "swagger-ui.css"]) {
    it(`gives ${file} as Swagger UI has it`, async () => {
      const { body } = await get(`${app.url}/docs/${file}`);

      assert(body.equals(readFileSync(`node_modules/swagger-ui-dist/${file}`)));
    });
  }

  it("forbids the page all but what this service gives", async () => {
    const { headers } = await get(`${app.url}/docs`);

    assert.equal(
      headers["content-security-policy"],
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
  });

  it("has a page that loads its own files and nothing else, and holds no script", async () => {
    const html = (await get(`${app.url}/docs`)).body.toString();
    const loaded = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address!);

    assert.deepEqual(loaded, [
      "data:,",
      "docs/swagger-ui.css",
      "docs/swagger-ui-bundle.js",
      "docs/initialiser.js",
    ]);
    assert.doesNotMatch(html, /<script(?! src="[^"]*"><\/script>)|<style|\son\w+=|style=/);
    for (const address of loaded.slice(1))
      assert.equal((await get(new URL(address, `${app.url}/docs`).href)).status, 200, address);
  });

  it("has the page ask for this service's document, and for no opinion of another host", async () => {
    const script = (await get(`${app.url}/docs/initialiser.js`)).body.toString();
    const settings: Record<string, unknown>[] = [];
    // As the page runs it, with Swagger UI's one global.
    runInNewContext(script, { SwaggerUIBundle: (given: Record<string, unknown>) => settings.push(given) });

    assert.equal(settings.length, 1);
    assert.equal(settings[0]!["url"], "openapi.json");
    assert.equal(settings[0]!["validatorUrl"], null);
    assert.doesNotMatch(script, /\/\//.source ? /https?:/ : /$^/);
  });

  it("sends /docs/ to /docs, where the page's addresses hold", async () => {
    const { status, headers } = await get(`${app.url}/docs/`);

    assert.equal(status, 302);
    assert.equal(new URL(headers["location"] as string, `${app.url}/docs/`).pathname, "/docs");
  });

  for (const path of ["/docs/index.html", "/docs/..%2fmain.ts", "/docs/constructor"]) {
    it(`refuses ${path}`, async () => {
      const { status, headers } = await get(app.url + path);

      assert.equal(status, 404);
      assert.equal(headers["content-type"], "application/problem+json");
    });
  }

  it("asks for the golden request once, when the document is asked for, and again after a failure", async () => {
    let asked = 0;
    const router = new Router();
    mountDocuments(router, {
      contract,
      release: "r1",
      async golden() {
        asked += 1;
        if (asked === 1) throw new Error("the disk is slow today");
        return undefined;
      },
    });
    const koa = new Koa().use(router.routes());
    koa.silent = true;
    const { server, port } = await listen(koa.callback(), 0, "127.0.0.1");
    try {
      const statuses: unknown[] = [asked];
      for (let i = 0; i < 3; i++) statuses.push((await get(`http://127.0.0.1:${port}/openapi.json`)).status);

      assert.deepEqual(statuses, [0, 500, 200, 200]);
      assert.equal(asked, 2);
    } finally {
      server.close().closeAllConnections();
    }
  });
});
