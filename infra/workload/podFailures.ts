/** Why pods did not do what was asked of them, in words, from what the cluster says of them. Pure. */
import { shortened } from "../../common/shortJson.ts";

/** The parts of a Kubernetes Pod that tell. */
export interface PodFacts {
  readonly metadata?: { readonly name?: string };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
    readonly containerStatuses?: readonly ContainerFacts[];
  };
}

interface ContainerFacts {
  readonly ready: boolean;
  readonly restartCount?: number;
  readonly state?: StateFacts;
  readonly lastState?: StateFacts;
}

interface StateFacts {
  readonly running?: object;
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: { readonly reason?: string; readonly exitCode: number };
}

/** A warning that the cluster noted about a pod or about what makes it. */
export interface EventFacts {
  /** The name of what it is about. */
  readonly about?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

/** A pod that failed, and the end of its log. */
export interface FailedPod {
  readonly pod: PodFacts;
  readonly log: string;
}

const MAX_PODS = 2;
const MAX_EVENTS = 3;
const MAX_LINES = 20;
const MAX_COLUMNS = 300;

/** The reason of an event that has a failed probe's answer. */
const OF_A_PROBE = "Unhealthy";
/** Reasons of events that explain nothing: a Job repeats that its pod failed, and some nodes warn of every pod. */
const IDLE = ["BackoffLimitExceeded", "MissingClusterDNS", OF_A_PROBE];

/** Whether it neither succeeded nor serves. */
export function hasFailed({ status }: PodFacts): boolean {
  const containers = status?.containerStatuses ?? [];
  return status?.phase !== "Succeeded" && (containers.length === 0 || containers.some(({ ready }) => !ready));
}

/** Whether it was started again since it failed: what runs now has not yet said why. */
export function wasRestarted({ status }: PodFacts): boolean {
  const [container] = status?.containerStatuses ?? [];
  return container?.state?.running !== undefined && container.lastState?.terminated !== undefined;
}

/**
 * A paragraph per pod with its reason and its last log lines; of pods that are gone, what the cluster noted.
 *
 * @param events Newest first.
 */
export function podFailures(pods: readonly FailedPod[], events: readonly EventFacts[]): string {
  const told = pods.slice(0, MAX_PODS).map(({ pod, log }) => {
    const lines = lastLines(log);
    const probed = events.find(({ about, reason }) => about === pod.metadata?.name && reason === OF_A_PROBE);
    const heading = `pod ${pod.metadata?.name}: ${[reasonOf(pod), probed?.message].filter(Boolean).join(", ")}`;
    return [lines.length > 0 ? `${heading}; its last log lines:` : heading, ...lines].join("\n    ");
  });
  if (pods.length > MAX_PODS) told.push(`and ${pods.length - MAX_PODS} more pods`);
  // A pod that ran has said it all by now; one that never did, or is gone, cannot.
  if (!pods.some(({ pod, log }) => log !== "" || endOf(pod) !== undefined)) {
    const said = told.join();
    const noted = events
      .filter(({ reason = "", message = "" }) => !IDLE.includes(reason) && !said.includes(message))
      .map(({ reason, message }) => `${reason}: ${message}`);
    told.push(...[...new Set(noted)].slice(0, MAX_EVENTS));
  }
  return told.join("\n  ");
}

function reasonOf(pod: PodFacts): string {
  const { status } = pod;
  const [container] = status?.containerStatuses ?? [];
  const waiting = container?.state?.waiting;
  const ended = endOf(pod);
  const unscheduled = status?.conditions?.find(
    ({ type, status }) => type === "PodScheduled" && status === "False",
  );
  const reasons = [
    withMessage(status),
    unscheduled && withMessage(unscheduled),
    ended && `${ended.reason ?? "ended"} with exit code ${ended.exitCode}${restarts(container)}`,
    waiting && withMessage(waiting),
  ].filter((reason) => reason !== undefined && reason !== "");
  return reasons.join(", ") || `${status?.phase ?? "Unknown"}, not ready`;
}

function restarts({ restartCount = 0 }: Partial<ContainerFacts> = {}): string {
  return restartCount === 0 ? "" : ` (restarted ${restartCount === 1 ? "once" : `${restartCount} times`})`;
}

/** How its container ended last. */
function endOf({ status }: PodFacts): StateFacts["terminated"] {
  const [container] = status?.containerStatuses ?? [];
  return container?.state?.terminated ?? container?.lastState?.terminated;
}

function withMessage({
  reason,
  message,
}: {
  readonly reason?: string;
  readonly message?: string;
} = {}): string {
  return [reason, message].filter((part) => part !== undefined && part !== "").join(": ");
}

function lastLines(log: string): string[] {
  const lines = log.trimEnd().split("\n");
  return lines
    .filter((line) => line !== "")
    .slice(-MAX_LINES)
    .map((line) => shortened(line, MAX_COLUMNS));
}
