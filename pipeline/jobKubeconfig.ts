/** Makes the kubeconfig of a job. Edge. */
import { appendFile, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parse, stringify } from "yaml";
import { CHECKOUT } from "../common/checkout.ts";
import type { Environment } from "./jobEnvironment.ts";
import { PipelineError } from "./pipelineError.ts";

/**
 * Writes it so that only this job's user can read it, and names it to the later steps.
 *
 * @throws PipelineError without a cluster.
 */
export async function cluster(env: Environment): Promise<void> {
  const kubeconfig = kubeconfigOf(env);
  const file = path.join(env["RUNNER_TEMP"] ?? os.tmpdir(), "slipway-kubeconfig");
  await writeFile(file, kubeconfig, { mode: 0o600 });
  const next = env["GITHUB_ENV"];
  if (next) await appendFile(next, `KUBECONFIG=${file}\n`);
  else console.log(`export KUBECONFIG=${file}`);
}

/** By the job's own identity, or else by a kubeconfig that a secret holds. */
export function kubeconfigOf(env: Environment): string {
  const {
    CLUSTER_SERVER: server,
    CLUSTER_CA: authority,
    CLUSTER_AUDIENCE: audience,
    KUBECONFIG_DATA: data,
  } = env;
  if (server) return stringify(oidcKubeconfig({ server, authority, audience: audience || server }));
  if (data) return decoded(data);
  throw new PipelineError("There is no cluster to deploy to.", {
    at: "the variable CLUSTER_SERVER and the secret KUBECONFIG_DATA",
    fix: "set one of them: docs/pipeline.md",
  });
}

function decoded(data: string): string {
  const text = Buffer.from(data, "base64").toString("utf8");
  const problem = problemOf(text);
  if (problem === undefined) return text;
  throw new PipelineError(`KUBECONFIG_DATA is no kubeconfig in base64: ${problem}.`, {
    at: "the secret KUBECONFIG_DATA",
    fix: "kubectl config view --raw --minify --flatten | base64 -w0, and set it to what that prints",
  });
}

/** None of its text: it is a secret. */
function problemOf(text: string): string | undefined {
  try {
    const { clusters } = (parse(text) ?? {}) as { clusters?: unknown };
    return Array.isArray(clusters) && clusters.length > 0 ? undefined : "it names no clusters";
  } catch {
    return "it is no YAML";
  }
}

/** A token is asked for at each need, since GitHub's live for minutes only. */
function oidcKubeconfig({
  server,
  authority,
  audience,
}: {
  server: string;
  authority: string | undefined;
  audience: string;
}): unknown {
  const name = "slipway";
  return {
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    contexts: [{ name, context: { cluster: name, user: name } }],
    clusters: [{ name, cluster: { server, ...(authority && { "certificate-authority-data": authority }) } }],
    users: [
      {
        name,
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1",
            command: process.execPath,
            args: [path.join(CHECKOUT, "pipeline", "clusterToken.mjs"), audience],
            interactiveMode: "Never",
          },
        },
      },
    ],
  };
}
