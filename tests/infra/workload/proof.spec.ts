import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { deploymentSpec, labels, serviceSpec, type Workload } from "../../../infra/workload/manifest.ts";
import { proofLabels, proofName, proofPatience, proofSpec } from "../../../infra/workload/proof.ts";

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
  imagePullSecret: "registry-login",
};
const proved = proofLabels("loan-approval", "dev", release).pod;

/** As plain JSON: the parts that are looked at. */
interface PlainSpec {
  readonly activeDeadlineSeconds: number;
  readonly template: {
    readonly metadata: { readonly labels: Record<string, string> };
    readonly spec: Record<string, any> & { readonly containers: readonly Record<string, any>[] };
  };
}
const plain = (spec: unknown) => JSON.parse(JSON.stringify(spec)) as PlainSpec;
const job = plain(proofSpec(workload, proved, 1e-5));
const rolled = plain(deploymentSpec(workload));

describe("proofName", () => {
  for (const { model, name } of [
    { model: "loan-approval", name: "loan-approval-proof-0123456789abcdef" },
    { model: "a".repeat(63), name: `${"a".repeat(40)}-proof-0123456789abcdef` },
    { model: `${"a".repeat(38)}--b`, name: `${"a".repeat(38)}-proof-0123456789abcdef` },
  ]) {
    it(`is ${name} for ${model}`, () => {
      assert.equal(proofName(model, release), name);
      assert(name.length <= 63);
    });
  }
});

describe("proofSpec", () => {
  it("is this for a release", () => {
    const resources = { cpu: "500m", memory: "512Mi", "ephemeral-storage": "128Mi" };

    assert.deepEqual(job, {
      backoffLimit: 0,
      activeDeadlineSeconds: 100,
      template: {
        metadata: {
          labels: {
            "app.kubernetes.io/part-of": "loan-approval",
            "app.kubernetes.io/component": "proof",
            "app.kubernetes.io/instance": "dev",
            "app.kubernetes.io/version": release,
            "app.kubernetes.io/managed-by": "pulumi",
          },
        },
        spec: {
          restartPolicy: "Never",
          serviceAccountName: "loan-approval",
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 5,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65532,
            runAsGroup: 65532,
            fsGroup: 65532,
            seccompProfile: { type: "RuntimeDefault" },
          },
          imagePullSecrets: [{ name: "registry-login" }],
          containers: [
            {
              name: "loan-approval",
              image: workload.image,
              imagePullPolicy: "IfNotPresent",
              command: ["/nodejs/bin/node", "/app/prove.cjs", "--tolerance=0.00001", "--deadline=50"],
              env: [
                { name: "SLIPWAY_RELEASE", value: release },
                { name: "DRAIN_MS", value: "0" },
              ],
              resources: { requests: resources, limits: resources },
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ["ALL"] },
                readOnlyRootFilesystem: true,
              },
              volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
              terminationMessagePolicy: "FallbackToLogsOnError",
            },
          ],
          volumes: [{ name: "tmp", emptyDir: { sizeLimit: "64Mi" } }],
        },
      },
    });
  });

  it("runs what the image's entry point runs, and beside its bundle", () => {
    const dockerfile = readFileSync("service/Dockerfile", "utf8");
    const entryPoint: string[] = JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1] ?? "[]");

    assert.deepEqual(
      job.template.spec.containers[0]?.["command"].slice(0, entryPoint.length),
      entryPoint.map((word) => word.replace("main.cjs", "prove.cjs")),
    );
  });

  for (const part of ["image", "imagePullPolicy", "resources", "securityContext", "volumeMounts"]) {
    it(`has the ${part} of the service's own containers`, () => {
      assert.deepEqual(job.template.spec.containers[0]?.[part], rolled.template.spec.containers[0]?.[part]);
    });
  }

  for (const part of [
    "securityContext",
    "serviceAccountName",
    "automountServiceAccountToken",
    "imagePullSecrets",
    "volumes",
  ]) {
    it(`has the ${part} of the service's own pods`, () => {
      assert.deepEqual(job.template.spec[part], rolled.template.spec[part]);
    });
  }

  it("makes a pod that neither the Service nor the Deployment takes for its own", () => {
    for (const selector of [
      serviceSpec(workload.labels.selector, { serviceType: "ClusterIP", loadBalancerSourceRanges: [] })
        .selector,
      workload.labels.selector,
    ])
      assert(
        Object.entries(selector ?? {}).some(([key, value]) => job.template.metadata.labels[key] !== value),
      );
  });

  for (const { rolloutSeconds, limits } of [
    { rolloutSeconds: 120, limits: [50, 100, 110] },
    { rolloutSeconds: 20, limits: [8, 16, 18] },
    { rolloutSeconds: 3600, limits: [1500, 3000, 3300] },
  ])
    it(`lets the prover end before Kubernetes ends it, and that before Pulumi gives up: ${rolloutSeconds} s`, () => {
      const spec = plain(proofSpec({ ...workload, rolloutSeconds }, proved, 1e-5));
      const words: string[] = spec.template.spec.containers[0]?.["command"] ?? [];
      const deadline = Number(words.at(-1)?.replace("--deadline=", ""));

      assert.deepEqual(
        [deadline, spec.activeDeadlineSeconds, proofPatience({ rolloutSeconds }).seconds],
        limits,
      );
    });
});
