import type { CoreV1Api } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import { answered, clusterMessage, kubernetesClient, loadAsProvider } from "../environment/clusterClient.ts";
import { hasFailed, type PodFacts, podFailures, wasRestarted } from "./podFailures.ts";

/** Lines of a log that are fetched. */
const LOG_LINES = 40;

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
    const why = await answered(readFailures(newInputs as PodMaker)).catch(
      (error: Error) => `Its pods cannot be read: ${clusterMessage(error)}`,
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
    pods.items.filter(hasFailed).map(async (pod) => ({ pod, log: await logOf(api, namespace, pod) })),
  );
  const noted = events.items
    .filter(({ involvedObject: { kind, name = "" } }) => isAbout(maker, kind, name))
    .toSorted((a, b) => timeOf(b) - timeOf(a))
    .map(({ involvedObject: { name: about }, reason, message }) => ({ about, reason, message }));
  return podFailures(failed, noted) || "The cluster says nothing of its pods.";
}

/** Whether it is what makes the pods, its ReplicaSet or a pod: of `a` those are `a-HASH` and `a-HASH-RANDOM`. */
function isAbout(maker: string, kind: string | undefined, name: string): boolean {
  const parts = name.startsWith(`${maker}-`) ? name.slice(maker.length + 1).split("-").length : 0;
  return name === maker || (kind !== "Job" && (parts === 1 || parts === 2));
}

/** The log of the container that failed. Empty if it did not start. */
async function logOf(api: CoreV1Api, namespace: string, pod: PodFacts): Promise<string> {
  const { name = "" } = pod.metadata ?? {};
  const previous = wasRestarted(pod);
  return api.readNamespacedPodLog({ namespace, name, tailLines: LOG_LINES, previous }).catch(() => "");
}

function timeOf({ lastTimestamp, eventTime }: { lastTimestamp?: Date; eventTime?: Date }): number {
  return new Date(lastTimestamp ?? eventTime ?? 0).getTime();
}
