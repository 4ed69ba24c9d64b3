/** The Kubernetes objects of one release. Pure. */
import type { types } from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";
import type { ServiceType, Settings } from "../settings/rules.ts";
import type { Patience } from "./patience.ts";

type DeploymentSpec = types.input.apps.v1.DeploymentSpec;
type PodSpec = types.input.core.v1.PodSpec;
type Container = types.input.core.v1.Container;
type Probe = types.input.core.v1.Probe;
type PodTask = Pick<
  PodSpec,
  "restartPolicy" | "terminationGracePeriodSeconds" | "topologySpreadConstraints" | "affinity"
>;
type AutoscalerSpec = types.input.autoscaling.v2.HorizontalPodAutoscalerSpec;
type DisruptionBudgetSpec = types.input.policy.v1.PodDisruptionBudgetSpec;
type ServiceSpec = types.input.core.v1.ServiceSpec;

export interface Workload {
  /** The model's name, which the Deployment, the Service and the container have too. */
  readonly name: string;
  readonly labels: { readonly selector: Labels; readonly pod: Labels };
  /** By digest. The only value that may not be known yet: a preview then shows what else changes. */
  readonly image: Input<string>;
  readonly release: string;
  readonly replicas: number;
  /** The most pods, if their number follows the load. */
  readonly maxReplicas?: number | undefined;
  /** What the proof and the rollout of two pods may take together. */
  readonly rolloutSeconds: number;
  /** Where traces go. */
  readonly otlpEndpoint?: string | undefined;
  /** Kubernetes quantities, for request and limit alike. */
  readonly cpu: string;
  readonly memory: string;
  readonly imagePullSecret?: string | undefined;
}

export type Labels = Readonly<Record<string, string>>;

const SERVICE_PORT = 80;
export const CALLERS = { name: "http", containerPort: 8000 };
export const PLATFORM = { name: "platform", containerPort: 9000 };
const HOSTNAME = "kubernetes.io/hostname";

/** Distroless' `nonroot`. */
const USER = 65532;

/** The kubelet's patience with a pod that ends, in seconds: the preStop pause, then requests under way. */
const GRACE = 45;
/** Between leaving the Service's endpoints and SIGTERM, in seconds: until every node has heard of it. */
const PRE_STOP = 8;

/** Seconds more for each further pod, since they start one after the other. */
const FURTHER_POD = 10;

/** Share of the requested CPU, in percent, above which the autoscaler adds pods: what is left carries the load until they serve. */
const TARGET_CPU = 70;

/** They never change in the life of a Deployment. */
export const selectorLabels = (model: string, stack: string): Labels => ({
  "app.kubernetes.io/name": model,
  "app.kubernetes.io/instance": stack,
});

/** The labels of a release's pods. No selector has its last two. */
export const podLabels = (selector: Labels, release: string): Labels => ({
  ...selector,
  "app.kubernetes.io/version": release,
  "app.kubernetes.io/managed-by": "pulumi",
});

/** The labels of a release: its pods name it, the selector does not. */
export function labels(model: string, stack: string, release: string): Workload["labels"] {
  const selector = selectorLabels(model, stack);
  return {
    selector,
    pod: podLabels(selector, release),
  };
}

/** A namespace's label for the Pod Security Standard that it enforces. */
export const POD_SECURITY = "pod-security.kubernetes.io/enforce";

/** A namespace that admits only pods of the restricted Pod Security Standard, in one version, so that a newer cluster admits the same pods. */
export const restrictedNamespaceLabels: Labels = Object.fromEntries(
  ["enforce", "audit", "warn"].flatMap((mode) => [
    [`pod-security.kubernetes.io/${mode}`, "restricted"],
    [`pod-security.kubernetes.io/${mode}-version`, "v1.34"],
  ]),
);

/** How long Pulumi waits for a rollout: what the proof before it has left, and a quarter at least. */
export function rolloutPatience({
  replicas,
  maxReplicas = replicas,
  rolloutSeconds,
}: Pick<Workload, "replicas" | "maxReplicas" | "rolloutSeconds">): Patience {
  const further = FURTHER_POD * Math.max(0, maxReplicas - 2);
  return { seconds: rolloutSeconds + further, atLeast: Math.ceil(rolloutSeconds / 4) + further };
}

/** One pod more while it rolls, never one less. */
export function deploymentSpec(workload: Workload): DeploymentSpec {
  const matchLabels = { ...workload.labels.selector };
  return {
    // If there is an autoscaler, it alone sets the number: each `up` would undo that.
    ...(workload.maxReplicas === undefined && { replicas: workload.replicas }),
    selector: { matchLabels },
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    minReadySeconds: 5,
    // Kubernetes' own: the provider ignores it.
    progressDeadlineSeconds: workload.rolloutSeconds,
    revisionHistoryLimit: 5,
    template: {
      metadata: { labels: { ...workload.labels.pod } },
      spec: podSpec(workload, serving(workload), {
        terminationGracePeriodSeconds: GRACE,
        // Both only preferred: on a cluster of one node, pods that must be apart could never roll.
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: HOSTNAME,
            whenUnsatisfiable: "ScheduleAnyway",
            labelSelector: { matchLabels },
          },
        ],
        affinity: {
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 100, podAffinityTerm: { topologyKey: HOSTNAME, labelSelector: { matchLabels } } },
            ],
          },
        },
      }),
    },
  };
}

/** Between `replicas` and `maxReplicas` pods, by their CPU load. */
export function autoscalerSpec(
  name: string,
  { replicas, maxReplicas }: { readonly replicas: number; readonly maxReplicas: number },
): AutoscalerSpec {
  return {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
    minReplicas: replicas,
    maxReplicas,
    metrics: [
      {
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: TARGET_CPU } },
      },
    ],
  };
}

/** A drain of nodes takes one pod at a time, and one that does not serve anyway at once. */
export function disruptionBudgetSpec(selector: Labels): DisruptionBudgetSpec {
  return {
    // Not `minAvailable: 1`: of ten pods it would let nine go at once, and a single one never.
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: "AlwaysAllow",
    selector: { matchLabels: { ...selector } },
  };
}

/** What the container of a pod that answers callers has beside the rest. */
function serving({ release, otlpEndpoint, rolloutSeconds }: Workload): Partial<Container> {
  return {
    env: [
      ...environment(release),
      ...(otlpEndpoint === undefined ? [] : [{ name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: otlpEndpoint }]),
    ],
    ports: [CALLERS, PLATFORM],
    // A pod may take half of the time to get ready.
    startupProbe: { ...probe("/ready"), periodSeconds: 2, failureThreshold: Math.ceil(rolloutSeconds / 4) },
    readinessProbe: { ...probe("/ready"), periodSeconds: 2, failureThreshold: 2 },
    livenessProbe: { ...probe("/live"), periodSeconds: 10, failureThreshold: 6 },
    lifecycle: { preStop: { sleep: { seconds: PRE_STOP } } },
  };
}

/** The environment of each container of a release. */
export function environment(release: string): { name: string; value: string }[] {
  return [{ name: "SLIPWAY_RELEASE", value: release }];
}

/** What every pod of a release has, and beside it what its container and the pod have for their task. */
export function podSpec(
  { name, image, cpu, memory, imagePullSecret }: Workload,
  container: Partial<Container>,
  pod: PodTask,
): PodSpec {
  const resources = { cpu, memory, "ephemeral-storage": "128Mi" };
  return {
    serviceAccountName: name,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [
      {
        name,
        image,
        imagePullPolicy: "IfNotPresent", // by digest that is safe, and a pod restarts while the registry is away
        resources: { requests: resources, limits: resources },
        securityContext: {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ["ALL"] },
          readOnlyRootFilesystem: true,
        },
        volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
        terminationMessagePolicy: "FallbackToLogsOnError",
        ...container,
      },
    ],
    volumes: [{ name: "tmp", emptyDir: { sizeLimit: "64Mi" } }],
    ...(imagePullSecret === undefined ? {} : { imagePullSecrets: [{ name: imagePullSecret }] }),
    ...pod,
  };
}

function probe(path: string): Probe {
  return { httpGet: { path, port: PLATFORM.name } };
}

/** Maps port 80 to the callers' port and nothing else: the platform's stays inside. */
export function serviceSpec(
  selector: Labels,
  {
    serviceType: type,
    loadBalancerSourceRanges: ranges,
  }: Pick<Settings, "serviceType" | "loadBalancerSourceRanges">,
): ServiceSpec {
  return {
    type,
    ...(ranges.length > 0 && { loadBalancerSourceRanges: [...ranges] }),
    selector: { ...selector },
    ports: [{ name: CALLERS.name, port: SERVICE_PORT, targetPort: CALLERS.name }],
  };
}

/** Where callers find the service. `undefined` parts are not known yet. */
export function serviceUrl({
  type,
  name,
  namespace,
  nodePort,
  ingress,
}: {
  type: ServiceType;
  name: string;
  namespace: string;
  nodePort?: number | undefined;
  ingress?: { readonly ip?: string; readonly hostname?: string } | undefined;
}): string {
  if (type === "ClusterIP") return `http://${name}.${namespace}.svc`;
  if (type === "NodePort") return `http://127.0.0.1:${nodePort ?? "?"}`; // each node's port; this is the one of a node that is this machine
  const ip = ingress?.ip?.includes(":") ? `[${ingress.ip}]` : ingress?.ip;
  return `http://${ingress?.hostname ?? ip ?? "?"}`;
}
