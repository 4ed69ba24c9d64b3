/** The Job that proves a release in the cluster before any pod of the service changes, from plain values. Pure. */
import type { types } from "@pulumi/kubernetes";
import { environment, type Labels, podLabels, podSpec, type Workload } from "./manifest.ts";
import type { Patience } from "./patience.ts";

type JobSpec = types.input.batch.v1.JobSpec;

/** What the proof may take of `rolloutSeconds`, each longer than the one before it, so that the log is there when it ends. */
function limitsOf(rolloutSeconds: number) {
  const twelfths = (n: number) => Math.floor((n * rolloutSeconds) / 12);
  return {
    /** Until the prover gives up, in seconds. */
    deadline: twelfths(5),
    /** Until Kubernetes ends the Job and deletes its pod with the log: scheduling and the image's pull count too. */
    activeDeadline: twelfths(10),
    /** Until Pulumi does: the Job cannot run longer, so that none is left running. */
    patience: twelfths(11),
  };
}

export const proofPatience = ({ rolloutSeconds }: Pick<Workload, "rolloutSeconds">): Patience => ({
  seconds: limitsOf(rolloutSeconds).patience,
});

/** At most 63 characters, as a label must be: the Job's controller makes one of the name. */
export function proofName(model: string, release: string): string {
  const rest = `-proof-${release}`;
  return `${model.slice(0, 63 - rest.length).replace(/-+$/, "")}${rest}`;
}

/**
 * What the proofs of all releases have in common. The name that every selector of the service asks for is not among it:
 * no Service, no Deployment and no budget counts these pods.
 */
export const proofSelector = (model: string, stack: string): Labels => ({
  "app.kubernetes.io/part-of": model,
  "app.kubernetes.io/component": "proof",
  "app.kubernetes.io/instance": stack,
});

export function proofLabels(model: string, stack: string, release: string): Workload["labels"] {
  const selector = proofSelector(model, stack);
  return {
    selector,
    pod: podLabels(selector, release),
  };
}

/**
 * One run, never repeated, of the image under the limits of the service's own pods.
 *
 * @param tolerance Largest accepted difference of a floating-point number from its golden one.
 */
export function proofSpec(
  workload: Workload,
  labels: Readonly<Record<string, string>>,
  tolerance: number,
): JobSpec {
  const { deadline, activeDeadline } = limitsOf(workload.rolloutSeconds);
  return {
    backoffLimit: 0,
    activeDeadlineSeconds: activeDeadline,
    template: {
      metadata: { labels: { ...labels } },
      spec: podSpec(
        workload,
        {
          command: [
            "/nodejs/bin/node",
            "/app/prove.cjs",
            `--tolerance=${tolerance}`,
            `--deadline=${deadline}`,
          ],
          env: [
            ...environment(workload.release),
            { name: "DRAIN_MS", value: "0" }, // there is no Service to leave
          ],
        },
        { restartPolicy: "Never", terminationGracePeriodSeconds: 5 },
      ),
    },
  };
}
