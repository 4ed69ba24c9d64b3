import assert from "node:assert/strict";
import type { InferenceServiceArgs } from "../../../infra/workload/inferenceService.ts";
import {
  autoscalerSpec,
  deploymentSpec,
  disruptionBudgetSpec,
  labels,
  restrictedNamespaceLabels,
  type Workload,
} from "../../../infra/workload/manifest.ts";
import { proofPolicySpec, servingPolicySpec } from "../../../infra/workload/networkPolicy.ts";
import { proofLabels, proofSpec } from "../../../infra/workload/proof.ts";
import { allRegistered, type Registration, setMocks, valueOf } from "../../support/pulumiMocks.ts";

const release = "0123456789abcdef";
const image = `localhost:5000/loan-approval@sha256:${"0".repeat(64)}`;
const settings: InferenceServiceArgs["settings"] = {
  namespace: "models",
  createNamespace: false,
  imagePullSecret: "registry-login",
  serviceType: "NodePort",
  serviceAnnotations: { "example.com/team": "risk" },
  loadBalancerSourceRanges: [],
  allowFrom: ["ingress-nginx"],
  monitoringNamespace: "monitoring",
  otlpEndpoint: undefined,
  replicas: 2,
  maxReplicas: undefined,
  rolloutSeconds: 120,
  cpu: "500m",
  memory: "512Mi",
};

const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

const SERVICE = "kubernetes:core/v1:Service";
const component = "slipway:workload:InferenceService::inference";
const ENTRANCE = "slipway:workload:Entrance";
const TRACK = "slipway:workload:Track";
/** Every object was the component's own child before there were entrance and track: nothing that runs is replaced. */
const inEntrance = { parent: `${ENTRANCE}::inference`, formerParents: [component] };
const inTrack = { parent: `${TRACK}::inference`, formerParents: [component] };
const plainOptions = {
  retainOnDelete: false,
  dependencies: [],
  customTimeouts: undefined,
};
const patience = { create: "150s", update: "150s" };
/** Mocks prove in no time. */
const rollout = { create: "119s", update: "119s" };
const annotations = { "slipway.dev/metrics": "{}" };

const identity = labels("loan-approval", "test", release);
const metadata = { name: "loan-approval", namespace: "models" };
const proved = proofLabels("loan-approval", "test", release);
const workload: Workload = {
  name: "loan-approval",
  labels: identity,
  image,
  release,
  replicas: 2,
  rolloutSeconds: 120,
  cpu: "500m",
  memory: "512Mi",
  imagePullSecret: "registry-login",
};

const expected: Record<string, Registration> = {
  component: {
    type: "slipway:workload:InferenceService",
    name: "inference",
    inputs: {},
    parent: undefined,
    ...plainOptions,
  },
  entrance: { type: ENTRANCE, name: "inference", inputs: {}, parent: component, ...plainOptions },
  track: { type: TRACK, name: "inference", inputs: {}, parent: component, ...plainOptions },
  account: {
    type: "kubernetes:core/v1:ServiceAccount",
    name: "inference",
    inputs: {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { ...metadata, labels: identity.selector },
      automountServiceAccountToken: false,
    },
    ...inEntrance,
    ...plainOptions,
  },
  deployment: {
    type: "kubernetes:apps/v1:Deployment",
    name: "inference",
    inputs: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: {
        ...metadata,
        labels: identity.pod,
        annotations: { ...annotations, "pulumi.com/patchForce": "true" },
      },
      spec: plain(deploymentSpec(workload)),
    },
    ...inTrack,
    retainOnDelete: false,
    dependencies: [
      "kubernetes:batch/v1:Job::inference",
      "kubernetes:core/v1:ServiceAccount::inference",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy::inference",
    ],
    customTimeouts: rollout,
  },
  proof: {
    type: "kubernetes:batch/v1:Job",
    name: "inference",
    inputs: {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        name: `loan-approval-proof-${release}`,
        namespace: "models",
        labels: proved.pod,
        annotations: { "pulumi.com/replaceUnready": "true" },
      },
      spec: plain(proofSpec(workload, proved.pod, 0.01)),
    },
    ...inTrack,
    retainOnDelete: false,
    dependencies: [
      "kubernetes:core/v1:ServiceAccount::inference",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy::inference-proof",
    ],
    customTimeouts: { create: "110s", update: "110s" },
  },
  policy: {
    type: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    name: "inference",
    inputs: {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { ...metadata, labels: identity.selector },
      spec: plain(servingPolicySpec(identity.selector, settings)),
    },
    ...inEntrance,
    ...plainOptions,
  },
  proofPolicy: {
    type: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    name: "inference-proof",
    inputs: {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "loan-approval-proof", namespace: "models", labels: proved.selector },
      spec: plain(proofPolicySpec(proved.selector)),
    },
    ...inEntrance,
    ...plainOptions,
  },
  budget: {
    type: "kubernetes:policy/v1:PodDisruptionBudget",
    name: "inference",
    inputs: {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { ...metadata, labels: identity.selector },
      spec: plain(disruptionBudgetSpec(identity.selector)),
    },
    ...inTrack,
    ...plainOptions,
  },
  service: {
    type: SERVICE,
    name: "inference",
    inputs: {
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        ...metadata,
        labels: identity.selector,
        annotations: { "example.com/team": "risk", "pulumi.com/skipAwait": "true" },
      },
      spec: {
        type: "NodePort",
        selector: identity.selector,
        ports: [{ name: "http", port: 80, targetPort: "http" }],
      },
    },
    ...inEntrance,
    retainOnDelete: false,
    dependencies: [],
    customTimeouts: patience,
  },
};

const NAMESPACE = "kubernetes:core/v1:Namespace::inference";
const namespace: Registration = {
  type: "kubernetes:core/v1:Namespace",
  name: "inference",
  inputs: {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: "models",
      labels: {
        ...restrictedNamespaceLabels,
      },
    },
  },
  ...inEntrance,
  ...plainOptions,
};

const byType = (registrations: readonly Registration[]) =>
  registrations.toSorted((a, b) => a.type.localeCompare(b.type) || a.name.localeCompare(b.name));

function annotationsOf(registrations: readonly Registration[]): unknown {
  const service = registrations.find(({ type }) => type === SERVICE);
  return (service?.inputs["metadata"] as { annotations?: unknown } | undefined)?.annotations;
}

describe("InferenceService", function () {
  this.timeout(60_000); // loading @pulumi/kubernetes
  let pulumi: typeof import("@pulumi/pulumi");
  let InferenceService: typeof import("../../../infra/workload/inferenceService.ts").InferenceService;
  before(async () => {
    await setMocks();
    pulumi = await import("@pulumi/pulumi");
    ({ InferenceService } = await import("../../../infra/workload/inferenceService.ts"));
  });

  /** Declares it with these settings, and gives all that was registered, and the URL. */
  async function declare(
    change: Partial<InferenceServiceArgs["settings"]> = {},
    outputs: Record<string, unknown> = {},
    proofMs = 0,
  ): Promise<{ registered: Registration[]; url: string }> {
    const registered = await setMocks({
      outputs: { [SERVICE]: outputs },
      slow: { "kubernetes:batch/v1:Job": proofMs },
    });
    const service = new InferenceService("inference", {
      model: "loan-approval",
      release,
      image: pulumi.output(image),
      goldenTolerance: 0.01,
      annotations,
      settings: { ...settings, ...change },
    });
    const url = await valueOf(service.url);
    await allRegistered(); // the address does not wait for all
    return { url, registered };
  }

  it("declares the account, the proof, the pods after it and the address in front of them in a namespace that exists", async () => {
    const { registered } = await declare();

    assert.deepEqual(byType(registered), byType(Object.values(expected)));
  });

  it("declares the namespace too, before all that is in it, where the stack makes it", async () => {
    const { registered } = await declare({ createNamespace: true });

    const inside = Object.values(expected).map((registration) =>
      registration.type.startsWith("slipway:")
        ? registration
        : { ...registration, dependencies: [NAMESPACE, ...registration.dependencies].toSorted() },
    );
    assert.deepEqual(byType(registered), byType([...inside, namespace]));
  });

  for (const type of ["ClusterIP", "NodePort"] as const) {
    it(`does not wait for the endpoints of a ${type}`, async () => {
      const { registered } = await declare({ serviceType: type });

      assert.deepEqual(annotationsOf(registered), {
        "example.com/team": "risk",
        "pulumi.com/skipAwait": "true",
      });
    });
  }

  it("waits for the address of a LoadBalancer", async () => {
    const { registered } = await declare({ serviceType: "LoadBalancer" });

    assert.deepEqual(annotationsOf(registered), { "example.com/team": "risk" });
  });

  it("declares the autoscaler after the pods, and leaves their number to it, if there is one", async () => {
    const { registered } = await declare({ maxReplicas: 6 });

    const deployment = { ...expected["deployment"]!, customTimeouts: { create: "159s", update: "159s" } };
    assert.deepEqual(
      byType(registered),
      byType([
        ...Object.values({
          ...expected,
          deployment: {
            ...deployment,
            inputs: { ...deployment.inputs, spec: plain(deploymentSpec({ ...workload, maxReplicas: 6 })) },
            // Otherwise it falls to one pod when it loses its own number.
            ignoreChanges: ["spec.replicas"],
          },
        }),
        {
          type: "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
          name: "inference",
          inputs: {
            apiVersion: "autoscaling/v2",
            kind: "HorizontalPodAutoscaler",
            metadata: { ...metadata, labels: identity.selector },
            spec: plain(autoscalerSpec("loan-approval", { replicas: 2, maxReplicas: 6 })),
          },
          ...inTrack,
          ...plainOptions,
          dependencies: ["kubernetes:apps/v1:Deployment::inference"],
        },
      ]),
    );
  });

  it("takes from the rollout's time what the proof took", async () => {
    const { registered } = await declare({}, {}, 2_100);

    const { customTimeouts } = registered.find(({ type }) => type === "kubernetes:apps/v1:Deployment")!;
    assert.deepEqual(customTimeouts, { create: "117s", update: "117s" });
  });

  for (const { serviceType, outputs, url } of [
    { serviceType: "ClusterIP", outputs: {}, url: "http://loan-approval.models.svc" },
    {
      serviceType: "NodePort",
      outputs: { spec: { ports: [{ port: 80, nodePort: 30080 }] } },
      url: "http://127.0.0.1:30080",
    },
    {
      serviceType: "LoadBalancer",
      outputs: { status: { loadBalancer: { ingress: [{ ip: "192.0.2.7" }] } } },
      url: "http://192.0.2.7",
    },
  ] as const) {
    it(`gives ${url} as the address of a ${serviceType}`, async () => {
      assert.equal((await declare({ serviceType }, outputs)).url, url);
    });
  }
});
