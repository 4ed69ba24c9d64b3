/** Who may talk to the pods, and to whom they may, from plain values. Pure. */
import type { types } from "@pulumi/kubernetes";
import { isCidr, type Settings } from "../settings/rules.ts";
import { CALLERS, type Labels, PLATFORM } from "./manifest.ts";

type NetworkPolicySpec = types.input.networking.v1.NetworkPolicySpec;
type EgressRule = types.input.networking.v1.NetworkPolicyEgressRule;
type Peer = types.input.networking.v1.NetworkPolicyPeer;

/** Callers' port from `allowFrom`, the platform's from the monitoring namespace, and nothing out but traces. */
export function servingPolicySpec(
  selector: Labels,
  {
    allowFrom,
    monitoringNamespace,
    otlpEndpoint,
  }: Pick<Settings, "allowFrom" | "monitoringNamespace" | "otlpEndpoint">,
): NetworkPolicySpec {
  return {
    podSelector: { matchLabels: { ...selector } },
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      // By number: a policy may name ports, but not every network plugin knows names.
      {
        ports: [tcp(CALLERS.containerPort)],
        ...(allowFrom.length > 0 && { from: allowFrom.map(peer) }), // without `from`, from anywhere
      },
      { ports: [tcp(PLATFORM.containerPort)], from: [namespacePeer(monitoringNamespace)] },
    ],
    egress: otlpEndpoint === undefined ? [] : [collector(new URL(otlpEndpoint)), names],
  };
}

/** Nothing in and nothing out: a proof talks to itself. */
export function proofPolicySpec(selector: Labels): NetworkPolicySpec {
  return { podSelector: { matchLabels: { ...selector } }, policyTypes: ["Ingress", "Egress"] };
}

/** Any resolver: the cluster's, or one on the node, which no selector finds. */
const names: EgressRule = {
  ports: [
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 53 },
  ],
};

/** Allows traffic to an endpoint. A policy cannot name a host outside the cluster, so for such a name it allows every address. */
function collector({ protocol, hostname, port }: URL): EgressRule {
  const address = hostname.replace(/^\[|\]$/g, "");
  const [, namespace] = /^[^.]+\.([^.]+)\.svc(\.|$)/.exec(hostname) ?? [];
  const cidr = `${address}/${address.includes(":") ? 128 : 32}`;
  const to = namespace !== undefined ? [namespacePeer(namespace)] : isCidr(cidr) ? [peer(cidr)] : undefined;
  return {
    ports: [tcp(Number(port) || (protocol === "https:" ? 443 : 80))],
    ...(to && { to }),
  };
}

function peer(source: string): Peer {
  return isCidr(source) ? { ipBlock: { cidr: source } } : namespacePeer(source);
}

function namespacePeer(name: string): Peer {
  // The API server labels every namespace with its name.
  return { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } };
}

function tcp(port: number): { protocol: string; port: number } {
  return { protocol: "TCP", port };
}
