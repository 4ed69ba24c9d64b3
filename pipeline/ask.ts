/** Asks the deployed service, as a caller does. Edge. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MODEL_FOLDER } from "../common/checkout.ts";
import { type Contract, parseExactJson } from "../contract/index.ts";
import { parseContract } from "../contract/parseContract.ts";
import { difference, type GoldenRequest, inferBody, title } from "../service/src/golden/goldenRequest.ts";
import { addToSummary, warn } from "./jobSummary.ts";
import { PipelineError } from "./pipelineError.ts";
import { outputs } from "./stackSteps.ts";

/** How long a new address may take until it leads somewhere. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 2_000;
const SILENCE_MS = 10_000;

/**
 * The golden requests, and that it is the recorded release which answers.
 *
 * @param patience In milliseconds, until the address leads to that release.
 * @throws PipelineError with the first wrong answer.
 */
export async function ask(patience = PATIENCE_MS): Promise<void> {
  const { url, release, pinned } = await outputs();
  if (url === undefined || release === undefined)
    throw new PipelineError("The stack has no address to ask: nothing was deployed.", {
      fix: "npm run pipeline -- deploy",
    });
  if (/\.svc(:\d+)?$/.test(url)) {
    warn(
      `The service was not asked: ${url} leads there only inside the cluster, where the proof asked the image.`,
    );
    return;
  }
  const said =
    pinned === undefined ? await askGolden(url, release, patience) : await askStatus(url, release, patience);
  console.log(said);
  await addToSummary(`✅ ${said}`);
}

/** A pinned stack serves another model than the one in this checkout, so its golden requests would prove nothing. */
async function askStatus(url: string, release: string, patience: number): Promise<string> {
  await exchange(url, { release, patience });
  return `Release ${release} answers.`;
}

async function askGolden(url: string, release: string, patience: number): Promise<string> {
  const contract = parseContract(
    await readFile(path.join(MODEL_FOLDER, "contract.json"), "utf8"),
    "model/contract.json",
  );
  const requests = await goldenRequests(contract);
  for (const [index, request] of requests.entries()) {
    const address = `${url}/v2/models/${contract.name}/infer`;
    const answer = await exchange(address, { release, patience, body: inferBody(request, contract) });
    const problem = difference(request, answer, contract, contract.validation?.golden.tolerance ?? 0);
    if (problem !== undefined)
      throw new PipelineError(`${title(request, index)} was answered wrongly: ${problem}.`, {
        at: address,
        fix: "look at the pods' log; npm run rollback brings the release before back",
      });
  }
  return `Release ${release} answers ${requests.length} golden requests as expected.`;
}

async function goldenRequests({ validation }: Contract): Promise<readonly GoldenRequest[]> {
  if (validation === undefined) return [];
  const text = await readFile(path.join(MODEL_FOLDER, validation.golden.file), "utf8");
  return (parseExactJson(text, String) as { requests: GoldenRequest[] }).requests;
}

/** @returns the answer's JSON, once the release answers. */
async function exchange(
  url: string,
  { release, patience, body }: { release: string; patience: number; body?: unknown },
): Promise<unknown> {
  const giveUp = Date.now() + patience;
  for (;;) {
    const wrong = await attempt(url, release, body);
    if (typeof wrong !== "string") return wrong.answer;
    if (Date.now() > giveUp)
      throw new PipelineError(`The service does not answer: ${wrong}.`, {
        at: url,
        fix: "see that this machine reaches that address, and that the release is rolled out",
      });
    await sleep(PAUSE_MS);
  }
}

/** @returns the answer, or what is wrong with it in words. */
async function attempt(url: string, release: string, body: unknown): Promise<{ answer: unknown } | string> {
  try {
    const response = await fetch(url, {
      ...(body !== undefined && {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
      signal: AbortSignal.timeout(SILENCE_MS),
    });
    const text = await response.text();
    if (!response.ok) return `${response.status} ${text.slice(0, 200)}`;
    const served = response.headers.get("slipway-release");
    if (served !== release) return `release ${served} answers, and ${release} was expected`;
    return { answer: JSON.parse(text) };
  } catch (error) {
    const { message, cause } = error as Error;
    return cause instanceof Error ? `${message}: ${cause.message}` : message;
  }
}
