import type { CoreV1Api } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import { kubernetesClient, loadAsProvider } from "../cluster.ts";
import { hasFailed, podFailures } from "./podFailures.ts";

/** Lines of a log that are fetched. */
const LOG_LINES = 40;
/** How long the cluster may take to answer, in milliseconds. */
const PATIENCE_MS = 10_000;

/** What makes pods from a template: a Job, a Deployment. */
interface PodMaker {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly template: { readonly metadata: { readonly labels: Record<string, string> } } };
}

/**
 * For `hooks.onError` of what makes pods: when it fails, its pods' reasons and last log lines become an error of
 * `component`. The provider's own error has them for some failures only.
 *
 * @param what The first line: what happened, and what it means.
 */
export function explainFailure(name: string, what: string, component: pulumi.Resource): pulumi.ErrorHook {
  return new pulumi.ErrorHook(name, async ({ newInputs }) => {
    const why = await Promise.race([readFailures(newInputs as PodMaker), timeout()]).catch(
      (error: Error) => `Its pods cannot be read: ${messageOf(error)}`,
    );
    // Not of the resource itself: its URN is known only when this hook is over.
    await pulumi.log.error(`${what}\n  ${why}`, component);
    return false; // no second try
  });
}

async function readFailures({ metadata: { name: maker, namespace }, spec }: PodMaker): Promise<string> {
  const { CoreV1Api, KubeConfig } = kubernetesClient();
  const config = new KubeConfig();
  loadAsProvider(config);
  const api = config.makeApiClient(CoreV1Api);
  const labels = Object.entries(spec.template.metadata.labels).map(([key, value]) => `${key}=${value}`);
  const [pods, events] = await Promise.all([
    api.listNamespacedPod({ namespace, labelSelector: labels.join() }),
    // The deployer may read pods and not events.
    api.listNamespacedEvent({ namespace, fieldSelector: "type=Warning" }).catch(() => ({ items: [] })),
  ]);
  const failed = await Promise.all(
    pods.items
      .filter(hasFailed)
      .map(async (pod) => ({ pod, log: await logOf(api, namespace, pod.metadata?.name) })),
  );
  const noted = events.items
    .filter(({ involvedObject: { name } }) => name === maker || name?.startsWith(`${maker}-`))
    .toSorted((a, b) => timeOf(b) - timeOf(a));
  return podFailures(failed, noted) || "The cluster says nothing of its pods.";
}

/** Nothing of a container that did not start. */
async function logOf(api: CoreV1Api, namespace: string, name = ""): Promise<string> {
  return api.readNamespacedPodLog({ namespace, name, tailLines: LOG_LINES }).catch(() => "");
}

function timeOf({ lastTimestamp, eventTime }: { lastTimestamp?: Date; eventTime?: Date }): number {
  return new Date(lastTimestamp ?? eventTime ?? 0).getTime();
}

/** The API server's own words, or what went wrong on the way to it. */
function messageOf({ message, body = "" }: Error & { body?: string }): string {
  try {
    return JSON.parse(body).message;
  } catch {
    return message;
  }
}

async function timeout(): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS).unref());
  throw new Error(`the cluster did not answer within ${PATIENCE_MS / 1000} seconds`);
}
