import assert from "node:assert/strict";
import type { OutgoingHttpHeaders } from "node:http";
import { inspect } from "node:util";
import { GitHub, GitHubError } from "../../pipeline/github.ts";
import { type FakeGitHub, startGitHub } from "../support/fakeGitHub.ts";

const SECOND = 50;
const WELL = [200, { id: 1 }] as const;
const LIMITED = { message: "You have exceeded a secondary rate limit." };

/** What comes of it, and how many seconds it takes. */
async function timed<T>(act: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const started = performance.now();
  return { result: await act(), seconds: (performance.now() - started) / SECOND };
}

/** The reason why it fails, in which the token is nowhere. */
async function failure(act: () => Promise<unknown>): Promise<GitHubError> {
  const error = await act().then(
    () => assert.fail("it should fail"),
    (reason: unknown) => reason,
  );
  assert(error instanceof GitHubError, String(error));
  assert(!inspect(error, { depth: 20, showHidden: true }).includes("the-token"));
  return error;
}

describe("GitHub", () => {
  let server: FakeGitHub;
  let github: GitHub;

  beforeEach(async () => {
    server = await startGitHub();
    github = new GitHub(
      { GITHUB_API_URL: server.url, GITHUB_REPOSITORY: "acme/loans", GITHUB_TOKEN: "the-token" },
      SECOND,
    );
  });
  afterEach(() => server.close());

  /** Gives these answers one after the other, and the last one from then on. */
  const answering = (...answers: (readonly [number, unknown, OutgoingHttpHeaders?])[]) => {
    server.answer = () => (answers.length > 1 ? answers.shift()! : answers[0]!);
  };

  it("tries again, a second later, when GitHub fails", async () => {
    answering([502, { message: "Bad Gateway" }], WELL);

    const { result, seconds } = await timed(() =>
      github.request("PATCH", "/issues/comments/1", { body: "new" }),
    );

    assert.deepEqual(result, { id: 1 });
    assert.deepEqual(
      server.asked,
      Array.from({ length: 2 }, () => ({
        method: "PATCH",
        path: "/repos/acme/loans/issues/comments/1",
        body: { body: "new" },
      })),
    );
    assert(seconds >= 0.9, `after ${seconds} s`);
  });

  it("makes nothing twice that is not named after its content", async () => {
    answering([502, { message: "Bad Gateway" }], WELL);
    assert.deepEqual(await github.request("POST", "/git/blobs", { content: "" }), { id: 1 });
    assert.equal(server.asked.length, 2);

    answering([502, { message: "Bad Gateway" }], WELL);
    const { message } = await failure(() => github.request("POST", "/git/refs", {}));
    assert.match(message, /^GitHub answered 502 to POST \/git\/refs: Bad Gateway\n/);
    assert.equal(server.asked.length, 3);
  });

  for (const [limit, answer] of [
    ["429", [429, LIMITED, { "retry-after": "4" }]],
    ["403", [403, LIMITED, { "retry-after": "4" }]],
  ] as const)
    it(`waits as long as GitHub says with a ${limit}, before a POST too`, async () => {
      answering(answer, WELL);

      const { result, seconds } = await timed(() => github.request("POST", "/pulls", {}));

      assert.deepEqual(result, { id: 1 });
      assert.equal(server.asked.length, 2);
      assert(seconds >= 3.9, `after ${seconds} s`);
    });

  it("waits until the hour's requests are given anew", async () => {
    const reset = Math.ceil(Date.now() / 1_000) + 6;
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": `${reset}` };
    answering([403, { message: "API rate limit exceeded" }, headers], WELL);

    const { seconds } = await timed(() => github.request("GET", "/pulls"));

    assert.equal(server.asked.length, 2);
    assert(seconds >= 4.9, `after ${seconds} s`);
  });

  it("does not wait for a limit of an hour, and says when to come back", async () => {
    answering([429, LIMITED, { "retry-after": "3600" }]);

    const { message, status } = await failure(() => github.request("GET", "/pulls"));

    assert.equal(server.asked.length, 1);
    assert.equal(status, 429);
    assert.equal(
      message,
      `GitHub answered 429 to GET /pulls: You have exceeded a secondary rate limit.
  at:  ${server.url}/repos/acme/loans
  fix: run the job again after 3600 s, when GitHub lifts its limit`,
    );
  });

  for (const status of [401, 403, 404, 409, 422])
    it(`does not try again after ${status}`, async () => {
      answering([status, { message: "No" }], WELL);

      assert.equal((await failure(() => github.request("GET", "/pulls"))).status, status);
      assert.equal(server.asked.length, 1);
    });

  it("gives up when GitHub goes on failing", async () => {
    answering([503, { message: "Unavailable" }]);

    const { result, seconds } = await timed(() => failure(() => github.request("GET", "/pulls")));

    assert.equal(
      result.message,
      `GitHub answered 503 to GET /pulls, 4 times: Unavailable
  at:  ${server.url}/repos/acme/loans
  fix: run the job again; https://www.githubstatus.com says whether GitHub is well`,
    );
    assert.equal(server.asked.length, 4);
    assert(seconds >= 13.5, `after ${seconds} s`);
  });

  it("tries again when an answer breaks off, and never takes it for a whole one", async () => {
    answering([200, ["cut off"], { "content-length": "1000", connection: "close" }]);

    const { message } = await failure(() => github.request("GET", "/pulls"));

    assert.match(message, /^GitHub gave no valid answer to GET \/pulls, 4 times: /);
  });

  it("says that nobody answers", async () => {
    server.close();

    const { message } = await failure(() => github.request("GET", "/pulls"));

    assert.match(message, /^GitHub gave no valid answer to GET \/pulls, 4 times: connect ECONNREFUSED /);
  });

  it("keeps the token to itself when it is wrong", async () => {
    const wrong = new GitHub({
      GITHUB_API_URL: server.url,
      GITHUB_REPOSITORY: "acme/loans",
      GITHUB_TOKEN: "another-token",
    });

    const error = await failure(() => wrong.request("GET", "/pulls"));

    assert.match(error.message, /^GitHub answered 401 to GET \/pulls: Bad credentials\n/);
    assert(!inspect(error, { depth: 20, showHidden: true }).includes("another-token"));
  });
});
