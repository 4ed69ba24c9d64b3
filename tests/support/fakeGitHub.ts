/** GitHub's API on a port of its own: gives the answers of a test, and remembers the requests. */
import { createServer, type OutgoingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface FakeGitHub {
  /** For GITHUB_API_URL. */
  readonly url: string;
  /** Method, path, and the JSON that came with it. */
  readonly asked: { readonly method: string; readonly path: string; readonly body?: any }[];
  /** The answer's status, JSON and headers. */
  answer: (
    method: string,
    path: string,
    body: any,
  ) => readonly [status: number, json: unknown, headers?: OutgoingHttpHeaders];
  close(): void;
}

export async function startGitHub(): Promise<FakeGitHub> {
  const asked: FakeGitHub["asked"] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const { method = "", url = "" } = request;
    const body = text === "" ? undefined : JSON.parse(text);
    asked.push({ method, path: url, ...(body !== undefined && { body }) });
    const [status, json, headers] =
      request.headers.authorization === "Bearer the-token"
        ? github.answer(method, url, body)
        : [401, { message: "Bad credentials" }];
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(json));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const github: FakeGitHub = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answer: () => [404, { message: "Not Found" }],
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return github;
}
