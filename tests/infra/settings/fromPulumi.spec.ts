import assert from "node:assert/strict";
import { setMocks } from "../../support/pulumiMocks.ts";

const baseImage = `registry.example/base@sha256:${"0".repeat(64)}`;

/** What `Pulumi.yaml` sets by default, as the engine hands it over. */
const defaults = {
  registry: "",
  repository: "",
  baseImage,
  platforms: '["linux/amd64","linux/arm64"]',
  builder: "",
  namespace: "default",
  createNamespace: "false",
  imagePullSecret: "",
  serviceType: "LoadBalancer",
  serviceAnnotations: "{}",
  loadBalancerSourceRanges: "[]",
  allowFrom: '["10.0.0.0/8"]',
  monitoringNamespace: "monitoring",
  otlpEndpoint: "",
  replicas: "2",
  maxReplicas: "0",
  rolloutSeconds: "120",
  cpu: "1",
  memory: "512Mi",
  floors: "{}",
  override: "",
  signedBy: "{}",
  transparencyLog: "true",
};

describe("fromPulumi", () => {
  let pulumi: typeof import("@pulumi/pulumi");
  let fromPulumi: typeof import("../../../infra/settings/fromPulumi.ts").fromPulumi;
  let DeployError: typeof import("../../../infra/environment/deployError.ts").DeployError;
  before(async () => {
    await setMocks({ stack: "dev" });
    pulumi = await import("@pulumi/pulumi");
    ({ fromPulumi } = await import("../../../infra/settings/fromPulumi.ts"));
    ({ DeployError } = await import("../../../infra/environment/deployError.ts"));
  });

  const read = (values: Record<string, string>) => {
    const entries = Object.entries(values).map(([key, value]) => [`slipway:${key}`, value]);
    pulumi.runtime.setAllConfig(Object.fromEntries(entries));
    return fromPulumi();
  };

  const refusal = (values: Record<string, string>): Error => {
    try {
      read(values);
    } catch (error) {
      return error as Error;
    }
    assert.fail("nothing was thrown");
  };

  it("gives each setting as what it is, and the empty ones as not set", () => {
    assert.deepEqual(read(defaults), {
      registry: undefined,
      repository: undefined,
      baseImage,
      platforms: ["linux/amd64", "linux/arm64"],
      builder: undefined,
      namespace: "default",
      createNamespace: false,
      imagePullSecret: undefined,
      serviceType: "LoadBalancer",
      serviceAnnotations: {},
      loadBalancerSourceRanges: [],
      allowFrom: ["10.0.0.0/8"],
      monitoringNamespace: "monitoring",
      otlpEndpoint: undefined,
      replicas: 2,
      maxReplicas: undefined,
      rolloutSeconds: 120,
      cpu: "1",
      memory: "512Mi",
      floors: {},
      override: undefined,
      signedBy: undefined,
      transparencyLog: true,
    });
  });

  it("names every mistake with its file, its key and its fix", () => {
    const error = refusal({ ...defaults, replicas: "none", memory: "", serviceType: "Ingress" });

    assert(error instanceof DeployError);
    assert.equal(
      error.message,
      `serviceType is "Ingress", and must be one of LoadBalancer, NodePort, ClusterIP.
  at:  Pulumi.dev.yaml, key slipway:serviceType
  fix: such as: pulumi config set serviceType 'LoadBalancer'

replicas is "none", and must be a whole number, 1 or more.
  at:  Pulumi.dev.yaml, key slipway:replicas
  fix: such as: pulumi config set replicas '2'

memory is not set, and must be a memory quantity with a unit.
  at:  Pulumi.dev.yaml, key slipway:memory
  fix: such as: pulumi config set memory '512Mi'`,
    );
  });

  it("takes text as it stands, though it looks like a number", () => {
    assert.deepEqual(
      [read({ ...defaults, namespace: "2026" }).namespace, read({ ...defaults, cpu: "2" }).cpu],
      ["2026", "2"],
    );
  });

  it("names a setting that there is not", () => {
    assert.equal(
      refusal({ ...defaults, replcas: "3" }).message,
      `There is no setting replcas.
  at:  Pulumi.dev.yaml, key slipway:replcas
  fix: one of registry, repository, baseImage, platforms, builder, namespace, createNamespace, imagePullSecret, serviceType, serviceAnnotations, loadBalancerSourceRanges, allowFrom, monitoringNamespace, otlpEndpoint, replicas, maxReplicas, rolloutSeconds, cpu, memory, floors, override, signedBy, transparencyLog; remove it with: pulumi config rm replcas`,
    );
  });

  it("throws what Pulumi shows without a stack", () => {
    const error = refusal({ ...defaults, replicas: "0" });

    assert(pulumi.RunError.isInstance(error));
    assert.equal(error.stack, undefined);
  });
});
