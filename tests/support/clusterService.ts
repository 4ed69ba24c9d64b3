/** Callers behind a Kubernetes Service whose pods come and go. */
import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, ask } from "./load.ts";

export interface ClusterService {
  /** The ports of its pods. New connections go to the last one first. */
  readonly endpoints: number[];
  /** All answers so far. */
  readonly answers: readonly Answer[];
  /** Ends the callers. */
  stop(): Promise<void>;
}

/** Between two requests of one caller, in milliseconds. */
const PAUSE_MS = 2;

/**
 * Starts callers that keep their connection as long as they may, and others that open one for each request.
 * If a pod's port is closed, a caller has sent nothing and goes to another pod. It does the same after
 * `Connection: close`.
 */
export function startClusterService(
  first: number,
  { keeping, opening }: { keeping: number; opening: number },
): ClusterService {
  const endpoints = [first];
  const answers: Answer[] = [];
  const stop = new AbortController();

  const call = async (agent: Agent | undefined) => {
    let kept: number | undefined;
    while (!stop.signal.aborted) {
      const port = kept ?? endpoints.at(-1)!;
      const answer = await ask({ port, ...(agent && { agent }) });
      const told = answer.status === 0 || answer.headers.connection === "close";
      kept = agent && !told ? port : undefined;
      if (!answer.refused) answers.push(answer);
      await sleep(PAUSE_MS);
    }
    agent?.destroy();
  };
  const callers = [
    ...Array.from({ length: keeping }, () => call(new Agent({ keepAlive: true, maxSockets: 1 }))),
    ...Array.from({ length: opening }, () => call(undefined)),
  ];
  return {
    endpoints,
    answers,
    async stop() {
      stop.abort();
      await Promise.all(callers);
    },
  };
}
