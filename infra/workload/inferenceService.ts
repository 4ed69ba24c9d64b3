import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings/rules.ts";
import { explainFailure } from "./explainFailure.ts";
import {
  autoscalerSpec,
  deploymentSpec,
  disruptionBudgetSpec,
  labels,
  restrictedNamespaceLabels,
  rolloutTimeout,
  serviceSpec,
  serviceUrl,
  type Workload,
} from "./manifest.ts";
import { proofPolicySpec, servingPolicySpec } from "./networkPolicy.ts";
import { PROOF_TIMEOUT, proofLabels, proofName, proofSpec } from "./proof.ts";

/** How long Pulumi waits for a load balancer's address. */
const ADDRESS_TIMEOUT = "150s";

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
    | "cpu"
    | "memory"
  >;
}

/** What the parts of an InferenceService share. */
interface Parts {
  readonly namespace: pulumi.Input<string>;
  readonly identity: Workload["labels"];
  /** Of what is named after the model. */
  readonly metadata: {
    name: string;
    namespace: pulumi.Input<string>;
    labels: Workload["labels"]["selector"];
  };
  readonly workload: Workload;
  readonly account: k8s.core.v1.ServiceAccount;
}

/** The inference pods and the address in front of them. */
export class InferenceService extends pulumi.ComponentResource {
  /** Where callers find it. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: InferenceServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:workload:InferenceService", name, {}, opts);
    const { model, release, settings } = args;
    const identity = labels(model, pulumi.getStack(), release);
    const namespace = this.#namespace(name, settings);
    const metadata = { name: model, namespace, labels: identity.selector };
    const account = new k8s.core.v1.ServiceAccount(
      name,
      { metadata, automountServiceAccountToken: false },
      { parent: this },
    );
    // When the image is known: the proof's begin.
    let began = 0;
    const image = pulumi.output(args.image).apply((known) => {
      began = performance.now();
      return known;
    });
    const workload = { ...settings, name: model, labels: identity, image, release };
    const parts = { namespace, identity, metadata, workload, account };

    const { goldenTolerance } = args;
    const proof =
      goldenTolerance === undefined ? [] : [this.#proof(name, { ...args, goldenTolerance }, parts)];
    const deployment = this.#deployment(name, args, parts, proof, () => (performance.now() - began) / 1000);
    this.#keepers(name, args, parts, deployment);
    const service = this.#service(name, settings, parts);

    this.url = pulumi
      .all([service.spec, service.status, service.metadata.namespace, deployment.id])
      .apply(([{ ports }, status, namespace]) =>
        serviceUrl({
          type: settings.serviceType,
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
    { namespace, workload, account }: Parts,
  ): k8s.batch.v1.Job {
    const { selector, pod } = proofLabels(model, pulumi.getStack(), release);
    const policy = new k8s.networking.v1.NetworkPolicy(
      `${name}-proof`,
      {
        metadata: { name: `${model}-proof`, namespace, labels: selector },
        spec: proofPolicySpec(selector),
      },
      { parent: this },
    );
    const metadata = {
      name: proofName(model, release),
      namespace,
      labels: pod,
      // Else a failed Job in the state fails every further update at once, without a run.
      annotations: { "pulumi.com/replaceUnready": "true" },
    };
    const failed = `The proof of release ${release} failed, so nothing was rolled out.`;
    return new k8s.batch.v1.Job(
      name,
      { metadata, spec: proofSpec(workload, pod, goldenTolerance) },
      {
        parent: this,
        dependsOn: [account, policy],
        customTimeouts: { create: PROOF_TIMEOUT, update: PROOF_TIMEOUT },
        // Else a proof that comes back after a failed one is deleted as the one that it replaced: they have one name.
        deleteBeforeReplace: true,
        hooks: { onError: [explainFailure(`${name}-proof`, failed, this)] },
      },
    );
  }

  /** @param proofSeconds What the proof has taken so far. */
  #deployment(
    name: string,
    { release, annotations, settings }: InferenceServiceArgs,
    { identity, metadata, workload, account }: Parts,
    proof: readonly k8s.batch.v1.Job[],
    proofSeconds: () => number,
  ): k8s.apps.v1.Deployment {
    const policy = new k8s.networking.v1.NetworkPolicy(
      name,
      { metadata, spec: servingPolicySpec(identity.selector, settings) },
      { parent: this },
    );
    // Pulumi reads them when it registers the Deployment, which is when the proof is over.
    const timeout = () => rolloutTimeout(settings, proofSeconds());
    const customTimeouts = {
      get create() {
        return timeout();
      },
      get update() {
        return timeout();
      },
    };
    return new k8s.apps.v1.Deployment(
      name,
      {
        metadata: {
          ...metadata,
          labels: identity.pod,
          // Else what somebody or an autoscaler that is gone has set, such as `replicas`, is a conflict that fails every update.
          annotations: { ...annotations, "pulumi.com/patchForce": "true" },
        },
        spec: deploymentSpec(workload),
      },
      {
        parent: this,
        dependsOn: [account, policy, ...proof],
        customTimeouts,
        // Without it a Deployment that loses its `replicas` to the autoscaler falls to 1, Kubernetes' default.
        ignoreChanges: settings.maxReplicas === undefined ? [] : ["spec.replicas"],
        hooks: {
          onError: [explainFailure(`${name}-rollout`, `The rollout of release ${release} failed.`, this)],
        },
      },
    );
  }

  /** What keeps enough pods there: while nodes are drained, and when the load grows. */
  #keepers(
    name: string,
    { model, settings: { replicas, maxReplicas } }: InferenceServiceArgs,
    { identity, metadata }: Parts,
    deployment: k8s.apps.v1.Deployment,
  ): pulumi.Resource[] {
    const budget = new k8s.policy.v1.PodDisruptionBudget(
      name,
      { metadata, spec: disruptionBudgetSpec(identity.selector) },
      { parent: this },
    );
    if (maxReplicas === undefined) return [budget];
    const autoscaler = new k8s.autoscaling.v2.HorizontalPodAutoscaler(
      name,
      { metadata, spec: autoscalerSpec(model, { replicas, maxReplicas }) },
      { parent: this, dependsOn: deployment },
    );
    return [budget, autoscaler];
  }

  #service(
    name: string,
    settings: InferenceServiceArgs["settings"],
    { identity, metadata }: Parts,
  ): k8s.core.v1.Service {
    const annotations = {
      ...settings.serviceAnnotations,
      // The provider would wait ten seconds for endpoints; only a load balancer's address is worth a wait.
      ...(settings.serviceType !== "LoadBalancer" && { "pulumi.com/skipAwait": "true" }),
    };
    return new k8s.core.v1.Service(
      name,
      { metadata: { ...metadata, annotations }, spec: serviceSpec(identity.selector, settings) },
      { parent: this, customTimeouts: { create: ADDRESS_TIMEOUT, update: ADDRESS_TIMEOUT } },
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
