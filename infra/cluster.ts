/** The cluster that the Kubernetes provider deploys to, for what is read from it directly. */
import { createRequire } from "node:module";
import type { KubeConfig } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";

/** Only where it is needed, since loading it costs half a second; by require, since through tsx's import hook it is a whole one. */
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
