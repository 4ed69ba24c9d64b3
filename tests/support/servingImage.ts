/** What the pods in a namespace of the sandbox run. */
import { setTimeout as sleep } from "node:timers/promises";
import { kubectl } from "../../sandbox/components.ts";

const WAIT_MS = 10_000;
const POLL_MS = 500;

/**
 * The image of the service's pods that are ready and not ending. A rollout has ended when the new ones are ready; the last one
 * of those before is told to end a moment later, and is waited for.
 *
 * @returns Several, with commas, if there still are 10 s later.
 */
export async function servingImage(namespace: string): Promise<string> {
  for (const deadline = Date.now() + WAIT_MS; ; await sleep(POLL_MS)) {
    const images = await servingImages(namespace);
    if (images.length === 1 || Date.now() >= deadline) return images.join();
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
