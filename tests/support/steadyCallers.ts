/** Callers that ask all the time and count their answers, on kept and on new connections. */
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

export interface Tally {
  readonly answered: number;
  /** How long every answer took, and when it came, both in milliseconds. */
  readonly answers: readonly { readonly took: number; readonly at: number }[];
  /** What went wrong, request by request. */
  readonly failed: readonly string[];
  /** The releases that gave an answer. */
  readonly releases: readonly string[];
}

/** How many ask, and how often. */
export interface Load {
  /** Callers that keep their connection. */
  readonly kept?: number;
  /** Callers that open a new connection for each request. */
  readonly fresh?: number;
  /** Between two requests of one caller, in milliseconds. */
  readonly pauseMs?: number;
}

const BODY = JSON.stringify({ features: [50_000, 35, 720] });

/** Starts the callers. @returns A function that stops them. */
export function startCallers(
  url: string,
  { kept = 1, fresh = 1, pauseMs = 50 }: Load = {},
): () => Promise<Tally> {
  const failed: string[] = [];
  const releases = new Set<string>();
  const answers: { took: number; at: number }[] = [];
  const stop = new AbortController();
  const agents = Array.from({ length: kept }, () => new Agent({ keepAlive: true, maxSockets: 1 }));

  const call = async (agent: Agent | false) => {
    while (!stop.signal.aborted) {
      const asked = performance.now();
      try {
        releases.add(await ask(url, agent));
        const at = performance.now();
        answers.push({ took: at - asked, at });
      } catch (error) {
        failed.push(`${agent ? "kept" : "new"} connection: ${(error as Error).message}`);
      }
      await sleep(pauseMs);
    }
  };
  const callers = [...agents, ...Array.from({ length: fresh }, () => false as const)].map(call);
  return async () => {
    stop.abort();
    await Promise.all(callers);
    for (const agent of agents) agent.destroy();
    return { answered: answers.length, answers, failed, releases: [...releases] };
  };
}

/** @returns The release that answered. @throws Error for any answer but a prediction. */
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
