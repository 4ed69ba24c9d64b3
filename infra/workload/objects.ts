/** The Kubernetes objects of a model in service, each with how it is declared, from plain values. Pure. */
import type { types } from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";
import type { Settings } from "../settings/rules.ts";
import {
  autoscalerSpec,
  deploymentSpec,
  disruptionBudgetSpec,
  labels,
  restrictedNamespaceLabels,
  rolloutPatience,
  selectorLabels,
  serviceSpec,
  type Workload,
} from "./manifest.ts";
import { proofPolicySpec, servingPolicySpec } from "./networkPolicy.ts";
import type { Patience } from "./patience.ts";
import { proofLabels, proofName, proofPatience, proofSelector, proofSpec } from "./proof.ts";

/** By which the others name an object. */
export type Key =
  | "namespace"
  | "account"
  | "policy"
  | "proofPolicy"
  | "service"
  | "proof"
  | "deployment"
  | "disruptionBudget"
  | "autoscaler";

export interface ObjectToDeclare {
  readonly key: Key;
  /** As a manifest has it. */
  readonly object: KubernetesObject;
  /** What must be there before it. */
  readonly after: readonly Key[];
  /** How long to wait until it is ready. @default the provider's own time */
  readonly patience?: Patience;
  /** What it means if it does not get ready: the reasons of its pods follow. Absent if it has no pods. */
  readonly failure?: string;
  /** What it is called behind the name of the service in the stack's state. @default nothing */
  readonly suffix?: string;
  /** Whether the object of this name that is there is deleted first. */
  readonly deleteBeforeReplace?: true;
  /** Fields that somebody else sets. */
  readonly ignoreChanges?: readonly string[];
}

interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: types.input.meta.v1.ObjectMeta;
  readonly [field: string]: unknown;
}

type WorkloadSettings = Pick<
  Settings,
  | "namespace"
  | "createNamespace"
  | "imagePullSecret"
  | "serviceType"
  | "serviceAnnotations"
  | "loadBalancerSourceRanges"
  | "allowFrom"
  | "monitoringNamespace"
  | "otlpEndpoint"
  | "replicas"
  | "maxReplicas"
  | "rolloutSeconds"
  | "cpu"
  | "memory"
>;

/** What stays from release to release. */
export interface Entrance {
  /** The model's name: also that of the Deployment and the Service. */
  readonly model: string;
  readonly stack: string;
  readonly settings: WorkloadSettings;
}

/** What each release has of its own. */
export interface Track extends Entrance {
  readonly release: string;
  /** By digest: `repository@sha256:…`. */
  readonly image: Input<string>;
  /** How far a number may be from that of its golden request when the image is proved. Absent: it was proved before. */
  readonly goldenTolerance?: number | undefined;
  /** The Deployment's own. Its pods do not have them, so that a change of these rolls nothing. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** How long Pulumi waits for a load balancer's address. */
const ADDRESS_PATIENCE: Patience = { seconds: 150 };

/** The address of the model, who may talk to its pods, and where these run. */
export function entranceObjects({ model, stack, settings }: Entrance): ObjectToDeclare[] {
  const { namespace, createNamespace, serviceType, serviceAnnotations } = settings;
  const selector = selectorLabels(model, stack);
  const proofs = proofSelector(model, stack);
  const metadata = { name: model, namespace, labels: selector };
  const after: readonly Key[] = createNamespace ? ["namespace"] : [];
  const made: ObjectToDeclare[] = createNamespace
    ? [
        {
          key: "namespace",
          object: {
            apiVersion: "v1",
            kind: "Namespace",
            metadata: { name: namespace, labels: restrictedNamespaceLabels },
          },
          after: [],
        },
      ]
    : [];
  return [
    ...made,
    {
      key: "account",
      object: { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false },
      after,
    },
    {
      key: "policy",
      object: {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata,
        spec: servingPolicySpec(selector, settings),
      },
      after,
    },
    {
      key: "proofPolicy",
      suffix: "-proof",
      object: {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: `${model}-proof`, namespace, labels: proofs },
        spec: proofPolicySpec(proofs),
      },
      after,
    },
    {
      key: "service",
      object: {
        apiVersion: "v1",
        kind: "Service",
        metadata: {
          ...metadata,
          annotations: {
            ...serviceAnnotations,
            // The provider would wait ten seconds for endpoints; only a load balancer's address is worth a wait.
            ...(serviceType !== "LoadBalancer" && { "pulumi.com/skipAwait": "true" }),
          },
        },
        spec: serviceSpec(selector, settings),
      },
      after,
      patience: ADDRESS_PATIENCE,
    },
  ];
}

/** The proof of a release, its pods after it, and what keeps enough of these there. */
export function trackObjects(track: Track): ObjectToDeclare[] {
  const { model, stack, settings, release, annotations } = track;
  const { namespace, createNamespace, replicas, maxReplicas } = settings;
  const identity = labels(model, stack, release);
  const metadata = { name: model, namespace, labels: identity.selector };
  const workload: Workload = { ...settings, name: model, labels: identity, image: track.image, release };
  const after: readonly Key[] = createNamespace ? ["namespace"] : [];
  const proof = proofObjects(track, workload, after);
  return [
    ...proof,
    {
      key: "deployment",
      object: {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: {
          ...metadata,
          labels: identity.pod,
          // Without it, a field that a person or a removed autoscaler has set, such as `replicas`, is a conflict that fails every update.
          annotations: { ...annotations, "pulumi.com/patchForce": "true" },
        },
        spec: deploymentSpec(workload),
      },
      after: [...after, "account", "policy", ...proof.map(({ key }) => key)],
      patience: rolloutPatience(settings),
      failure: `The rollout of release ${release} failed.`,
      // Without it, a Deployment that loses its `replicas` to the autoscaler falls to 1, Kubernetes' default.
      ...(maxReplicas !== undefined && { ignoreChanges: ["spec.replicas"] }),
    },
    {
      key: "disruptionBudget",
      object: {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata,
        spec: disruptionBudgetSpec(identity.selector),
      },
      after,
    },
    ...(maxReplicas === undefined
      ? []
      : [
          {
            key: "autoscaler" as const,
            object: {
              apiVersion: "autoscaling/v2",
              kind: "HorizontalPodAutoscaler",
              metadata,
              spec: autoscalerSpec(model, { replicas, maxReplicas }),
            },
            after: [...after, "deployment" as const],
          },
        ]),
  ];
}

/** Runs the image before the Deployment changes: a bad one never gets a request. */
function proofObjects(
  { model, stack, release, goldenTolerance, settings }: Track,
  workload: Workload,
  after: readonly Key[],
): ObjectToDeclare[] {
  if (goldenTolerance === undefined) return [];
  const { pod } = proofLabels(model, stack, release);
  return [
    {
      key: "proof",
      object: {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: {
          name: proofName(model, release),
          namespace: settings.namespace,
          labels: pod,
          // Without it, a failed Job in the state fails every further update at once, without a run.
          annotations: { "pulumi.com/replaceUnready": "true" },
        },
        spec: proofSpec(workload, pod, goldenTolerance),
      },
      after: [...after, "account", "proofPolicy"],
      patience: proofPatience(settings),
      failure: `The proof of release ${release} failed, so nothing was rolled out.`,
      // Without it, a proof that comes back after a failed one is deleted as the one that it replaced: they have one name.
      deleteBeforeReplace: true,
    },
  ];
}
