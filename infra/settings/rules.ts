/** What each setting may be. Pure. `Pulumi.yaml` holds their defaults and their help. */
import { toNumber } from "../../common/toNumber.ts";
import { METRICS } from "../../contract/metricNames.ts";
import { isSignedBy, type SignedBy } from "./signer.ts";

export type Platform = "linux/amd64" | "linux/arm64";
export type ServiceType = "LoadBalancer" | "NodePort" | "ClusterIP";

export interface Settings {
  /** Where images go; undefined: the registry that the cluster announces. */
  readonly registry: string | undefined;
  /** The image's name in the registry; undefined: the model's name. */
  readonly repository: string | undefined;
  /** By digest. */
  readonly baseImage: string;
  readonly platforms: readonly Platform[];
  /** A buildx builder; undefined: the current one. */
  readonly builder: string | undefined;
  readonly namespace: string;
  readonly createNamespace: boolean;
  readonly imagePullSecret: string | undefined;
  readonly serviceType: ServiceType;
  /** Annotations of the Service, which tell a cloud what its load balancer should be. */
  readonly serviceAnnotations: Readonly<Record<string, string>>;
  /** Who may call a load balancer, as CIDR blocks; none: everybody. */
  readonly loadBalancerSourceRanges: readonly string[];
  /** Who may reach the pods' port for callers: CIDR blocks, and names of namespaces; none: everybody. */
  readonly allowFrom: readonly string[];
  /** The namespace whose pods may read the metrics. */
  readonly monitoringNamespace: string;
  /** Where traces go, over OTLP/HTTP; undefined: nowhere. */
  readonly otlpEndpoint: string | undefined;
  /** Pods wanted; with `maxReplicas` the fewest. */
  readonly replicas: number;
  /** The most pods; undefined: no autoscaling. */
  readonly maxReplicas: number | undefined;
  /** How long the proof and the rollout of two pods may take together, in seconds. */
  readonly rolloutSeconds: number;
  /** Kubernetes quantities, for request and limit alike. */
  readonly cpu: string;
  readonly memory: string;
  /** Bounds for metrics on the whole holdout, tighter than the contract's. */
  readonly floors: Readonly<Record<string, number>>;
  /** Lets one model through the gate: the first hex digits of its SHA-256, and the reason. */
  readonly override: { readonly sha256: string; readonly reason: string } | undefined;
  /** Who must have signed what is rolled out. Undefined: nobody. */
  readonly signedBy: SignedBy | undefined;
  /** Whether signatures go to the public transparency log, and must be found there. */
  readonly transparencyLog: boolean;
}

export type Setting = keyof Settings;

/** What is wrong with a setting. */
export interface Problem {
  readonly key: string;
  readonly what: string;
  readonly fix: string;
}

const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const imagePath = /^[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/;
const registry = /^[a-zA-Z0-9.-]+(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/;
const byDigest = /^[^\s@]+@sha256:[0-9a-f]{64}$/;
const cpuQuantity = /^(\d+m|\d+(\.\d{1,3})?)$/;
const annotationKey = /^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const otlpEndpoint = /^https?:\/\/([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(:\d+)?(\/[\w./-]*)?$/;
const memoryQuantity = /^[1-9]\d*(\.\d+)?(Ki|Mi|Gi|Ti|k|M|G|T)$/;

const platforms: readonly string[] = ["linux/amd64", "linux/arm64"] satisfies Platform[];
const serviceTypes: readonly string[] = ["LoadBalancer", "NodePort", "ClusterIP"] satisfies ServiceType[];

interface Rule {
  /** Whether its text is JSON: then `accepts` and `read` get the value. Otherwise they get the text. */
  readonly json?: true;
  readonly accepts: (value: never) => boolean;
  /** What it must be, to stand after "must be". */
  readonly demand: string;
  readonly example: string;
  /** What is made of an accepted value; unset: the value itself. */
  readonly read?: (value: never) => unknown;
  /** Where `pulumi config set KEY EXAMPLE` would not do. */
  readonly command?: string;
  readonly optional?: true;
}

const text = (pattern: RegExp, demand: string, example: string): Rule => ({
  accepts: (value: string) => pattern.test(value),
  demand,
  example,
});
const optional = (rule: Rule): Rule => ({ ...rule, optional: true });
const trueOrFalse = (example: string): Rule => ({
  json: true,
  accepts: (value: unknown) => typeof value === "boolean",
  demand: "true or false",
  example,
});
const oneOf = (values: readonly string[]): Rule => ({
  accepts: (value: string) => values.includes(value),
  demand: `one of ${values.join(", ")}`,
  example: values[0] ?? "",
});

const listOf = (accepts: (entry: string) => boolean, demand: string, key: string, example: string): Rule => ({
  json: true,
  accepts: (value: unknown) =>
    Array.isArray(value) && value.every((entry) => typeof entry === "string" && accepts(entry)),
  demand: `a list of ${demand}`,
  example,
  command: `pulumi config set --path '${key}[0]' ${example}`,
});

/** An IPv4 or IPv6 network, such as 10.0.0.0/8. */
export function isCidr(text: string): boolean {
  const [, address = "", bits] = /^([\d.]+|[\da-fA-F:.]*:[\da-fA-F:.]*)\/(\d{1,3})$/.exec(text) ?? [];
  const v6 = address.includes(":");
  if (!v6 && address.split(".").length !== 4) return false; // else 10.1 is one: short for 10.0.0.1
  return Number(bits) <= (v6 ? 128 : 32) && URL.canParse(`http://${v6 ? `[${address}]` : address}`);
}

export const rules: Readonly<Record<Setting, Rule>> = {
  registry: optional(
    text(registry, "a registry and a path in it, without https:// and without a tag", "ghcr.io/acme"),
  ),
  repository: optional(
    text(imagePath, "an image name in lower case, without registry and tag", "loan-approval"),
  ),
  baseImage: text(byDigest, "an image by digest", "gcr.io/distroless/nodejs24-debian13:nonroot@sha256:…"),
  platforms: {
    json: true,
    accepts: (value: unknown) =>
      Array.isArray(value) &&
      value.length > 0 &&
      new Set(value).size === value.length &&
      value.every((entry) => platforms.includes(entry)),
    demand: `a list of ${platforms.join(" and ")}, each once at most`,
    example: "linux/amd64",
    command: "pulumi config set --path 'platforms[0]' linux/amd64",
  },
  builder: optional(
    text(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/, "a builder that `docker buildx ls` shows", "default"),
  ),
  namespace: text(dnsLabel, "a DNS label (a-z, 0-9 and -, at most 63)", "models"),
  createNamespace: trueOrFalse("true"),
  imagePullSecret: optional(
    text(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, "the name of a Secret", "registry-login"),
  ),
  serviceType: oneOf(serviceTypes),
  serviceAnnotations: {
    json: true,
    accepts: (value: unknown) =>
      typeof value === "object" &&
      value !== null &&
      !Array.isArray(value) &&
      Object.entries(value).every(
        ([key, text]) => annotationKey.test(key) && ["string", "number", "boolean"].includes(typeof text),
      ),
    demand: "texts by annotation",
    example: "",
    command: `pulumi config set --path 'serviceAnnotations["service.beta.kubernetes.io/aws-load-balancer-scheme"]' internal`,
    // `pulumi config set --path` makes numbers and booleans of what looks like them; Kubernetes takes texts alone.
    read: (value: object) =>
      Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)])),
  },
  loadBalancerSourceRanges: listOf(isCidr, "CIDR blocks", "loadBalancerSourceRanges", "203.0.113.0/24"),
  allowFrom: listOf(
    (entry) => isCidr(entry) || dnsLabel.test(entry),
    "CIDR blocks and names of namespaces",
    "allowFrom",
    "ingress-nginx",
  ),
  monitoringNamespace: text(dnsLabel, "a DNS label (a-z, 0-9 and -, at most 63)", "monitoring"),
  otlpEndpoint: optional({
    ...text(
      otlpEndpoint,
      "an http or https URL without login and query",
      "http://otel-collector.monitoring.svc:4318",
    ),
    accepts: (value: string) => otlpEndpoint.test(value) && URL.canParse(value),
  }),
  replicas: {
    json: true,
    accepts: (value: unknown) => Number.isInteger(value) && (value as number) >= 1,
    demand: "a whole number, 1 or more",
    example: "2",
  },
  maxReplicas: {
    json: true,
    accepts: (value: unknown) => Number.isInteger(value) && (value as number) >= 0,
    demand: "a whole number above replicas, or 0 for no autoscaling",
    example: "10",
    read: (value: number) => (value === 0 ? undefined : value),
  },
  rolloutSeconds: {
    json: true,
    accepts: (value: unknown) =>
      Number.isInteger(value) && (value as number) >= 20 && (value as number) <= 3600,
    demand: "a whole number from 20 to 3600",
    example: "300",
  },
  cpu: {
    accepts: (value: string) => cpuQuantity.test(value) && Number.parseFloat(value) > 0,
    demand: "a CPU quantity above 0",
    example: "500m",
  },
  memory: text(memoryQuantity, "a memory quantity with a unit", "512Mi"),
  floors: {
    json: true,
    accepts: (value: unknown) =>
      typeof value === "object" &&
      value !== null &&
      !Array.isArray(value) &&
      Object.entries(value).every(([metric, bound]) => Object.hasOwn(METRICS, metric) && isNumber(bound)),
    demand: `numbers by metric (${Object.keys(METRICS).join(", ")})`,
    example: "",
    command: "pulumi config set --path floors.accuracy 0.9",
    read: (value: object) =>
      Object.fromEntries(Object.entries(value).map(([metric, bound]) => [metric, Number(bound)])),
  },
  override: optional({
    ...text(
      /^[0-9a-f]{12,64}: *\S.{9,}$/s,
      "the first 12 or more hex digits of the model's SHA-256, a colon, and the reason in 10 letters or more",
      "0123456789ab: the fraud rules changed overnight, approved by Ada",
    ),
    read: (value: string) => {
      const colon = value.indexOf(":");
      return { sha256: value.slice(0, colon), reason: value.slice(colon + 1).trim() };
    },
  }),
  signedBy: optional({
    json: true,
    accepts: (value: unknown) => isSignedBy(value) || JSON.stringify(value) === "{}",
    read: (value: object) => (Object.keys(value).length === 0 ? undefined : value),
    demand: "a key, or an identity with its issuer",
    example: "",
    command: "pulumi config set --path signedBy.key cosign.pub",
  }),
  transparencyLog: trueOrFalse("false"),
};

/** Pulumi.yaml knows no fractions, so that `pulumi config set` writes them as text. */
const isNumber = (value: unknown) => Number.isFinite(typeof value === "string" ? toNumber(value) : value);

/** Settings that are right by themselves and not together. */
export const conflicts: readonly {
  readonly of: readonly Setting[];
  readonly find: (settings: Settings) => Problem | undefined;
}[] = [
  {
    of: ["maxReplicas", "replicas"],
    find: ({ maxReplicas, replicas }) =>
      maxReplicas === undefined || maxReplicas > replicas
        ? undefined
        : {
            key: "maxReplicas",
            what: `maxReplicas is ${maxReplicas}, and must be above replicas, which is ${replicas}.`,
            fix: `such as: pulumi config set maxReplicas ${replicas * 2}`,
          },
  },
  {
    of: ["loadBalancerSourceRanges", "serviceType"],
    find: ({ loadBalancerSourceRanges, serviceType }) =>
      loadBalancerSourceRanges.length === 0 || serviceType === "LoadBalancer"
        ? undefined
        : {
            key: "loadBalancerSourceRanges",
            what: `loadBalancerSourceRanges is set, and serviceType is ${serviceType}, which has no load balancer.`,
            fix: "pulumi config rm loadBalancerSourceRanges; allowFrom says who may reach the pods",
          },
  },
  {
    of: ["signedBy", "transparencyLog"],
    find: ({ signedBy, transparencyLog }) =>
      signedBy === undefined || "key" in signedBy || transparencyLog
        ? undefined
        : {
            key: "transparencyLog",
            what: "transparencyLog is false, and signedBy demands an identity, whose signatures are in the log.",
            fix: "pulumi config rm transparencyLog, or demand a key: pulumi config set --path signedBy.key cosign.pub",
          },
  },
];
