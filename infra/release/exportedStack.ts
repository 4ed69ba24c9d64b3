/** What `pulumi stack export` says of a stack. Pure. */
import type { Pin } from "./pin.ts";
import { parseReleases, type Releases } from "./record.ts";

export interface ExportedStack extends Releases {
  readonly pinned: Pin | undefined;
  /** The release that the stack was told to run last, whether or not it came up; undefined before the first one. */
  readonly wanted: string | undefined;
}

/** What a checkpoint holds, as far as it is read here. */
export interface Checkpoint {
  readonly deployment: {
    readonly resources?: readonly Resource[] | null;
    readonly pending_operations?: readonly { readonly type: string; readonly resource: Resource }[] | null;
  };
}
interface Resource {
  readonly type: string;
  readonly urn: string;
  readonly inputs?: { readonly metadata?: { readonly labels?: Readonly<Record<string, string>> } };
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** The proof comes before the Deployment. If it failed, only the proof names the release that was wanted. */
const NEWEST_FIRST = ["kubernetes:batch/v1:Job", "kubernetes:apps/v1:Deployment"];

export function readCheckpoint({ deployment }: Checkpoint): ExportedStack {
  const resources = deployment.resources ?? [];
  const outputs = resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
  const versions = NEWEST_FIRST.map(
    (wanted) =>
      resources.find(({ type }) => type === wanted)?.inputs?.metadata?.labels?.["app.kubernetes.io/version"],
  );
  return {
    ...parseReleases(outputs["releases"], outputs["serving"]),
    pinned: outputs["pinned"] as Pin | undefined,
    wanted: versions.find((version) => version !== undefined),
  };
}

/** Whether a killed process was creating something: Pulumi remembers that until it is told to forget. */
export const hasPendingCreates = ({ deployment }: Checkpoint): boolean =>
  deployment.pending_operations?.some(({ type }) => type === "creating") ?? false;

export function withoutPending(checkpoint: Checkpoint): Checkpoint {
  const { pending_operations: _, ...deployment } = checkpoint.deployment;
  return { ...checkpoint, deployment };
}
