import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { kubeconfig as administrator, kubectl, registry } from "../../sandbox/components.ts";
import { environment } from "../../sandbox/programEnvironment.ts";
import { installCheckov } from "../support/checkov.ts";
import { buildKubeScore } from "../support/kubeScore.ts";
import { copyProject, type Project, root } from "../support/project.ts";

const ENFORCE = "pod-security.kubernetes.io/enforce";

/** Findings that stand, each with its reason. */
const waivers: readonly { readonly finding: RegExp; readonly reason: string }[] = [
  {
    finding: /ImagePullPolicy is not set to Always$/,
    reason:
      "Images are named by digest, so what a node has is right, and a pod restarts while the registry is away.",
  },
];

/** What docs/production.md has an administrator apply, in this namespace. */
function deployer(namespace: string): string {
  const [, block = ""] = /```yaml\n(apiVersion: v1\nkind: ServiceAccount\n[\s\S]*?)```/.exec(
    readFileSync(path.join(root, "docs/production.md"), "utf8"),
  ) ?? [""];
  assert.notEqual(block, "", "docs/production.md has the deployer's manifests");
  return block.replaceAll(/\bmodels\b/g, namespace);
}

/** The program's own manifests, as the engine got them. */
async function manifestsOf(project: Project): Promise<Record<string, any>[]> {
  const { stdout } = await project.pulumi("stack", "export");
  const { resources } = JSON.parse(stdout).deployment as {
    resources: { type: string; inputs?: Record<string, unknown> }[];
  };
  return resources.filter(({ type }) => type.startsWith("kubernetes:")).map(({ inputs = {} }) => inputs);
}

/** As the administrator. */
const apply = (manifests: string, ...args: string[]) =>
  execa("kubectl", ["--kubeconfig", administrator, "apply", "-f", "-", ...args], {
    env: environment,
    input: manifests,
    reject: false,
    all: true,
  });

/** Has the cluster say whether it would admit such a pod. */
const dryRun = ({ namespace, spec }: { namespace: string; spec: object }) =>
  apply(
    JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name: "dry", namespace }, spec }),
    "--dry-run=server",
  );

describe("going to production", () => {
  let project: Project;
  let namespace: string;
  let kubeconfig: string;

  /** kubectl with the deployer's token. */
  const asDeployer = (...args: string[]) =>
    execa("kubectl", ["--kubeconfig", kubeconfig, "-n", namespace, ...args], {
      env: environment,
      reject: false,
    });
  const up = (...args: string[]) => project.pulumi("up", "--yes", "--skip-preview", ...args);

  before(async () => {
    project = await copyProject({ stack: "production", replicas: 2 });
    ({ namespace } = project);
    await kubectl("create", "namespace", namespace);
    const applied = await apply(deployer(namespace));
    assert.equal(applied.exitCode, 0, applied.all);
    const { stdout: token } = await kubectl("-n", namespace, "create", "token", "deployer", "--duration=1h");
    const config = parse(readFileSync(administrator, "utf8"));
    config.users = config.users.map(({ name }: { name: string }) => ({ name, user: { token } }));
    kubeconfig = path.join(project.directory, "..", "deployer.kubeconfig");
    writeFileSync(kubeconfig, stringify(config), { mode: 0o600 });
    for (const [key, value] of Object.entries({
      "kubernetes:kubeconfig": kubeconfig,
      "slipway:registry": registry,
      "slipway:createNamespace": "false",
      "slipway:serviceType": "ClusterIP",
      "slipway:allowFrom": '["ingress-nginx"]',
      "slipway:otlpEndpoint": "http://otel-collector.monitoring.svc:4318",
      "slipway:maxReplicas": "4",
    })) {
      const { exitCode, all } = await project.pulumi(
        "config",
        "set",
        ...(value.startsWith("[") ? ["--path", `${key}[0]`, JSON.parse(value)[0]] : [key, value]),
      );
      assert.equal(exitCode, 0, all);
    }
  });

  after(async () => {
    rmSync(kubeconfig, { force: true });
    await project?.remove();
  });

  it("refuses a namespace that admits any pod, before it changes anything", async () => {
    const { exitCode, all } = await up();

    assert.notEqual(exitCode, 0);
    assert.match(all, new RegExp(`The namespace ${namespace} has no label ${ENFORCE}`));
    assert.equal((await kubectl("-n", namespace, "get", "serviceaccount", "loan-approval")).failed, true);
    await kubectl("label", "namespace", namespace, `${ENFORCE}=restricted`);
  });

  it("needs no more than the documented Role, in preview, up and a second up with refresh", async () => {
    for (const command of [
      ["preview"],
      ["up", "--yes", "--skip-preview"],
      ["up", "--yes", "--skip-preview", "--refresh", "--expect-no-changes"],
    ]) {
      const { exitCode, all } = await project.pulumi(...command);

      assert.equal(exitCode, 0, all);
      assert.doesNotMatch(all, /forbidden/i);
    }
    assert.equal((await project.outputs()).url, `http://loan-approval.${namespace}.svc`);
  });

  it("lets the deployer do nothing that a stack does not need", async () => {
    for (const [verb, resource, ...more] of [
      ["get", "secrets"],
      ["create", "pods"],
      ["create", "pods", "--subresource=exec"],
      ["patch", "roles"],
      ["create", "rolebindings"],
      ["create", "serviceaccounts", "--subresource=token"],
      ["patch", `namespaces/${namespace}`],
      ["get", "namespaces/kube-system"],
      ["list", "pods", "--namespace=kube-system"],
      ["list", "nodes"],
    ] as const)
      assert.equal(
        (await asDeployer("auth", "can-i", verb, resource, ...more)).stdout,
        "no",
        `${verb} ${resource} ${more.join(" ")}`,
      );
    assert.equal((await asDeployer("auth", "can-i", "create", "deployments")).stdout, "yes");
  });

  it("gives kube-score nothing to find but what is waived", async () => {
    const score = await buildKubeScore();
    const manifests = await manifestsOf(project);

    const found = await score(manifests.map((manifest) => JSON.stringify(manifest)).join("\n---\n"));

    assert.deepEqual(
      found.filter((line) => !waivers.some(({ finding }) => finding.test(line))),
      [],
    );
    for (const { finding, reason } of waivers)
      assert(
        found.some((line) => finding.test(line)),
        `is not found any more, so need not be waived: ${reason}`,
      );
  });

  it("gives checkov nothing to find", async () => {
    const check = await installCheckov();
    const manifests = await manifestsOf(project);
    const file = path.join(project.directory, "..", "manifests.yaml");
    const write = (all: readonly object[]) =>
      writeFileSync(file, all.map((manifest) => JSON.stringify(manifest)).join("\n---\n"));

    write(manifests);
    const { passed, findings } = await check(file);
    assert.deepEqual(findings, []);
    assert(passed > 150, `${passed} checks`);

    // The judge is awake: it sees a root that can be written to.
    write(
      JSON.parse(
        JSON.stringify(manifests).replace('"readOnlyRootFilesystem":true', '"readOnlyRootFilesystem":false'),
      ),
    );
    assert.deepEqual(
      (await check(file)).findings.map((finding) => finding.split(" ")[0]),
      ["CKV_K8S_22"],
    );
  });

  it("runs only pods that the restricted Pod Security Standard admits", async () => {
    const templates = (await manifestsOf(project)).flatMap(({ kind, metadata, spec }) =>
      spec?.template ? [{ kind, name: metadata.name, ...spec.template }] : [],
    );
    assert.deepEqual(templates.map(({ kind }) => kind).toSorted(), ["Deployment", "Job"]);
    for (const { kind, spec } of templates) {
      const { exitCode, all } = await dryRun({ namespace, spec });
      assert.equal(exitCode, 0, `${kind}: ${all}`);
    }
    const refused = await dryRun({ namespace, spec: { ...templates[0]!.spec, hostNetwork: true } });
    assert.match(refused.all, /violates PodSecurity "restricted:latest": host namespaces/);
  });

  it("is destroyed by the deployer too, to the last object", async () => {
    const { exitCode, all } = await project.pulumi("destroy", "--yes", "--skip-preview");

    assert.equal(exitCode, 0, all);
    const kinds = "deployment,service,job,poddisruptionbudget,networkpolicy,horizontalpodautoscaler";
    assert.equal((await kubectl("-n", namespace, "get", kinds, "-o", "name")).stdout, "");
  });
});
