/** What the pods in a namespace of the sandbox run. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { kubectl } from "../../sandbox/components.ts";

const WAIT_MS = 10_000;
const POLL_MS = 500;

/**
 * Asserts that the service's pods that are ready and not ending run this image, and no other. When a rollout has ended the last one of
 * those before is told to end a moment later: it gets 10 s.
 */
export async function expectServing(image: string, namespace: string): Promise<void> {
  for (const deadline = Date.now() + WAIT_MS; ; await sleep(POLL_MS)) {
    const images = (await servingImages(namespace)).join();
    if (images === image) return;
    if (Date.now() >= deadline) assert.fail(`the pods in ${namespace} run ${images}, not ${image}`);
  }
}

async function servingImages(namespace: string): Promise<string[]> {
  const selector = "app.kubernetes.io/name=loan-approval";
  const { stdout } = await kubectl("-n", namespace, "get", "pods", "-l", selector, "-o", "json");
  const pods: Pod[] = JSON.parse(stdout).items;
  const serving = pods.filter(
    ({ metadata, status }) =>
      !metadata.deletionTimestamp && status.containerStatuses?.some(({ ready }) => ready),
  );
  return [...new Set(serving.flatMap(({ spec }) => spec.containers.map(({ image }) => image)))];
}

interface Pod {
  readonly metadata: { readonly deletionTimestamp?: string };
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status: { readonly containerStatuses?: readonly { readonly ready: boolean }[] };
}
