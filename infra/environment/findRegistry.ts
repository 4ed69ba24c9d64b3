import * as pulumi from "@pulumi/pulumi";
import { kubernetesClient, loadAsProvider } from "./clusterClient.ts";
import { DeployError } from "./deployError.ts";
import { type LocalRegistry, parseLocalRegistry } from "./localRegistry.ts";

/**
 * The registry to push to: the setting's, or the one that the cluster announces (KEP-1755).
 *
 * @throws DeployError if there is neither.
 */
export async function findRegistry(setting: string | undefined): Promise<LocalRegistry> {
  if (setting !== undefined) return { push: setting, pull: setting };
  const { CoreV1Api, KubeConfig } = kubernetesClient();
  const config = new KubeConfig();
  let finding: string;
  try {
    loadAsProvider(config);
    const map = await config
      .makeApiClient(CoreV1Api)
      .readNamespacedConfigMap({ namespace: "kube-public", name: "local-registry-hosting" });
    const found = parseLocalRegistry(map.data?.["localRegistryHosting.v1"] ?? "");
    if (found !== undefined) return found;
    finding = "announces none: its key localRegistryHosting.v1 names no host";
  } catch (error) {
    const { code, cause, message } = error as Error & { code?: number };
    const reason = cause instanceof Error ? cause.message : message;
    finding =
      code === 404
        ? "announces none: the ConfigMap does not exist"
        : `cannot be asked for its own: ${reason}`;
  }
  const cluster = config.getCurrentCluster()?.server ?? "(no kubeconfig was found)";
  throw new DeployError(`registry is not set, and the cluster ${cluster} ${finding}.`, {
    at: `Pulumi.${pulumi.getStack()}.yaml, key slipway:registry; ConfigMap kube-public/local-registry-hosting`,
    fix: `pulumi config set registry ghcr.io/YOU
       on a local cluster, docs/own-cluster.md shows how it announces its registry (KEP-1755)`,
  });
}
