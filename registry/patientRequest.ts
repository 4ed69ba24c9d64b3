/** HTTP requests with a limit on every wait, and a second try. Edge. */
import { setTimeout as wait } from "node:timers/promises";

export interface Answer {
  readonly response: Response;
  /** The body, to be read once. Throws when the connection breaks or falls silent. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Whether it came from another address than the one asked. */
  readonly redirected: boolean;
}

/** Whether a redirect to this address is followed. */
export type Follows = (to: URL) => boolean;

const PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 10_000;
const MOST_REDIRECTS = 10;
const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * Sends a request, and sends it once more after a broken connection, a 429 or a 5xx.
 *
 * @param silenceMs How long to wait for the head of the answer and for each further piece, in milliseconds.
 * @param follows @default none: the redirect itself is the answer.
 * @throws Error if no answer comes. `unreachable` puts it into words.
 */
export async function patientRequest(
  url: string | URL,
  init: RequestInit,
  silenceMs: number,
  follows: Follows = () => false,
): Promise<Answer> {
  try {
    const answer = await request(url, init, silenceMs, follows);
    const { status, headers, body } = answer.response;
    if (status !== 429 && status < 500) return answer;
    await body?.cancel();
    const seconds = Number(headers.get("retry-after") ?? Number.NaN); // a date is NaN too
    await wait(Number.isNaN(seconds) ? PAUSE_MS : Math.min(seconds * 1000, LONGEST_PAUSE_MS));
  } catch {
    await wait(PAUSE_MS);
  }
  return request(url, init, silenceMs, follows);
}

/** Like fetch (fetch.spec.whatwg.org, "HTTP-redirect fetch"), it sends no Authorization header to another origin. */
async function request(
  url: string | URL,
  init: RequestInit,
  silenceMs: number,
  follows: Follows,
): Promise<Answer> {
  const headers = new Headers(init.headers);
  let from = new URL(url);
  for (let redirects = 0; ; redirects++) {
    const answer = await requestOnce(from, { ...init, headers, redirect: "manual" }, silenceMs);
    const to = redirectOf(answer.response);
    if (to === undefined || redirects === MOST_REDIRECTS || !follows(to))
      return { ...answer, redirected: redirects > 0 };
    await answer.response.body?.cancel();
    if (to.origin !== from.origin) headers.delete("authorization");
    from = to;
  }
}

/** @returns undefined if the answer is not a redirect, or gives no address. */
export function redirectOf(response: Response): URL | undefined {
  return REDIRECTS.includes(response.status) ? locationOf(response) : undefined;
}

/** The address that an answer names in its `Location`; undefined if there is none, or none that can be read. */
export function locationOf({ headers, url }: Response): URL | undefined {
  const location = headers.get("location");
  return location !== null && URL.canParse(location, url) ? new URL(location, url) : undefined;
}

async function requestOnce(
  url: URL,
  init: RequestInit,
  silenceMs: number,
): Promise<Omit<Answer, "redirected">> {
  const abort = new AbortController();
  const timer = () =>
    setTimeout(() => abort.abort(new Error(`it was silent for ${silenceMs / 1000} s`)), silenceMs);
  const head = timer();
  try {
    const response = await fetch(url, { ...init, signal: abort.signal });
    return { response, bytes: pieces(response, timer) };
  } finally {
    clearTimeout(head);
  }
}

async function* pieces(response: Response, start: () => NodeJS.Timeout): AsyncGenerator<Uint8Array> {
  let timer = start();
  try {
    for await (const piece of response.body ?? []) {
      clearTimeout(timer); // the reader's own time does not count
      yield piece;
      timer = start();
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Why no answer came, or why it broke off: the cause of fetch's own "fetch failed" and "terminated". */
export function reason(error: unknown): string {
  const { cause, message } = error as Error;
  // A host with several addresses gives one error for each.
  const below = cause instanceof AggregateError ? cause.errors[0] : cause;
  return below instanceof Error ? below.message : message;
}
