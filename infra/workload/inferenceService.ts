import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings.ts";
import {
  deploymentSpec,
  labels,
  ROLLOUT_TIMEOUT,
  restrictedNamespaceLabels,
  serviceSpec,
  serviceUrl,
} from "./manifest.ts";

export interface InferenceServiceArgs {
  /** The model's name: also that of the Deployment and the Service. */
  readonly model: string;
  readonly release: string;
  /** Image by digest: `repository@sha256:…`. */
  readonly image: pulumi.Input<string>;
  readonly settings: Pick<
    Settings,
    "namespace" | "createNamespace" | "imagePullSecret" | "serviceType" | "replicas" | "cpu" | "memory"
  >;
}

/** The inference pods and the address in front of them. */
export class InferenceService extends pulumi.ComponentResource {
  /** Where callers find it. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: InferenceServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:workload:InferenceService", name, {}, opts);
    const { model, release, settings } = args;
    const { serviceType: type, imagePullSecret, replicas, cpu, memory } = settings;
    const identity = labels(model, pulumi.getStack(), release);
    const namespace = this.#namespace(name, settings);
    const metadata = { name: model, namespace, labels: identity.selector };
    const customTimeouts = { create: ROLLOUT_TIMEOUT, update: ROLLOUT_TIMEOUT };

    const account = new k8s.core.v1.ServiceAccount(
      name,
      { metadata, automountServiceAccountToken: false },
      { parent: this },
    );
    const spec = pulumi.output(args.image).apply((image) =>
      deploymentSpec({
        name: model,
        labels: identity,
        image,
        release,
        replicas,
        cpu,
        memory,
        imagePullSecret,
      }),
    );
    const deployment = new k8s.apps.v1.Deployment(
      name,
      { metadata: { ...metadata, labels: identity.pod }, spec },
      { parent: this, dependsOn: account, customTimeouts },
    );
    // The provider would wait ten seconds for endpoints; only a load balancer's address is worth a wait.
    const annotations = type === "LoadBalancer" ? {} : { "pulumi.com/skipAwait": "true" };
    const service = new k8s.core.v1.Service(
      name,
      { metadata: { ...metadata, annotations }, spec: serviceSpec(identity.selector, type) },
      { parent: this, customTimeouts },
    );

    this.url = pulumi
      .all([service.spec, service.status, service.metadata.namespace, deployment.id])
      .apply(([{ ports }, status, namespace]) =>
        serviceUrl({
          type,
          name: model,
          namespace,
          nodePort: ports?.[0]?.nodePort,
          ingress: status?.loadBalancer?.ingress?.[0],
        }),
      );
    this.registerOutputs({ url: this.url });
  }

  #namespace(
    name: string,
    { namespace, createNamespace }: InferenceServiceArgs["settings"],
  ): pulumi.Input<string> {
    if (!createNamespace) return namespace;
    const metadata = { name: namespace, labels: restrictedNamespaceLabels };
    return new k8s.core.v1.Namespace(name, { metadata }, { parent: this }).metadata.name;
  }
}
