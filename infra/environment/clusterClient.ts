/** The cluster that the Kubernetes provider deploys to, for what is read from it directly. */
import { createRequire } from "node:module";
import type { KubeConfig } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";

/** Loaded only when it is needed, which takes half a second. `require`, because tsx's import hook takes a whole one. */
export function kubernetesClient(): typeof import("@kubernetes/client-node") {
  return createRequire(import.meta.url)("@kubernetes/client-node");
}

/** Has `config` name the same cluster as the Kubernetes provider's. */
export function loadAsProvider(config: KubeConfig): void {
  const provider = new pulumi.Config("kubernetes");
  const kubeconfig = provider.get("kubeconfig");
  if (kubeconfig === undefined) config.loadFromDefault();
  else if (kubeconfig.includes("clusters")) config.loadFromString(kubeconfig);
  else config.loadFromFile(kubeconfig);
  const context = provider.get("context");
  if (context !== undefined) config.setCurrentContext(context);
}

/** How long the cluster may take to answer, in milliseconds. */
const PATIENCE_MS = 10_000;

/** @throws Error if the cluster does not answer in time. */
export function answered<T>(question: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout;
  const timeout = new Promise<never>((_, reject) => {
    const late = new Error(`the cluster did not answer within ${PATIENCE_MS / 1000} seconds`);
    timer = setTimeout(reject, PATIENCE_MS, late);
  });
  return Promise.race([question, timeout]).finally(() => clearTimeout(timer));
}

/** The API server's own words, or what went wrong on the way to it. */
export function clusterMessage({ message, body = "" }: Error & { readonly body?: string }): string {
  try {
    return JSON.parse(body).message;
  } catch {
    return message;
  }
}
