import * as pulumi from "@pulumi/pulumi";
import { answered, clusterMessage, kubernetesClient, loadAsProvider } from "../environment/clusterClient.ts";
import { DeployError } from "../environment/deployError.ts";
import type { Settings } from "../settings/rules.ts";
import { POD_SECURITY } from "./manifest.ts";

/**
 * Sees that a namespace which the stack does not make is there, and says which pods it admits.
 *
 * @throws DeployError if not.
 */
export async function checkNamespace({
  namespace: name,
  createNamespace,
}: Pick<Settings, "namespace" | "createNamespace">): Promise<void> {
  if (createNamespace) return;
  const label = `kubectl label namespace ${name} ${POD_SECURITY}=restricted`;
  let finding: string;
  let fix: string;
  try {
    const { labels } = await readNamespace(name);
    if (labels?.[POD_SECURITY] !== undefined) return;
    finding = `has no label ${POD_SECURITY}, so that it admits pods with any privilege`;
    fix = `${label}
       (Slipway's pods keep that standard; see that others in it do: add --dry-run=server)`;
  } catch (error) {
    const { code } = error as { code?: number };
    const message = clusterMessage(error as Error);
    if (code === 404) {
      finding = "does not exist";
      fix = `kubectl create namespace ${name} && ${label}
       or let the stack make it: pulumi config set createNamespace true`;
    } else if (code === 401 || code === 403) {
      finding = `cannot be read: ${message}`;
      fix = "docs/production.md has the Role that a deployer needs";
    } else {
      finding = `cannot be read: ${message}`;
      fix = "see that `kubectl get namespaces` answers";
    }
  }
  throw new DeployError(`The namespace ${name} ${finding}.`, {
    at: `Pulumi.${pulumi.getStack()}.yaml, key slipway:namespace`,
    fix,
  });
}

async function readNamespace(name: string): Promise<{ labels?: Readonly<Record<string, string>> }> {
  const { CoreV1Api, KubeConfig } = kubernetesClient();
  const config = new KubeConfig();
  loadAsProvider(config);
  const { metadata = {} } = await answered(config.makeApiClient(CoreV1Api).readNamespace({ name }));
  return metadata;
}
