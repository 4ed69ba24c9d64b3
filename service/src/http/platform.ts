/** What the platform asks, on a port of its own: probes, and what must never be public. */
import type { RequestListener, ServerResponse } from "node:http";
import { PROBLEM_MEDIA_TYPE, RequestError } from "../problems/requestError.ts";
import type { MetricsPage } from "../processes/messages.ts";
import { notNow, refuseUnlessReady, type ServiceState } from "../processes/state.ts";

type Route = () => Promise<MetricsPage> | MetricsPage;

const JSON_MEDIA_TYPE = "application/json; charset=utf-8";

/**
 * Answers `GET /live`, `/ready` and `/metrics`. Without Koa: these three do not need it, and the process that answers
 * them must be small.
 *
 * @param metrics What the worker measures; undefined if there is none that serves.
 */
export function platformListener({
  state,
  metrics,
}: {
  readonly state: ServiceState;
  readonly metrics: () => Promise<MetricsPage | undefined>;
}): RequestListener {
  const routes = new Map<string, Route>([
    // The process answers, whatever it waits for.
    ["/live", () => json("live")],
    [
      "/ready",
      () => {
        refuseUnlessReady(state);
        return json("ready");
      },
    ],
    [
      "/metrics",
      async () => {
        const page = await metrics();
        if (!page) throw notNow(state);
        return page;
      },
    ],
  ]);

  return async (req, res) => {
    const [path = ""] = (req.url ?? "").split("?");
    const route = routes.get(path);
    try {
      if (!route) throw new RequestError("not-found", `There is no ${path}.`);
      if (req.method !== "GET" && req.method !== "HEAD")
        throw new RequestError("method-not-allowed", `${path} takes HEAD, GET, not ${req.method}.`, {
          headers: { Allow: "HEAD, GET" },
        });
      send(res, 200, await route());
    } catch (error) {
      refuse(res, error as RequestError);
    }
  };
}

function json(status: string): MetricsPage {
  return { mediaType: JSON_MEDIA_TYPE, text: JSON.stringify({ status }) };
}

function refuse(res: ServerResponse, { problem: { status }, problem: body, headers }: RequestError): void {
  const mediaType = `${PROBLEM_MEDIA_TYPE}; charset=utf-8`;
  send(res, status, { mediaType, text: JSON.stringify(body) }, headers);
}

function send(res: ServerResponse, status: number, { mediaType, text }: MetricsPage, headers = {}): void {
  res.writeHead(status, { ...headers, "Content-Type": mediaType, "Content-Length": Buffer.byteLength(text) });
  res.end(text);
}
