/** The Kubernetes objects of one release. Pure. */
import type { types } from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";
import type { ServiceType } from "../settings.ts";

type DeploymentSpec = types.input.apps.v1.DeploymentSpec;
type PodSpec = types.input.core.v1.PodSpec;
type Container = types.input.core.v1.Container;
type Probe = types.input.core.v1.Probe;
type PodTask = Pick<PodSpec, "restartPolicy" | "terminationGracePeriodSeconds" | "topologySpreadConstraints">;
type ServiceSpec = types.input.core.v1.ServiceSpec;

export interface Workload {
  /** Of the Deployment, the Service and the container: the model's name. */
  readonly name: string;
  readonly labels: { readonly selector: Labels; readonly pod: Labels };
  /** By digest. The only value that may not be known yet: a preview then shows what else changes. */
  readonly image: Input<string>;
  readonly release: string;
  readonly replicas: number;
  /** Kubernetes quantities, for request and limit alike. */
  readonly cpu: string;
  readonly memory: string;
  readonly imagePullSecret?: string | undefined;
}

type Labels = Readonly<Record<string, string>>;

export const SERVICE_PORT = 80;
const CALLERS = { name: "http", containerPort: 8000 };
const PLATFORM = { name: "platform", containerPort: 9000 };

/** Distroless' `nonroot`. */
const USER = 65532;

/** The kubelet's patience with a pod that ends, in seconds: the preStop pause, then requests under way. */
const GRACE = 45;
/** Between leaving the Service's endpoints and SIGTERM, in seconds: until every node has heard of it. */
const PRE_STOP = 8;

/** Seconds after which a rollout that does not move counts as failed. Below `ROLLOUT_TIMEOUT`, so that the reason is known by then. */
const PROGRESS_DEADLINE = 120;
/** How long Pulumi waits for a rollout. The provider ignores the deadline above and would wait ten minutes. */
export const ROLLOUT_TIMEOUT = "150s";

/** What the container of a pod that answers callers has beside the rest. */
const serving: Partial<Container> = {
  ports: [CALLERS, PLATFORM],
  startupProbe: { ...probe("/ready"), periodSeconds: 2, failureThreshold: 30 },
  readinessProbe: { ...probe("/ready"), periodSeconds: 2, failureThreshold: 2 },
  livenessProbe: { ...probe("/live"), periodSeconds: 10, failureThreshold: 6 },
  lifecycle: { preStop: { sleep: { seconds: PRE_STOP } } },
};

/** Labels: `selector` never changes in the life of a Deployment, `pod` has the release too. */
export function labels(model: string, stack: string, release: string): Workload["labels"] {
  const selector = { "app.kubernetes.io/name": model, "app.kubernetes.io/instance": stack };
  return {
    selector,
    pod: { ...selector, "app.kubernetes.io/version": release, "app.kubernetes.io/managed-by": "pulumi" },
  };
}

/** A namespace that admits only pods of the restricted Pod Security Standard. */
export const restrictedNamespaceLabels: Labels = Object.fromEntries(
  ["enforce", "audit", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "restricted"]),
);

/** One pod more while it rolls, never one less. */
export function deploymentSpec(workload: Workload): DeploymentSpec {
  return {
    replicas: workload.replicas,
    selector: { matchLabels: { ...workload.labels.selector } },
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    minReadySeconds: 5,
    progressDeadlineSeconds: PROGRESS_DEADLINE,
    revisionHistoryLimit: 5,
    template: {
      metadata: { labels: { ...workload.labels.pod } },
      spec: podSpec(workload, serving, {
        terminationGracePeriodSeconds: GRACE,
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: "kubernetes.io/hostname",
            whenUnsatisfiable: "ScheduleAnyway",
            labelSelector: { matchLabels: { ...workload.labels.selector } },
          },
        ],
      }),
    },
  };
}

/** What every pod of a release has, and beside it what its container and the pod have for their task. */
export function podSpec(
  { name, image, release, cpu, memory, imagePullSecret }: Workload,
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
        env: [{ name: "SLIPWAY_RELEASE", value: release }],
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
export function serviceSpec(selector: Labels, type: ServiceType): ServiceSpec {
  return {
    type,
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
