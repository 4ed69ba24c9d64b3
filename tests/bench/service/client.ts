/** The process that asks, from the side that tells it what. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { Load, Outcome } from "./load.ts";
import { requestsFor } from "./models.ts";
import type { Choice } from "./options.ts";
import type { Server } from "./servers.ts";

export const WARM_UP_SECONDS = 1;

/** Starts it on the cores of this process. It ends with `disconnect`. */
export function startClient(): ChildProcess {
  const client = fork(path.join(import.meta.dirname, "load.ts"), { execArgv: ["--import", "tsx"] });
  // Else one would wait for its answer for ever.
  client.once("exit", (code, signal) => {
    if (code !== 0) throw new Error(`the client has ended: ${code ?? signal}`);
  });
  return client;
}

/**
 * Asks a server for `seconds`, after a warm-up.
 *
 * @param model The model's folder.
 * @throws Error for an answer that is not 200, and for a first or last one of a connection that is not the right one.
 */
export async function ask(
  client: ChildProcess,
  { path: at, body, labels }: Server,
  {
    port,
    model,
    connections,
    rows,
    seconds,
  }: Omit<Choice, "model"> & { port: number; model: string; seconds: number },
): Promise<Outcome> {
  const asked = await requestsFor(model, rows);
  const bodies = asked.map((one) => JSON.stringify(body(one.rows)));
  const load: Load = { port, path: at, bodies, connections, warmUpSeconds: WARM_UP_SECONDS, seconds };
  client.send(load);
  const [outcome] = (await once(client, "message")) as [Outcome];
  const { answers, problems } = outcome;
  if (problems.length > 0) throw new Error(`it failed ${problems.length} times, such as: ${problems[0]}`);
  for (const { request, body: answer } of answers) {
    const given = labels(JSON.parse(answer));
    const right = asked[request]!.labels;
    if (given !== undefined && JSON.stringify(given) !== JSON.stringify(right))
      throw new Error(`it answers ${answer} to ${bodies[request]}, where the labels are ${right}`);
  }
  return outcome;
}
