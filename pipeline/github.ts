/** GitHub's REST API, as far as the pipeline needs it. Edge. */
import { Octokit } from "@octokit/core";
import { retry } from "@octokit/plugin-retry";
import { RequestError } from "@octokit/request-error";
import { type Environment, required } from "./jobEnvironment.ts";
import { PipelineError } from "./pipelineError.ts";

/** How long one try may take. */
const PATIENCE_MS = 30_000;
/** They come after 1, 4 and 9 seconds, or when GitHub says. */
const RETRIES = 3;
/** A job that waits costs money, so a longer limit ends it. */
const LONGEST_WAIT_SECONDS = 60;
/** GitHub asks for this pause if it names none. */
const UNSAID_SECONDS = 60;
const PAGE = 100;
const CLIENT_ERRORS = Array.from({ length: 100 }, (_, i) => 400 + i);
/** GitHub names these after their content, so that nothing is made twice. */
const NAMED_AFTER_CONTENT = /^\/git\/(blobs|trees|commits)$/;

export class GitHubError extends PipelineError {
  readonly status: number;

  constructor(status: number, ...rest: ConstructorParameters<typeof PipelineError>) {
    super(...rest);
    this.status = status;
  }
}

const Client = Octokit.plugin(heedLimits, retry);

/** One repository, as the job's token may see and change it. */
export class GitHub {
  readonly #repository: string;
  readonly #token: string;
  readonly #client: Octokit;

  /**
   * @param second How long a second of waiting lasts, in milliseconds.
   * @throws PipelineError outside of a job, or in one that was not given the token.
   */
  constructor(env: Environment, second = 1_000) {
    const api = env["GITHUB_API_URL"] ?? "https://api.github.com";
    const name = required(
      env,
      "GITHUB_REPOSITORY",
      "run this in a workflow, or export GITHUB_REPOSITORY=OWNER/NAME",
    );
    this.#repository = `${api}/repos/${name}`;
    this.#token = required(
      env,
      "GITHUB_TOKEN",
      "give the step the job's token: GITHUB_TOKEN: ${{ github.token }}",
    );
    this.#client = new Client({
      baseUrl: this.#repository,
      request: { fetch: fetchWhole },
      retry: { retries: RETRIES, doNotRetry: CLIENT_ERRORS, retryAfterBaseValue: second },
    });
  }

  /**
   * Tries again if GitHub does not answer or fails, unless that could make something twice; and if it limits requests.
   *
   * @param path Below the repository: `/pulls`.
   * @throws GitHubError
   */
  async request<T>(method: string, path: string, body?: unknown): Promise<T> {
    try {
      const { data } = await this.#client.request({
        method,
        url: path,
        headers: {
          accept: "application/vnd.github+json",
          authorization: `Bearer ${this.#token}`,
          "x-github-api-version": "2022-11-28",
        },
        ...(body !== undefined && { data: body }),
        // Each request has an object of its own, since the plugin counts the tries in it.
        request: method === "POST" && !NAMED_AFTER_CONTENT.test(path) ? { retries: 0 } : {},
      });
      return data as T;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      const { status, response, request } = error;
      const said = response === undefined ? "gave no valid answer to" : `answered ${status} to`;
      const tries = 1 + (request.request?.["retryCount"] ?? 0);
      throw new GitHubError(
        status,
        `GitHub ${said} ${method} ${path}${tries > 1 ? `, ${tries} times` : ""}: ${reasonOf(error)}`,
        { at: this.#repository, fix: fixOf(error) },
      );
    }
  }

  /** Every entry of a list, page after page. */
  async *list<T>(path: string): AsyncGenerator<T> {
    for (let page = 1; ; page++) {
      const entries = await this.request<readonly T[]>("GET", `${path}?per_page=${PAGE}&page=${page}`);
      yield* entries;
      if (entries.length < PAGE) return;
    }
  }
}

/** Reads the answer to its end, since Octokit takes one that breaks off for a whole one. */
async function fetchWhole(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...options, signal: AbortSignal.timeout(PATIENCE_MS) });
  const text = await response.text();
  if (response.ok && text !== "") JSON.parse(text);
  return new Response(text === "" ? null : text, response);
}

/** Has the request tried again when GitHub lifts its limit, which the plugin for retries does not look at. */
function heedLimits(octokit: Octokit): object {
  octokit.hook.error("request", (error) => {
    const seconds = error instanceof RequestError ? limitedFor(error) : undefined;
    if (seconds === undefined || seconds > LONGEST_WAIT_SECONDS) throw error;
    throw (octokit as InstanceType<typeof Client>).retry.retryRequest(
      error as RequestError,
      RETRIES,
      seconds,
    );
  });
  return {};
}

/** In seconds; undefined if it is no limit that was met (https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api). */
function limitedFor(error: RequestError): number | undefined {
  if (error.status !== 403 && error.status !== 429) return undefined;
  const headers = error.response?.headers ?? {};
  if (headers["retry-after"] !== undefined) return Number(headers["retry-after"]) || UNSAID_SECONDS;
  if (headers["x-ratelimit-remaining"] === "0")
    return Math.max(1, Math.ceil(Number(headers["x-ratelimit-reset"]) - Date.now() / 1_000));
  return error.status === 429 || /secondary rate limit/i.test(error.message) ? UNSAID_SECONDS : undefined;
}

function reasonOf({ message, response }: RequestError): string {
  const data = response?.data as { message?: unknown } | string | undefined;
  return typeof data === "object" ? String(data.message) : message.slice(0, 200);
}

function fixOf(error: RequestError): string {
  const seconds = limitedFor(error);
  if (seconds !== undefined) return `run the job again after ${seconds} s, when GitHub lifts its limit`;
  if (error.status === 403)
    return "look whether the job's permissions in .github/workflows allow it, and the repository's settings: docs/pipeline.md";
  return "run the job again; https://www.githubstatus.com says whether GitHub is well";
}
