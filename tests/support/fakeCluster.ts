/** A Kubernetes API with answers from the test, and the kubeconfig that names it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

export class FakeCluster {
  /** JSON, or text as it is, by path without the query. Any other path is not found. */
  answers: Record<string, object | string> = {};
  /** What every request gets instead. */
  refuse: { readonly code: number; readonly message: string } | undefined;
  /** Paths with their queries, as they were requested. */
  readonly asked: string[] = [];
  readonly #directory = mkdtempSync(path.join(tmpdir(), "slipway-kubeconfig-"));
  readonly #kubeconfigBefore = process.env["KUBECONFIG"];
  readonly #server: Server = createServer((request, response) => {
    const url = request.url ?? "";
    this.asked.push(url);
    const answer = this.answers[url.replace(/\?.*/, "")];
    const refusal = this.refuse ?? (answer === undefined ? { code: 404, message: "not found" } : undefined);
    response.writeHead(refusal?.code ?? 200, {
      "content-type": typeof answer === "string" ? "text/plain" : "application/json",
    });
    response.end(
      typeof answer === "string" ? answer : JSON.stringify(refusal ? { kind: "Status", ...refusal } : answer),
    );
  });

  /** Starts it and makes the current kubeconfig name it. @returns Its address. */
  async start(): Promise<string> {
    await new Promise<void>((listening) => this.#server.listen(0, "127.0.0.1", listening));
    const url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    this.use(url);
    return url;
  }

  /** Makes the current kubeconfig name this API server. */
  use(url: string): void {
    const file = path.join(this.#directory, "config");
    const config = {
      clusters: [{ name: "c", cluster: { server: url, "insecure-skip-tls-verify": true } }],
      users: [{ name: "u", user: {} }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    };
    writeFileSync(file, JSON.stringify(config));
    process.env["KUBECONFIG"] = file;
  }

  stop(): void {
    this.#server.close();
    rmSync(this.#directory, { recursive: true });
    if (this.#kubeconfigBefore === undefined) delete process.env["KUBECONFIG"];
    else process.env["KUBECONFIG"] = this.#kubeconfigBefore;
  }
}
