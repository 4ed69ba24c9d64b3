/** Callers that ask without a pause and count what they got, on kept and on new connections. */
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

export interface Tally {
  readonly answered: number;
  /** What went wrong, request by request. */
  readonly failed: readonly string[];
  /** That gave an answer. */
  readonly releases: readonly string[];
}

/** Between two requests of one caller, in milliseconds. */
const PAUSE_MS = 50;
const BODY = JSON.stringify({ features: [50_000, 35, 720] });

/** Starts a caller that keeps its connection and one that opens a new one for each request. @returns how to stop them. */
export function startCallers(url: string): () => Promise<Tally> {
  const failed: string[] = [];
  const releases = new Set<string>();
  let answered = 0;
  const stop = new AbortController();
  const kept = new Agent({ keepAlive: true, maxSockets: 1 });

  const call = async (agent: Agent | false) => {
    while (!stop.signal.aborted) {
      try {
        releases.add(await ask(url, agent));
        answered += 1;
      } catch (error) {
        failed.push(`${agent ? "kept" : "new"} connection: ${(error as Error).message}`);
      }
      await sleep(PAUSE_MS);
    }
  };
  const callers = [call(kept), call(false)];
  return async () => {
    stop.abort();
    await Promise.all(callers);
    kept.destroy();
    return { answered, failed, releases: [...releases] };
  };
}

/** @returns the release that answered. @throws Error for any other answer than a prediction. */
async function ask(url: string, agent: Agent | false): Promise<string> {
  const headers = { "Content-Type": "application/json" };
  const asked = request(`${url}/predict`, { method: "POST", agent, timeout: 5_000, headers });
  asked.on("timeout", () => asked.destroy(new Error("no answer within 5 seconds")));
  asked.on("error", () => {}); // one that comes with the response is the response's too
  asked.end(BODY);
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  const body = await text(response);
  if (response.statusCode !== 200) throw new Error(`${response.statusCode}: ${body}`);
  return String(response.headers["slipway-release"]);
}
