/** What the pods in a namespace of the sandbox run. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { kubectl } from "../../sandbox/components.ts";

const WAIT_MS = 10_000;
const POLL_MS = 500;

/**
 * Asserts that all pods of the service that are not ending are ready and run this image. The last old pod is told to
 * end a moment after the rollout: it gets 10 s.
 */
export async function expectServing(image: string, namespace: string): Promise<void> {
  for (const deadline = Date.now() + WAIT_MS; ; await sleep(POLL_MS)) {
    const running = (await runningImages(namespace)).join();
    if (running === image) return;
    if (Date.now() >= deadline) assert.fail(`the pods in ${namespace} run ${running}, not ${image}`);
  }
}

async function runningImages(namespace: string): Promise<string[]> {
  const selector = "app.kubernetes.io/name=loan-approval";
  const { stdout } = await kubectl("-n", namespace, "get", "pods", "-l", selector, "-o", "json");
  const pods: Pod[] = JSON.parse(stdout).items;
  const images = pods
    .filter(({ metadata }) => !metadata.deletionTimestamp)
    .map(({ spec, status }) => {
      const ready = status.containerStatuses?.every((container) => container.ready);
      return `${spec.containers[0]?.image}${ready ? "" : " (not ready)"}`;
    });
  return [...new Set(images)];
}

interface Pod {
  readonly metadata: { readonly deletionTimestamp?: string };
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status: { readonly containerStatuses?: readonly { readonly ready: boolean }[] };
}
