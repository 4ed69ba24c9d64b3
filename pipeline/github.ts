/** GitHub's REST API, as far as the pipeline needs it. Edge. */
import { type Environment, required } from "./environment.ts";
import { PipelineError } from "./pipelineError.ts";

const PATIENCE_MS = 30_000;
const PAGE = 100;

export class GitHubError extends PipelineError {
  readonly status: number;

  constructor(status: number, ...rest: ConstructorParameters<typeof PipelineError>) {
    super(...rest);
    this.status = status;
  }
}

/** One repository, as the job's token may see and change it. */
export class GitHub {
  readonly #repository: string;
  readonly #token: string;

  /** @throws PipelineError outside of a job, or in one that was not given the token. */
  constructor(env: Environment) {
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
  }

  /**
   * @param path Below the repository: `/pulls`.
   * @throws GitHubError
   */
  async request<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.#repository}${path}`, {
      method,
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${this.#token}`,
        "x-github-api-version": "2022-11-28",
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await response.text();
    if (response.ok) return (text === "" ? undefined : JSON.parse(text)) as T;
    throw new GitHubError(
      response.status,
      `GitHub answered ${response.status} to ${method} ${path}: ${messageOf(text)}`,
      {
        at: this.#repository,
        fix:
          response.status === 403
            ? "look whether the job's permissions in .github/workflows allow it, and the repository's settings: docs/pipeline.md"
            : "run the job again; https://www.githubstatus.com says whether GitHub is well",
      },
    );
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

function messageOf(text: string): string {
  try {
    return String((JSON.parse(text) as { message?: unknown }).message);
  } catch {
    return text.slice(0, 200);
  }
}
