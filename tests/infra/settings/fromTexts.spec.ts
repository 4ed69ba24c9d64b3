import assert from "node:assert/strict";
import { fromTexts } from "../../../infra/settings/fromTexts.ts";
import type { Setting, Settings } from "../../../infra/settings/rules.ts";
import { type Mistake, SettingsError } from "../../../infra/settings/settingsError.ts";

const digest = "0123456789abcdef".repeat(4);

/** What a stack sets that sets everything. */
const complete = {
  registry: "ghcr.io/acme",
  repository: "risk/loan-approval",
  baseImage: `gcr.io/distroless/nodejs24-debian13:nonroot@sha256:${digest}`,
  platforms: ["linux/amd64", "linux/arm64"],
  builder: "default",
  namespace: "models",
  createNamespace: false,
  imagePullSecret: "registry-login",
  serviceType: "LoadBalancer",
  serviceAnnotations: { "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal" },
  loadBalancerSourceRanges: ["203.0.113.0/24"],
  allowFrom: ["10.0.0.0/8", "ingress-nginx"],
  monitoringNamespace: "monitoring",
  otlpEndpoint: "http://otel-collector.monitoring.svc:4318",
  replicas: 2,
  maxReplicas: 10,
  rolloutSeconds: 120,
  cpu: "500m",
  memory: "512Mi",
  floors: { accuracy: 0.9 },
  override: undefined,
  signedBy: { key: "cosign.pub" },
  transparencyLog: true,
};

/** What is no text is JSON, as Pulumi has it. */
const read = (values: Readonly<Record<string, unknown>>): Settings => {
  const set = Object.entries(values).filter(([, value]) => value !== undefined);
  const texts = set.map(
    ([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)] as const,
  );
  return fromTexts(new Map(texts), "Pulumi.dev.yaml");
};

const mistakesOf = (act: () => Settings): readonly Mistake[] => {
  try {
    act();
  } catch (error) {
    assert(error instanceof SettingsError);
    return error.mistakes;
  }
  return [];
};
const mistakesIn = (values: Readonly<Record<string, unknown>>) => mistakesOf(() => read(values));

const at = (key: string) => `Pulumi.dev.yaml, key slipway:${key}`;

/** The demand of each setting, as its mistake says it. */
const demands: Record<Setting, { must: string; example: string }> = {
  registry: {
    must: "a registry and a path in it, without https:// and without a tag",
    example: "ghcr.io/acme",
  },
  repository: { must: "an image name in lower case, without registry and tag", example: "loan-approval" },
  baseImage: { must: "an image by digest", example: "gcr.io/distroless/nodejs24-debian13:nonroot@sha256:…" },
  platforms: { must: "a list of linux/amd64 and linux/arm64, each once at most", example: "" },
  builder: { must: "a builder that `docker buildx ls` shows", example: "default" },
  namespace: { must: "a DNS label (a-z, 0-9 and -, at most 63)", example: "models" },
  createNamespace: { must: "true or false", example: "true" },
  imagePullSecret: { must: "the name of a Secret", example: "registry-login" },
  serviceType: { must: "one of LoadBalancer, NodePort, ClusterIP", example: "LoadBalancer" },
  serviceAnnotations: { must: "texts by annotation", example: "" },
  loadBalancerSourceRanges: { must: "a list of CIDR blocks", example: "" },
  allowFrom: { must: "a list of CIDR blocks and names of namespaces", example: "" },
  monitoringNamespace: { must: "a DNS label (a-z, 0-9 and -, at most 63)", example: "monitoring" },
  otlpEndpoint: {
    must: "an http or https URL without login and query",
    example: "http://otel-collector.monitoring.svc:4318",
  },
  replicas: { must: "a whole number, 1 or more", example: "2" },
  maxReplicas: { must: "a whole number above replicas, or 0 for no autoscaling", example: "10" },
  rolloutSeconds: { must: "a whole number from 20 to 3600", example: "300" },
  cpu: { must: "a CPU quantity above 0", example: "500m" },
  memory: { must: "a memory quantity with a unit", example: "512Mi" },
  floors: {
    must: "numbers by metric (accuracy, balancedAccuracy, precision, recall, f1, rocAuc, logLoss, calibrationError, mae, rmse, r2)",
    example: "",
  },
  override: {
    must: "the first 12 or more hex digits of the model's SHA-256, a colon, and the reason in 10 letters or more",
    example: "0123456789ab: the fraud rules changed overnight, approved by Ada",
  },
  signedBy: { must: "a key, or an identity with its issuer", example: "" },
  transparencyLog: { must: "true or false", example: "false" },
};
/** Those that `pulumi config set KEY EXAMPLE` does not set. */
const commands: Partial<Record<Setting, string>> = {
  platforms: "pulumi config set --path 'platforms[0]' linux/amd64",
  serviceAnnotations:
    "pulumi config set --path 'serviceAnnotations[\"service.beta.kubernetes.io/aws-load-balancer-scheme\"]' internal",
  loadBalancerSourceRanges: "pulumi config set --path 'loadBalancerSourceRanges[0]' 203.0.113.0/24",
  allowFrom: "pulumi config set --path 'allowFrom[0]' ingress-nginx",
  floors: "pulumi config set --path floors.accuracy 0.9",
  signedBy: "pulumi config set --path signedBy.key cosign.pub",
};

const such = (key: Setting) => commands[key] ?? `pulumi config set ${key} '${demands[key].example}'`;
const mistake = (key: Setting, found: string) => ({
  what: `${key} is ${found}, and must be ${demands[key].must}.`,
  at: at(key),
  fix: `such as: ${such(key)}`,
});
const notSet = (key: Setting) => ({
  what: `${key} is not set, and must be ${demands[key].must}.`,
  at: at(key),
  fix: `such as: ${such(key)}`,
});

const unknown = (key: string) => ({
  what: `There is no setting ${key}.`,
  at: at(key),
  fix: `one of ${Object.keys(demands).join(", ")}; remove it with: pulumi config rm ${key}`,
});

/** A refused value as its mistake says it: a text that is JSON of a text is that text. */
const shown = (value: unknown) =>
  typeof value === "string" && value.startsWith('"') ? value : JSON.stringify(value);

describe("fromTexts", () => {
  it("gives all settings as they are set", () => {
    assert.deepEqual(read(complete), complete);
  });

  it("leaves optional settings undefined", () => {
    const unset = {
      registry: undefined,
      repository: undefined,
      builder: undefined,
      imagePullSecret: undefined,
      otlpEndpoint: undefined,
      override: undefined,
      signedBy: undefined,
    };

    assert.deepEqual(read({ ...complete, ...unset }), { ...complete, ...unset });
    const empty = Object.fromEntries(Object.keys(unset).map((key) => [key, ""]));
    assert.deepEqual(read({ ...complete, ...empty, signedBy: {} }), { ...complete, ...unset });
  });

  it("names each setting that is not set and must be", () => {
    const required: Setting[] = [
      "baseImage",
      "platforms",
      "namespace",
      "createNamespace",
      "serviceType",
      "serviceAnnotations",
      "loadBalancerSourceRanges",
      "allowFrom",
      "monitoringNamespace",
      "replicas",
      "maxReplicas",
      "rolloutSeconds",
      "cpu",
      "memory",
      "floors",
      "transparencyLog",
    ];

    assert.deepEqual(mistakesIn({}), required.map(notSet));
  });

  it("names all mistakes at once", () => {
    const values = {
      registry: "https://ghcr.io/acme",
      repository: "Loan Approval",
      baseImage: "node:24",
      platforms: ["linux/amd64", "windows/amd64"],
      builder: "my builder",
      namespace: "Models",
      createNamespace: "yes",
      imagePullSecret: "Registry_Login",
      serviceType: "Ingress",
      serviceAnnotations: { "not a key": "x" },
      loadBalancerSourceRanges: ["203.0.113.0"],
      allowFrom: "everybody",
      monitoringNamespace: "",
      otlpEndpoint: "otel-collector:4318",
      replicas: 0,
      maxReplicas: -1,
      rolloutSeconds: 10,
      cpu: "one",
      memory: 512,
      floors: { accuracy: "high" },
      override: "because",
      signedBy: "Ada",
      transparencyLog: "no",
    };

    assert.deepEqual(mistakesIn(values), [
      mistake("registry", '"https://ghcr.io/acme"'),
      mistake("repository", '"Loan Approval"'),
      mistake("baseImage", '"node:24"'),
      mistake("platforms", '["linux/amd64","windows/amd64"]'),
      mistake("builder", '"my builder"'),
      mistake("namespace", '"Models"'),
      mistake("createNamespace", '"yes"'),
      mistake("imagePullSecret", '"Registry_Login"'),
      mistake("serviceType", '"Ingress"'),
      mistake("serviceAnnotations", '{"not a key":"x"}'),
      mistake("loadBalancerSourceRanges", '["203.0.113.0"]'),
      mistake("allowFrom", '"everybody"'),
      notSet("monitoringNamespace"),
      mistake("otlpEndpoint", '"otel-collector:4318"'),
      mistake("replicas", "0"),
      mistake("maxReplicas", "-1"),
      mistake("rolloutSeconds", "10"),
      mistake("cpu", '"one"'),
      mistake("memory", '"512"'),
      mistake("floors", '{"accuracy":"high"}'),
      mistake("override", '"because"'),
      mistake("signedBy", '"Ada"'),
      mistake("transparencyLog", '"no"'),
    ]);
  });

  for (const [key, accepted] of [
    ["registry", ["localhost:5000", "ghcr.io/acme/models", "10.0.0.1:5000"]],
    ["repository", ["loan-approval", "a/b/c", "a__b.c"]],
    ["baseImage", [`localhost:5000/base@sha256:${digest}`]],
    ["platforms", [["linux/arm64"], ["linux/arm64", "linux/amd64"]]],
    ["namespace", ["a", "7", "a".repeat(63)]],
    ["createNamespace", [true, false]],
    ["rolloutSeconds", [20, 3600]],
    ["serviceType", ["LoadBalancer", "NodePort", "ClusterIP"]],
    ["serviceAnnotations", [{}, { "a.b/c": "" }]],
    ["loadBalancerSourceRanges", [[], ["0.0.0.0/0", "2001:db8::/32"]]],
    ["allowFrom", [[], ["::1/128", "192.0.2.7/32", "default"]]],
    [
      "otlpEndpoint",
      ["https://otlp.example/v1", "http://[2001:db8::7]:4318", "http://192.0.2.7", "http://collector:4318/"],
    ],
    ["replicas", [1, 9]],
    ["maxReplicas", [3, 100]],
    ["cpu", ["1", "0.5", "250m"]],
    ["memory", ["512Mi", "1.5Gi", "800M"]],
    ["floors", [{}, { accuracy: 1, rmse: 12.5 }]],
    [
      "signedBy",
      [{ key: "cosign.pub" }, { identity: "https://github.com/acme/loan/x.yml@main", issuer: "https://y" }],
    ],
  ] as const) {
    for (const value of accepted) {
      it(`takes ${JSON.stringify(value)} as ${key}`, () => {
        assert.deepEqual(read({ ...complete, loadBalancerSourceRanges: [], [key]: value })[key], value);
      });
    }
  }

  for (const [key, refused] of [
    ["registry", ["ghcr.io/acme/", "ghcr.io/Acme", "ghcr.io/acme:1", "localhost:port"]],
    ["repository", ["/loan", "loan/", "loan:1", "loan//approval", "-loan"]],
    ["baseImage", ["node", `node@sha256:${digest.slice(1)}`, `node@sha256:${digest}\n`, `@sha256:${digest}`]],
    ["platforms", [[], "linux/amd64", ["linux/amd64", "linux/amd64"], null, {}]],
    ["namespace", ["-a", "a-", "a.b", "a".repeat(64)]],
    ["createNamespace", [1, "yes", "True", '"true"', null]],
    ["serviceType", ["loadbalancer", "ExternalName"]],
    ["serviceAnnotations", [{ a: {} }, { a: null }, ["a"], "a", null]],
    [
      "loadBalancerSourceRanges",
      [["10.0.0.0/33"], ["10.0/8"], ["256.0.0.0/8"], ["::/129"], ["1::2::3/64"], ["namespace"], {}, null],
    ],
    ["allowFrom", [["Namespace"], ["a.b"], ["10.0.0.0"], [1], null]],
    ["monitoringNamespace", ["-a"]],
    [
      "otlpEndpoint",
      ["http://user:password@collector", "http://collector?a=b", "http://collector:99999", "grpc://a"],
    ],
    ["replicas", [1.5, -1, '"2"', "0x10", "1_0", "010", null]],
    ["maxReplicas", [1.5, '"10"', "0x10", null]],
    ["cpu", ["0", "0m", "0.0", "-1", "1.5m", "0.0001", "0x10", "true", "null"]],
    ["memory", ["512", "512mi", "Mi", "-1Mi", "0x10Mi"]],
    ["signedBy", [{ key: "" }, { key: 1 }, { identity: "x" }, { key: "x", issuer: "y" }, ["x"], null]],
    [
      "floors",
      [
        { acuracy: 0.9 },
        { constructor: 0.9 },
        { toString: 0.9 },
        JSON.parse('{"__proto__": 0.9}'),
        { accuracy: "" },
        { accuracy: "0x1" },
        { accuracy: "1_0" },
        { accuracy: "Infinity" },
        { accuracy: "high" },
        { accuracy: true },
        { accuracy: ["0.9"] },
        { accuracy: null },
        [0.9],
        0.9,
        null,
      ],
    ],
    ["override", ["0123456789a: it is an emergency", "0123456789ab: too short", "0123456789ab"]],
  ] as const) {
    for (const value of refused) {
      it(`refuses ${JSON.stringify(value)} as ${key}`, () => {
        assert.deepEqual(mistakesIn({ ...complete, [key]: value }), [mistake(key, shown(value))]);
      });
    }
  }

  it("refuses an identity without the log, which its signatures are in", () => {
    const signedBy = { identity: "https://github.com/acme/loan/x.yml@main", issuer: "https://y" };

    assert.deepEqual(mistakesIn({ ...complete, signedBy, transparencyLog: false }), [
      {
        what: "transparencyLog is false, and signedBy demands an identity, whose signatures are in the log.",
        at: at("transparencyLog"),
        fix: "pulumi config rm transparencyLog, or demand a key: pulumi config set --path signedBy.key cosign.pub",
      },
    ]);
    assert.deepEqual(mistakesIn({ ...complete, transparencyLog: false }), []);
  });

  it("takes floors as Pulumi writes fractions, which is text", () => {
    const { floors } = read({ ...complete, floors: { accuracy: "0.9", logLoss: 1 } });

    assert.deepEqual(floors, { accuracy: 0.9, logLoss: 1 });
  });

  it("takes 0 as maxReplicas for no autoscaling", () => {
    assert.equal(read({ ...complete, maxReplicas: 0 }).maxReplicas, undefined);
  });

  it("takes annotations as Pulumi writes numbers and booleans", () => {
    const { serviceAnnotations } = read({ ...complete, serviceAnnotations: { a: true, b: 60 } });

    assert.deepEqual(serviceAnnotations, { a: "true", b: "60" });
  });

  it("refuses settings that do not go together, where each is right by itself", () => {
    assert.deepEqual(mistakesIn({ ...complete, maxReplicas: 2, serviceType: "NodePort" }), [
      {
        what: "maxReplicas is 2, and must be above replicas, which is 2.",
        at: at("maxReplicas"),
        fix: "such as: pulumi config set maxReplicas 4",
      },
      {
        what: "loadBalancerSourceRanges is set, and serviceType is NodePort, which has no load balancer.",
        at: at("loadBalancerSourceRanges"),
        fix: "pulumi config rm loadBalancerSourceRanges; allowFrom says who may reach the pods",
      },
    ]);
    assert.deepEqual(mistakesIn({ ...complete, maxReplicas: 2, replicas: 0 }), [mistake("replicas", "0")]);
  });

  it("names each setting that is encrypted, with those that are wrong", () => {
    const texts = new Map([...Object.keys(complete).map((key) => [key, undefined] as const), ["cpu", "0"]]);
    const encrypted = (Object.keys(demands) as Setting[]).map((key) => ({
      what: `${key} is encrypted, and only \`pulumi up\` and \`pulumi preview\` can read it.`,
      at: at(key),
      fix: `no setting is a secret: set it again without --secret, such as: ${such(key)}`,
    }));

    assert.deepEqual(
      mistakesOf(() => fromTexts(texts, "Pulumi.dev.yaml")),
      encrypted.map((one) => (one.at === at("cpu") ? mistake("cpu", '"0"') : one)),
    );
  });

  it("names each setting that there is not, after those that are wrong", () => {
    assert.deepEqual(mistakesIn({ replcas: 3, constructor: "x", ...complete, replicas: 0 }), [
      mistake("replicas", "0"),
      unknown("replcas"),
      unknown("constructor"),
    ]);
  });

  it("freezes them", () => {
    assert(Object.isFrozen(read(complete)));
  });

  it("takes an override apart", () => {
    const { override } = read({ ...complete, override: `${digest}:  an emergency: really` });

    assert.deepEqual(override, { sha256: digest, reason: "an emergency: really" });
  });
});
