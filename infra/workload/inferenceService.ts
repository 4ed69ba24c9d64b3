import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { explainFailure } from "./explainFailure.ts";
import { serviceUrl } from "./manifest.ts";
import { entranceObjects, type Key, type ObjectToDeclare, type Track, trackObjects } from "./objects.ts";
import { type Patience, timeoutAfter } from "./patience.ts";

export type InferenceServiceArgs = Omit<Track, "stack">;

/** A model in service: its entrance, and the track of the release behind it. */
export class InferenceService extends pulumi.ComponentResource {
  /** Where callers find it. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: InferenceServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:workload:InferenceService", name, {}, opts);
    // The proof begins when the image is known.
    let began = 0;
    const image = pulumi.output(args.image).apply((known) => {
      began = performance.now();
      return known;
    });
    const track: Track = { ...args, image, stack: pulumi.getStack() };
    const entrance = new DeclaredObjects("slipway:workload:Entrance", name, entranceObjects(track), {
      service: this,
    });
    const { declared } = new DeclaredObjects("slipway:workload:Track", name, trackObjects(track), {
      service: this,
      before: entrance.declared,
      secondsSpent: () => (performance.now() - began) / 1000,
    });

    const service = entrance.declared.get("service") as k8s.core.v1.Service;
    const deployment = declared.get("deployment") as k8s.apps.v1.Deployment;
    this.url = pulumi
      .all([service.spec, service.status, service.metadata.namespace, deployment.id])
      .apply(([{ ports }, status, namespace]) =>
        serviceUrl({
          type: args.settings.serviceType,
          name: args.model,
          namespace,
          nodePort: ports?.[0]?.nodePort,
          ingress: status?.loadBalancer?.ingress?.[0],
        }),
      );
    this.registerOutputs({ url: this.url });
  }
}

/** How each kind is declared. */
const KINDS = {
  "v1/Namespace": k8s.core.v1.Namespace,
  "v1/Service": k8s.core.v1.Service,
  "v1/ServiceAccount": k8s.core.v1.ServiceAccount,
  "apps/v1/Deployment": k8s.apps.v1.Deployment,
  "autoscaling/v2/HorizontalPodAutoscaler": k8s.autoscaling.v2.HorizontalPodAutoscaler,
  "batch/v1/Job": k8s.batch.v1.Job,
  "networking.k8s.io/v1/NetworkPolicy": k8s.networking.v1.NetworkPolicy,
  "policy/v1/PodDisruptionBudget": k8s.policy.v1.PodDisruptionBudget,
} as unknown as Readonly<
  Record<string, new (name: string, args: object, opts: object) => pulumi.CustomResource>
>;

interface DeclareOptions {
  readonly service: InferenceService;
  /** Objects that were declared before, which the list may name. */
  readonly before?: ReadonlyMap<Key, pulumi.Resource>;
  /** How much of the shared time has passed, in seconds. */
  readonly secondsSpent?: () => number;
}

/** Kubernetes objects, declared in the order of their list. */
class DeclaredObjects extends pulumi.ComponentResource {
  readonly declared: ReadonlyMap<Key, pulumi.Resource>;

  constructor(
    type: string,
    name: string,
    objects: readonly ObjectToDeclare[],
    { service, before = new Map(), secondsSpent = () => 0 }: DeclareOptions,
  ) {
    super(type, name, {}, { parent: service });
    const declared = new Map<Key, pulumi.Resource>();
    for (const { key, object, suffix = "", after, patience, failure, ...options } of objects) {
      const { apiVersion, kind } = object;
      declared.set(
        key,
        new KINDS[`${apiVersion}/${kind}`]!(`${name}${suffix}`, object, {
          ...options,
          parent: this,
          // Before there were entrance and track, every object was the service's own child: what runs is not replaced.
          aliases: [{ parent: service }],
          dependsOn: after.map((other) => declared.get(other) ?? before.get(other)!),
          ...(patience && { customTimeouts: timeoutsWhenRegistered(patience, secondsSpent) }),
          ...(failure !== undefined && {
            hooks: { onError: [explainFailure(`${name}-${key}`, failure, service)] },
          }),
        }),
      );
    }
    this.declared = declared;
    this.registerOutputs();
  }
}

/** Pulumi reads them when it registers the object, which is when what it comes after is ready. */
function timeoutsWhenRegistered(patience: Patience, secondsSpent: () => number): pulumi.CustomTimeouts {
  return {
    get create() {
      return timeoutAfter(patience, secondsSpent());
    },
    get update() {
      return timeoutAfter(patience, secondsSpent());
    },
  };
}
