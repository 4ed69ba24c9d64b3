/** Runs the service as its image does and asks it the golden requests over HTTP. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseExactJson, type ServedContract } from "../../../contract/index.ts";
import { difference, type GoldenRequest, inferBody, title } from "../golden/goldenRequest.ts";
import { exitReason } from "../processes/exitReason.ts";

export interface Proof {
  /** The service's bundle. */
  readonly service: string;
  /** Folder with contract.json and golden.json. */
  readonly modelDir: string;
  /** Where the service listens, as its environment says. */
  readonly port: number;
  readonly platformPort: number;
  /** Largest accepted difference of a floating-point number. */
  readonly tolerance: number;
  /** Ends the proof, which fails then; its reason's message says why. */
  readonly signal: AbortSignal;
}

type Say = (line: string) => void;

/** Between two looks at /ready, in milliseconds. */
const READY_INTERVAL_MS = 100;
/** How long after a connection breaks the service's own end is waited for, which explains more. */
const END_NOTICE_MS = 1_000;
/** Differing requests that get a line; the verdict counts them all. */
const MAX_LISTED = 10;

const CLEAN = exitReason(0, null);

/**
 * Starts the service, waits until it is ready, asks each golden request, and stops it with SIGTERM.
 *
 * @param say Gets one line per request that was not answered as expected, and the verdict as the last.
 * @returns whether the service got ready, was right in every answer, and left with 0.
 */
export async function proveService(proof: Proof, say: Say): Promise<boolean> {
  const started = performance.now();
  // As the image's entry point runs it; its log goes where ours goes.
  const child = spawn(process.execPath, [proof.service], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const service = { is: "starting" };
  const exit = once(child, "exit").then(([code, signal]) => exitReason(code, signal));
  const early = exit.then((how) => Promise.reject(new Error(`the service ${how} while ${service.is}`)));
  const over = new AbortController();
  const signal = AbortSignal.any([proof.signal, over.signal]);
  const aborted = once(proof.signal, "abort").then(() =>
    Promise.reject(new Error(`${messageOf(proof.signal.reason)} while the service was ${service.is}`)),
  );
  try {
    const asked = await Promise.race([askAll({ ...proof, signal }, service, say), early, aborted]);
    service.is = "stopping";
    child.kill("SIGTERM");
    const how = await Promise.race([exit, aborted]);
    if (how !== CLEAN) throw new Error(`the service ${how} after SIGTERM, and exit code 0 was expected`);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    say(`Proof passed: ${asked} answered as expected, in ${seconds} s.`);
    return true;
  } catch (error) {
    say(`Proof failed: ${messageOf(error)}.`);
    return false;
  } finally {
    over.abort();
    child.kill("SIGKILL");
  }
}

/** @returns how many requests, in words. @throws Error with the verdict if an answer was not as expected. */
async function askAll(proof: Proof, service: { is: string }, say: Say): Promise<string> {
  const read = async (file: string) =>
    parseExactJson(await readFile(join(proof.modelDir, file), "utf8"), String);
  const contract = (await read("contract.json")) as ServedContract;
  const { requests } = (await read("golden.json")) as { requests: readonly GoldenRequest[] };
  await untilReady(proof, service);
  let wrong = 0;
  for (const [index, request] of requests.entries()) {
    service.is = `answering ${title(request, index)}`;
    const problem = await ask(request, contract, proof);
    if (problem !== undefined && ++wrong <= MAX_LISTED) say(`${title(request, index)}: ${problem}.`);
  }
  const all = `${requests.length} golden ${requests.length === 1 ? "request" : "requests"}`;
  if (wrong > 0) throw new Error(`${wrong} of ${all} not answered as expected`);
  return all;
}

async function untilReady({ platformPort, signal }: Proof, service: { is: string }): Promise<void> {
  for (;;) {
    const answer = await exchange(`http://127.0.0.1:${platformPort}/ready`, { signal }).catch(
      () => undefined,
    );
    if (answer?.status === 200) return;
    const says = answer ? `answers ${answer.status}: ${detailOf(answer.text)}` : "does not answer";
    service.is = `starting (/ready ${says})`;
    await sleep(READY_INTERVAL_MS, undefined, { signal });
  }
}

/** @returns what is wrong with the answer, if anything is. */
async function ask(
  request: GoldenRequest,
  contract: ServedContract,
  { port, tolerance, signal }: Proof,
): Promise<string | undefined> {
  const { status, text } = await exchange(`http://127.0.0.1:${port}/v2/models/${contract.name}/infer`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(inferBody(request, contract)),
    signal,
  }).catch(async (error: Error) => {
    await sleep(END_NOTICE_MS, undefined, { signal });
    throw new Error(`the connection broke: ${messageOf(error.cause ?? error)}`, { cause: error });
  });
  return status === 200
    ? difference(request, JSON.parse(text), contract, tolerance)
    : `the service answered ${status}: ${detailOf(text)}`;
}

async function exchange(url: string, options: RequestInit): Promise<{ status: number; text: string }> {
  const response = await fetch(url, options);
  return { status: response.status, text: await response.text() };
}

/** A problem's detail, without its full stop; of anything else the text. */
function detailOf(text: string): string {
  try {
    return String(JSON.parse(text).detail ?? text).replace(/\.$/, "");
  } catch {
    return text;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
