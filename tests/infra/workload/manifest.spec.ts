import assert from "node:assert/strict";
import type { ServiceType } from "../../../infra/settings/rules.ts";
import {
  autoscalerSpec,
  deploymentSpec,
  disruptionBudgetSpec,
  labels,
  restrictedNamespaceLabels,
  rolloutPatience,
  serviceSpec,
  serviceUrl,
  type Workload,
} from "../../../infra/workload/manifest.ts";
import { timeoutAfter } from "../../../infra/workload/patience.ts";

const release = "0123456789abcdef";
const workload: Workload = {
  name: "loan-approval",
  labels: labels("loan-approval", "dev", release),
  image: `localhost:5000/loan-approval@sha256:${"0".repeat(64)}`,
  release,
  replicas: 3,
  rolloutSeconds: 120,
  cpu: "500m",
  memory: "512Mi",
};

const selector = { "app.kubernetes.io/name": "loan-approval", "app.kubernetes.io/instance": "dev" };

/** As plain JSON: the parts that a checker looks at. */
interface PlainDeployment {
  readonly replicas: number;
  readonly progressDeadlineSeconds: number;
  readonly selector: { readonly matchLabels: Record<string, string> };
  readonly strategy: unknown;
  readonly template: {
    readonly metadata: { readonly labels: Record<string, string> };
    readonly spec: Record<string, any> & { readonly containers: readonly Record<string, any>[] };
  };
}
const reached = (serviceType: ServiceType) => ({ serviceType, loadBalancerSourceRanges: [] });
const plain = (of: Workload) => JSON.parse(JSON.stringify(deploymentSpec(of))) as PlainDeployment;

describe("labels", () => {
  it("names the release on pods, and never in the selector", () => {
    assert.deepEqual(labels("loan-approval", "dev", release), {
      selector,
      pod: {
        ...selector,
        "app.kubernetes.io/version": release,
        "app.kubernetes.io/managed-by": "pulumi",
      },
    });
  });
});

describe("restrictedNamespaceLabels", () => {
  it("enforces, audits and warns", () => {
    assert.deepEqual(restrictedNamespaceLabels, {
      "pod-security.kubernetes.io/enforce": "restricted",
      "pod-security.kubernetes.io/enforce-version": "v1.34",
      "pod-security.kubernetes.io/audit": "restricted",
      "pod-security.kubernetes.io/audit-version": "v1.34",
      "pod-security.kubernetes.io/warn": "restricted",
      "pod-security.kubernetes.io/warn-version": "v1.34",
    });
  });
});

describe("deploymentSpec", () => {
  it("is this for a release", () => {
    const resources = { cpu: "500m", memory: "512Mi", "ephemeral-storage": "128Mi" };

    assert.deepEqual(plain(workload), {
      replicas: 3,
      selector: { matchLabels: selector },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      minReadySeconds: 5,
      progressDeadlineSeconds: 120,
      revisionHistoryLimit: 5,
      template: {
        metadata: {
          labels: {
            ...selector,
            "app.kubernetes.io/version": release,
            "app.kubernetes.io/managed-by": "pulumi",
          },
        },
        spec: {
          serviceAccountName: "loan-approval",
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 45,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65532,
            runAsGroup: 65532,
            fsGroup: 65532,
            seccompProfile: { type: "RuntimeDefault" },
          },
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: "kubernetes.io/hostname",
              whenUnsatisfiable: "ScheduleAnyway",
              labelSelector: { matchLabels: selector },
            },
          ],
          affinity: {
            podAntiAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                {
                  weight: 100,
                  podAffinityTerm: {
                    topologyKey: "kubernetes.io/hostname",
                    labelSelector: { matchLabels: selector },
                  },
                },
              ],
            },
          },
          containers: [
            {
              name: "loan-approval",
              image: workload.image,
              imagePullPolicy: "IfNotPresent",
              env: [{ name: "SLIPWAY_RELEASE", value: release }],
              ports: [
                { name: "http", containerPort: 8000 },
                { name: "platform", containerPort: 9000 },
              ],
              resources: { requests: resources, limits: resources },
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ["ALL"] },
                readOnlyRootFilesystem: true,
              },
              volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
              startupProbe: {
                httpGet: { path: "/ready", port: "platform" },
                periodSeconds: 2,
                failureThreshold: 30,
              },
              readinessProbe: {
                httpGet: { path: "/ready", port: "platform" },
                periodSeconds: 2,
                failureThreshold: 2,
              },
              livenessProbe: {
                httpGet: { path: "/live", port: "platform" },
                periodSeconds: 10,
                failureThreshold: 6,
              },
              lifecycle: { preStop: { sleep: { seconds: 8 } } },
              terminationMessagePolicy: "FallbackToLogsOnError",
            },
          ],
          volumes: [{ name: "tmp", emptyDir: { sizeLimit: "64Mi" } }],
        },
      },
    });
  });

  it("names the pull secret if there is one", () => {
    const { template } = plain({ ...workload, imagePullSecret: "registry-login" });

    assert.deepEqual(template.spec["imagePullSecrets"], [{ name: "registry-login" }]);
  });

  it("leaves their number to the autoscaler if there is one", () => {
    assert(!("replicas" in plain({ ...workload, maxReplicas: 9 })));
  });

  it("says where traces go, if they go anywhere", () => {
    const [container] = plain({ ...workload, otlpEndpoint: "http://collector:4318" }).template.spec
      .containers;

    assert.deepEqual(container?.["env"], [
      { name: "SLIPWAY_RELEASE", value: release },
      { name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: "http://collector:4318" },
    ]);
  });
});

describe("the time that a rollout has", () => {
  for (const { fact, pods, proofSeconds, timeout } of [
    { fact: "two pods after a quick proof", pods: { replicas: 2 }, proofSeconds: 3.2, timeout: "116s" },
    { fact: "one pod", pods: { replicas: 1 }, proofSeconds: 3.2, timeout: "116s" },
    { fact: "two pods after the slowest proof", pods: { replicas: 2 }, proofSeconds: 110, timeout: "30s" },
    { fact: "ten pods", pods: { replicas: 10 }, proofSeconds: 10, timeout: "190s" },
    {
      fact: "two pods with another limit",
      pods: { replicas: 2, rolloutSeconds: 600 },
      proofSeconds: 10,
      timeout: "590s",
    },
    {
      fact: "two pods with another limit after the slowest proof",
      pods: { replicas: 2, rolloutSeconds: 600 },
      proofSeconds: 550,
      timeout: "150s",
    },
    {
      fact: "up to ten pods",
      pods: { replicas: 2, maxReplicas: 10 },
      proofSeconds: 10,
      timeout: "190s",
    },
  ]) {
    it(`is ${timeout} for ${fact}`, () => {
      assert.equal(timeoutAfter(rolloutPatience({ rolloutSeconds: 120, ...pods }), proofSeconds), timeout);
    });
  }
});

describe("disruptionBudgetSpec", () => {
  it("lets one pod go at a time, and one that does not serve at once", () => {
    assert.deepEqual(disruptionBudgetSpec(selector), {
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: "AlwaysAllow",
      selector: { matchLabels: selector },
    });
  });
});

describe("autoscalerSpec", () => {
  it("scales the Deployment by its pods' CPU load", () => {
    assert.deepEqual(autoscalerSpec("loan-approval", { replicas: 2, maxReplicas: 10 }), {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "loan-approval" },
      minReplicas: 2,
      maxReplicas: 10,
      metrics: [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } },
        },
      ],
    });
  });
});

// kube-linter's checks that are on by default, and the Pod Security Standard "restricted", as far as they look at a Deployment.
describe("a Deployment's pods", () => {
  const { selector: deploymentSelector, template, strategy } = plain(workload);
  const { spec } = template;
  const [container = {}] = spec.containers;

  for (const [fact, holds] of Object.entries({
    "are those that its selector matches": () =>
      Object.entries(deploymentSelector.matchLabels).every(
        ([key, value]) => template.metadata.labels[key] === value,
      ),
    "are those that the Service's selector matches": () =>
      Object.entries(serviceSpec(selector, reached("ClusterIP")).selector ?? {}).every(
        ([key, value]) => template.metadata.labels[key] === value,
      ),
    "come from an image by digest, never by a tag": () =>
      /^[^@]+@sha256:[0-9a-f]{64}$/.test(container["image"]) &&
      !/:latest|:[^/]*@/.test(container["image"].replace(/^localhost:5000/, "")),
    "run as a user other than root": () =>
      spec["securityContext"].runAsNonRoot === true && spec["securityContext"].runAsUser > 0,
    "cannot write to their root": () => container["securityContext"].readOnlyRootFilesystem === true,
    "can write to /tmp, which is bounded": () =>
      container["volumeMounts"].some(({ name, mountPath }: any) => name === "tmp" && mountPath === "/tmp") &&
      spec["volumes"].every(({ emptyDir }: any) => emptyDir?.sizeLimit !== undefined),
    "have no capability and gain no privilege": () =>
      container["securityContext"].allowPrivilegeEscalation === false &&
      container["securityContext"].privileged === undefined &&
      container["securityContext"].capabilities.add === undefined &&
      container["securityContext"].capabilities.drop.includes("ALL"),
    "have the runtime's seccomp profile": () =>
      spec["securityContext"].seccompProfile.type === "RuntimeDefault",
    "share nothing with the host": () =>
      ["hostNetwork", "hostPID", "hostIPC"].every((key) => spec[key] === undefined) &&
      container["ports"].every(({ hostPort }: any) => hostPort === undefined) &&
      spec["volumes"].every(({ hostPath }: any) => hostPath === undefined),
    "have an account of their own, and no token": () =>
      spec["serviceAccountName"] === workload.name && spec["automountServiceAccountToken"] === false,
    "hold no secret in their environment": () =>
      container["env"].every(
        ({ name, valueFrom }: any) => !/secret|token|password/i.test(name) && !valueFrom,
      ),
    "request and are limited in cpu, memory and storage": () =>
      ["cpu", "memory", "ephemeral-storage"].every(
        (key) => container["resources"].requests[key] && container["resources"].limits[key],
      ),
    "are spread over nodes": () =>
      spec["topologySpreadConstraints"].length > 0 &&
      spec["affinity"].podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution.length > 0,
    "are never fewer than wanted while they roll": () =>
      JSON.stringify(strategy) ===
      '{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1,"maxUnavailable":0}}',
    "have time to end after the pause before SIGTERM": () =>
      spec["terminationGracePeriodSeconds"] > container["lifecycle"].preStop.sleep.seconds + 10,
  })) {
    it(fact, () => {
      assert.equal(holds(), true);
    });
  }

  for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
    it(`have a ${probe} on a port that is declared, without a host`, () => {
      const { port, host } = container[probe].httpGet;

      assert(container["ports"].some(({ name }: { name: string }) => name === port));
      assert.equal(host, undefined);
    });
  }

  it("are probed for life and for readiness on different paths", () => {
    assert.notEqual(container["livenessProbe"].httpGet.path, container["readinessProbe"].httpGet.path);
  });
});

describe("serviceSpec", () => {
  for (const type of ["LoadBalancer", "NodePort", "ClusterIP"] as const) {
    it(`maps port 80 of a ${type} to the callers' port and nothing else`, () => {
      assert.deepEqual(serviceSpec(selector, reached(type)), {
        type,
        selector,
        ports: [{ name: "http", port: 80, targetPort: "http" }],
      });
    });
  }
});

describe("serviceSpec of a LoadBalancer", () => {
  it("says who may call it", () => {
    const { loadBalancerSourceRanges } = serviceSpec(selector, {
      serviceType: "LoadBalancer",
      loadBalancerSourceRanges: ["203.0.113.0/24"],
    });

    assert.deepEqual(loadBalancerSourceRanges, ["203.0.113.0/24"]);
  });
});

describe("serviceUrl", () => {
  const at = { name: "loan-approval", namespace: "models" };

  for (const { type, known, url } of [
    { type: "ClusterIP", known: {}, url: "http://loan-approval.models.svc" },
    { type: "NodePort", known: { nodePort: 30080 }, url: "http://127.0.0.1:30080" },
    { type: "NodePort", known: {}, url: "http://127.0.0.1:?" },
    { type: "LoadBalancer", known: { ingress: { ip: "192.0.2.7" } }, url: "http://192.0.2.7" },
    { type: "LoadBalancer", known: { ingress: { ip: "2001:db8::7" } }, url: "http://[2001:db8::7]" },
    {
      type: "LoadBalancer",
      known: { ingress: { hostname: "lb.example", ip: "192.0.2.7" } },
      url: "http://lb.example",
    },
    { type: "LoadBalancer", known: {}, url: "http://?" },
  ] as const) {
    it(`is ${url} for a ${type} of which ${JSON.stringify(known)} is known`, () => {
      assert.equal(serviceUrl({ type, ...at, ...known }), url);
    });
  }
});
