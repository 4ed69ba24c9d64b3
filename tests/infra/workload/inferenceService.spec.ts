import assert from "node:assert/strict";
import type { InferenceServiceArgs } from "../../../infra/workload/inferenceService.ts";
import { deploymentSpec, labels, type Workload } from "../../../infra/workload/manifest.ts";
import { proofLabels, proofSpec } from "../../../infra/workload/proof.ts";
import { type Registration, setMocks, valueOf } from "../../support/pulumiMocks.ts";

const release = "0123456789abcdef";
const image = `localhost:5000/loan-approval@sha256:${"0".repeat(64)}`;
const settings: InferenceServiceArgs["settings"] = {
  namespace: "models",
  createNamespace: false,
  imagePullSecret: "registry-login",
  serviceType: "NodePort",
  replicas: 2,
  cpu: "500m",
  memory: "512Mi",
};

const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

const SERVICE = "kubernetes:core/v1:Service";
const component = "slipway:workload:InferenceService::inference";
const plainOptions = { retainOnDelete: false, dependencies: [], customTimeouts: undefined };
const patience = { create: "150s", update: "150s" };
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
  account: {
    type: "kubernetes:core/v1:ServiceAccount",
    name: "inference",
    inputs: {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { ...metadata, labels: identity.selector },
      automountServiceAccountToken: false,
    },
    parent: component,
    ...plainOptions,
  },
  deployment: {
    type: "kubernetes:apps/v1:Deployment",
    name: "inference",
    inputs: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { ...metadata, labels: identity.pod, annotations },
      spec: plain(deploymentSpec(workload)),
    },
    parent: component,
    retainOnDelete: false,
    dependencies: ["kubernetes:batch/v1:Job::inference", "kubernetes:core/v1:ServiceAccount::inference"],
    customTimeouts: patience,
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
        labels: proved,
        annotations: { "pulumi.com/replaceUnready": "true" },
      },
      spec: plain(proofSpec(workload, proved, 0.01)),
    },
    parent: component,
    retainOnDelete: false,
    dependencies: ["kubernetes:core/v1:ServiceAccount::inference"],
    customTimeouts: { create: "110s", update: "110s" },
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
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: {
        type: "NodePort",
        selector: identity.selector,
        ports: [{ name: "http", port: 80, targetPort: "http" }],
      },
    },
    parent: component,
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
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/audit": "restricted",
        "pod-security.kubernetes.io/warn": "restricted",
      },
    },
  },
  parent: component,
  ...plainOptions,
};

const byType = (registrations: readonly Registration[]) =>
  registrations.toSorted((a, b) => a.type.localeCompare(b.type));

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
  ): Promise<{ registered: Registration[]; url: string }> {
    const registered = await setMocks({ outputs: { [SERVICE]: outputs } });
    const service = new InferenceService("inference", {
      model: "loan-approval",
      release,
      image: pulumi.output(image),
      goldenTolerance: 0.01,
      annotations,
      settings: { ...settings, ...change },
    });
    return { url: await valueOf(service.url), registered };
  }

  it("declares the account, the proof, the pods after it and the address in front of them in a namespace that exists", async () => {
    const { registered } = await declare();

    assert.deepEqual(byType(registered), byType(Object.values(expected)));
  });

  it("declares the namespace too, before all that is in it, where the stack makes it", async () => {
    const { registered } = await declare({ createNamespace: true });

    const inside = Object.values(expected).map((registration) =>
      registration === expected["component"]
        ? registration
        : { ...registration, dependencies: [NAMESPACE, ...registration.dependencies].toSorted() },
    );
    assert.deepEqual(byType(registered), byType([...inside, namespace]));
  });

  for (const type of ["ClusterIP", "NodePort"] as const) {
    it(`does not wait for the endpoints of a ${type}`, async () => {
      const { registered } = await declare({ serviceType: type });

      assert.deepEqual(annotationsOf(registered), { "pulumi.com/skipAwait": "true" });
    });
  }

  it("waits for the address of a LoadBalancer", async () => {
    const { registered } = await declare({ serviceType: "LoadBalancer" });

    assert.deepEqual(annotationsOf(registered), {});
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
