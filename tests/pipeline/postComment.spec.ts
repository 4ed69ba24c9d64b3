import assert from "node:assert/strict";
import { GitHub, GitHubError } from "../../pipeline/github.ts";
import { postComment } from "../../pipeline/postComment.ts";
import { type FakeGitHub, startGitHub } from "../support/fakeGitHub.ts";

const MARKER = "<!-- slipway preview of production -->";
const NEW = { pullRequest: 7, marker: MARKER, body: `${MARKER}\n\nnew` };

const others = (n: number) =>
  Array.from({ length: n }, (_, id) => ({ id, user: { type: "User" }, body: "hello" }));

describe("postComment", () => {
  let server: FakeGitHub;
  let github: GitHub;

  beforeEach(async () => {
    server = await startGitHub();
    github = new GitHub({
      GITHUB_API_URL: server.url,
      GITHUB_REPOSITORY: "acme/loans",
      GITHUB_TOKEN: "the-token",
    });
  });
  afterEach(() => server.close());

  /** Answers with these comments, a hundred a page. */
  const holding = (comments: readonly object[]) => {
    server.answer = (method, path) => {
      const page = Number(/&page=(\d+)/.exec(path)?.[1]);
      return method === "GET" ? [200, comments.slice((page - 1) * 100, page * 100)] : [200, {}];
    };
  };
  const written = () => server.asked.filter(({ method }) => method !== "GET");

  it("makes one if there is none", async () => {
    holding(others(3));

    assert.equal(await postComment(github, NEW), "made");

    assert.deepEqual(written(), [
      { method: "POST", path: "/repos/acme/loans/issues/7/comments", body: { body: NEW.body } },
    ]);
  });

  it("replaces its own, on whatever page that is", async () => {
    holding([...others(230), { id: 999, user: { type: "Bot" }, body: `${MARKER}\n\nold` }]);

    assert.equal(await postComment(github, NEW), "replaced");

    assert.deepEqual(written(), [
      { method: "PATCH", path: "/repos/acme/loans/issues/comments/999", body: { body: NEW.body } },
    ]);
  });

  it("leaves a person's comment that quotes it alone, one for another stack, and one without a text or author", async () => {
    holding([
      { id: 1, user: { type: "User" }, body: `${MARKER}\n\nmine` },
      { id: 2, user: { type: "Bot" }, body: "<!-- slipway preview of staging -->" },
      { id: 3, user: null },
      { id: 4, user: { type: "Bot" } },
      { id: 5, user: { type: "Bot" }, body: `> ${MARKER}\n\nAnother bot's, which quotes it` },
    ]);

    assert.equal(await postComment(github, NEW), "made");
  });

  it("says which request GitHub refused, and what to look at", async () => {
    server.answer = () => [403, { message: "Resource not accessible by integration" }];

    await assert.rejects(postComment(github, NEW), (error: GitHubError) => {
      assert.equal(error.status, 403);
      assert.equal(
        error.message,
        `GitHub answered 403 to GET /issues/7/comments?per_page=100&page=1: Resource not accessible by integration
  at:  ${server.url}/repos/acme/loans
  fix: look whether the job's permissions in .github/workflows allow it, and the repository's settings: docs/pipeline.md`,
      );
      return true;
    });
  });

  it("names what the environment lacks", () => {
    assert.throws(
      () => new GitHub({ GITHUB_REPOSITORY: "acme/loans" }),
      /^PipelineError: GITHUB_TOKEN is not set\.\n/,
    );
  });
});
