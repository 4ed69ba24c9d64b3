import assert from "node:assert/strict";
import { proofPolicySpec, servingPolicySpec } from "../../../infra/workload/networkPolicy.ts";

const selector = { "app.kubernetes.io/name": "loan-approval", "app.kubernetes.io/instance": "dev" };
const settings = { allowFrom: [], monitoringNamespace: "monitoring", otlpEndpoint: undefined };
const namespace = (name: string) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
});
const metrics = { ports: [{ protocol: "TCP", port: 9000 }], from: [namespace("monitoring")] };
const names = {
  ports: [
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 53 },
  ],
};

describe("servingPolicySpec", () => {
  it("lets everybody in to callers' port, monitoring to the platform's, and nothing out", () => {
    assert.deepEqual(servingPolicySpec(selector, settings), {
      podSelector: { matchLabels: selector },
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ ports: [{ protocol: "TCP", port: 8000 }] }, metrics],
      egress: [],
    });
  });

  it("lets only those in to callers' port that are named", () => {
    const { ingress } = servingPolicySpec(selector, {
      ...settings,
      allowFrom: ["10.0.0.0/8", "ingress-nginx", "2001:db8::/32"],
      monitoringNamespace: "observability",
    });

    assert.deepEqual(ingress, [
      {
        ports: [{ protocol: "TCP", port: 8000 }],
        from: [
          { ipBlock: { cidr: "10.0.0.0/8" } },
          namespace("ingress-nginx"),
          { ipBlock: { cidr: "2001:db8::/32" } },
        ],
      },
      { ...metrics, from: [namespace("observability")] },
    ]);
  });

  for (const { endpoint, rule } of [
    {
      endpoint: "http://otel.monitoring.svc:4318",
      rule: { ports: [{ protocol: "TCP", port: 4318 }], to: [namespace("monitoring")] },
    },
    {
      endpoint: "http://otel.tracing.svc.cluster.local:4318/otlp",
      rule: { ports: [{ protocol: "TCP", port: 4318 }], to: [namespace("tracing")] },
    },
    {
      endpoint: "http://192.0.2.7",
      rule: { ports: [{ protocol: "TCP", port: 80 }], to: [{ ipBlock: { cidr: "192.0.2.7/32" } }] },
    },
    {
      endpoint: "http://[2001:db8::7]:4318",
      rule: { ports: [{ protocol: "TCP", port: 4318 }], to: [{ ipBlock: { cidr: "2001:db8::7/128" } }] },
    },
    { endpoint: "https://otlp.example.com/v1", rule: { ports: [{ protocol: "TCP", port: 443 }] } },
    { endpoint: "http://collector:4318", rule: { ports: [{ protocol: "TCP", port: 4318 }] } },
  ]) {
    it(`lets traces out to ${endpoint}, and its name be looked up`, () => {
      assert.deepEqual(servingPolicySpec(selector, { ...settings, otlpEndpoint: endpoint }).egress, [
        rule,
        names,
      ]);
    });
  }
});

describe("proofPolicySpec", () => {
  it("lets nothing in and nothing out", () => {
    assert.deepEqual(proofPolicySpec(selector), {
      podSelector: { matchLabels: selector },
      policyTypes: ["Ingress", "Egress"],
    });
  });
});
