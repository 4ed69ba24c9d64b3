/** Files of a stack's settings, and what Pulumi makes of them. tests/e2e/settings.spec.ts asks Pulumi whether that is so. */

export interface SettingsFile {
  readonly how: string;
  /** What `pulumi config set` was given, if it wrote the file. */
  readonly commands?: readonly (readonly string[])[];
  /** Below `config:` of `Pulumi.STACK.yaml`. */
  readonly config: string;
  /** The text that the program gets for each key that the file sets. */
  readonly texts: Readonly<Record<string, string>>;
}

/** An override that the shell and YAML would both take apart. */
const OVERRIDE = "0123456789ab: the fraud rules changed overnight, approved by Ada";

export const WRITTEN_BY_PULUMI: readonly SettingsFile[] = [
  {
    how: "as `pulumi config set` writes it",
    commands: [
      ["replicas", "3"],
      ["createNamespace", "true"],
      ["maxReplicas", "9"],
      ["cpu", "1"],
      ["namespace", "2026"],
      ["registry", "ghcr.io/acme"],
      ["platforms", '["linux/amd64"]'],
      ["override", OVERRIDE],
      ["kubernetes:context", "my-cluster"],
    ],
    config: `
  slipway:replicas: "3"
  slipway:createNamespace: "true"
  slipway:maxReplicas: "9"
  slipway:cpu: "1"
  slipway:namespace: "2026"
  slipway:registry: ghcr.io/acme
  slipway:platforms: '["linux/amd64"]'
  slipway:override: '${OVERRIDE}'
  kubernetes:context: my-cluster`,
    texts: {
      replicas: "3",
      createNamespace: "true",
      maxReplicas: "9",
      cpu: "1",
      namespace: "2026",
      registry: "ghcr.io/acme",
      platforms: '["linux/amd64"]',
      override: OVERRIDE,
    },
  },
  {
    how: "as `pulumi config set --path` writes it",
    commands: [
      ["--path", "replicas", "3"],
      ["--path", "transparencyLog", "true"],
      ["--path", "platforms[0]", "linux/amd64"],
      ["--path", "allowFrom[0]", "10.0.0.0/8"],
      ["--path", "floors.accuracy", "0.9"],
      ["--path", "floors.rmse", "12"],
      ["--path", 'serviceAnnotations["a.b/internal"]', "true"],
      ["--path", 'serviceAnnotations["a.b/seconds"]', "60"],
      ["--path", "signedBy.key", "cosign.pub"],
    ],
    config: `
  slipway:replicas: "3"
  slipway:transparencyLog: "true"
  slipway:platforms:
    - linux/amd64
  slipway:allowFrom:
    - 10.0.0.0/8
  slipway:floors:
    accuracy: "0.9"
    rmse: 12
  slipway:serviceAnnotations:
    a.b/internal: true
    a.b/seconds: 60
  slipway:signedBy:
    key: cosign.pub`,
    texts: {
      replicas: "3",
      transparencyLog: "true",
      platforms: '["linux/amd64"]',
      allowFrom: '["10.0.0.0/8"]',
      floors: '{"accuracy":"0.9","rmse":12}',
      serviceAnnotations: '{"a.b/internal":true,"a.b/seconds":60}',
      signedBy: '{"key":"cosign.pub"}',
    },
  },
];

export const TYPED_BY_HAND: readonly SettingsFile[] = [
  {
    how: "typed by hand",
    config: `
  slipway:cpu: 1
  slipway:replicas: 3
  slipway:createNamespace: true
  slipway:namespace: 2026
  slipway:platforms: [linux/amd64]
  slipway:floors: { accuracy: 0.90, rmse: 1e1, mae: "0.5" }
  slipway:serviceAnnotations: { "a.b/internal": yes, "a.b/seconds": 60 }`,
    texts: {
      cpu: "1",
      replicas: "3",
      createNamespace: "true",
      namespace: "2026",
      platforms: '["linux/amd64"]',
      floors: '{"accuracy":0.9,"mae":"0.5","rmse":10}',
      serviceAnnotations: '{"a.b/internal":"yes","a.b/seconds":60}',
    },
  },
  {
    how: "with numbers and booleans in other forms",
    config: `
  slipway:cpu: 1.50
  slipway:replicas: 0x3
  slipway:maxReplicas: 1e1
  slipway:createNamespace: True`,
    texts: { cpu: "1.5", replicas: "3", maxReplicas: "10", createNamespace: "true" },
  },
  {
    how: "with names in other forms",
    config: `
  replicas: 3
  slipway:config:cpu: 500m`,
    texts: { replicas: "3", cpu: "500m" },
  },
  {
    how: "with anchors and a merged map",
    config: `
  slipway:namespace: &name models
  slipway:monitoringNamespace: *name
  <<: { slipway:replicas: 3 }`,
    texts: { namespace: "models", monitoringNamespace: "models", replicas: "3" },
  },
  {
    how: "with values that are empty",
    config: `
  slipway:registry:
  slipway:builder: ~
  slipway:repository: ""`,
    texts: { registry: "", builder: "", repository: "" },
  },
  {
    how: "with values that are not set and must be",
    config: `
  slipway:memory:
  slipway:cpu: ""`,
    texts: { memory: "", cpu: "" },
  },
  {
    how: "with mistakes",
    config: `
  slipway:replicas: three
  slipway:maxReplicas: 2.5
  slipway:createNamespace: yes
  slipway:memory: 512
  slipway:platforms: linux/amd64
  slipway:allowFrom: [10.0.0.1]
  slipway:cpu: { default: 1 }
  slipway:floors: { accuracy: high }`,
    texts: {
      replicas: "three",
      maxReplicas: "2.5",
      createNamespace: "yes",
      memory: "512",
      platforms: "linux/amd64",
      allowFrom: '["10.0.0.1"]',
      cpu: '{"default":1}',
      floors: '{"accuracy":"high"}',
    },
  },
  {
    how: "with settings that there are not",
    config: `
  slipway:replcas: 3
  owner: Ada
  other:replcas: 3`,
    texts: { replcas: "3", owner: "Ada" },
  },
];

/** The content of a file with these settings. */
export const stackFile = ({ config }: Pick<SettingsFile, "config">): string => `config:${config}\n`;
