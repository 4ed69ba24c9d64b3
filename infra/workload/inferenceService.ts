import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings.ts";
import { explainFailure } from "./explainFailure.ts";
import {
  deploymentSpec,
  labels,
  ROLLOUT_TIMEOUT,
  restrictedNamespaceLabels,
  serviceSpec,
  serviceUrl,
  type Workload,
} from "./manifest.ts";
import { PROOF_TIMEOUT, proofLabels, proofName, proofSpec } from "./proof.ts";

export interface InferenceServiceArgs {
  /** The model's name: also that of the Deployment and the Service. */
  readonly model: string;
  readonly release: string;
  /** Image by digest: `repository@sha256:…`. */
  readonly image: pulumi.Input<string>;
  /** How far a number may be from that of its golden request, when the image is proved. @default it was proved before, and is not again */
  readonly goldenTolerance?: number;
  /** The Deployment's own, beside what Pulumi sets: its pods do not have them, so that a change of these rolls nothing. */
  readonly annotations: Readonly<Record<string, string>>;
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
    const workload = pulumi.output(args.image).apply((image) => ({
      name: model,
      labels: identity,
      image,
      release,
      replicas,
      cpu,
      memory,
      imagePullSecret,
    }));
    const { goldenTolerance } = args;
    const proof =
      goldenTolerance === undefined
        ? []
        : [this.#proof(name, { ...args, goldenTolerance }, { namespace, workload, account })];
    const deployment = new k8s.apps.v1.Deployment(
      name,
      {
        metadata: { ...metadata, labels: identity.pod, annotations: { ...args.annotations } },
        spec: workload.apply(deploymentSpec),
      },
      {
        parent: this,
        dependsOn: [account, ...proof],
        customTimeouts,
        hooks: {
          onError: [explainFailure(`${name}-rollout`, `The rollout of release ${release} failed.`, this)],
        },
      },
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

  /** Runs the image before the Deployment changes: a bad one never gets a request. */
  #proof(
    name: string,
    { model, release, goldenTolerance }: Required<InferenceServiceArgs>,
    {
      namespace,
      workload,
      account,
    }: {
      namespace: pulumi.Input<string>;
      workload: pulumi.Output<Workload>;
      account: k8s.core.v1.ServiceAccount;
    },
  ): k8s.batch.v1.Job {
    const labels = proofLabels(model, pulumi.getStack(), release);
    const metadata = {
      name: proofName(model, release),
      namespace,
      labels,
      // Else a failed Job in the state fails every further update at once, without a run.
      annotations: { "pulumi.com/replaceUnready": "true" },
    };
    const failed = `The proof of release ${release} failed, so nothing was rolled out.`;
    return new k8s.batch.v1.Job(
      name,
      { metadata, spec: workload.apply((known) => proofSpec(known, labels, goldenTolerance)) },
      {
        parent: this,
        dependsOn: account,
        customTimeouts: { create: PROOF_TIMEOUT, update: PROOF_TIMEOUT },
        // Else a proof that comes back after a failed one is deleted as the one that it replaced: they have one name.
        deleteBeforeReplace: true,
        hooks: { onError: [explainFailure(`${name}-proof`, failed, this)] },
      },
    );
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
