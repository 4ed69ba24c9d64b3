/** Writes the daemons' configuration files, anew at each start. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { clientCertificate } from "./certificate.ts";
import { bridge, buildkitAddress, kubeletClient, network, podRange, registry } from "./components.ts";
import { inState, state } from "./places.ts";
import { packages } from "./programEnvironment.ts";

export async function writeSettings(): Promise<void> {
  const token = await secret("admin-token", () => randomBytes(24).toString("hex"));
  await secret("service-account.key", rsaKey);
  await secret("kubelet-client.pem", () =>
    clientCertificate({ user: "kube-apiserver", group: "system:masters" }),
  );
  const files: Record<string, string> = {
    "etc/containerd.toml": containerd,
    "etc/registry.yml": registrySettings,
    "etc/buildkitd.toml": buildkitd,
    "etc/kubelet.yaml": kubelet,
    "etc/tokens.csv": `${token},admin,admin,"system:masters"\n`,
    "etc/cni/10-slipway.conflist": cni,
    kubeconfig: kubeconfig(token),
    "docker/buildx/instances/slipway": JSON.stringify(builder),
    "docker/buildx/current": JSON.stringify({
      Key: "unix:///var/run/docker.sock",
      Name: "slipway",
      Global: false,
    }),
  };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(inState(name)), { recursive: true });
    await writeFile(inState(name), content, { mode: 0o600 });
  }
}

/** A secret is made only once: the API server reads it when it starts, and may already run. */
async function secret(name: string, make: () => string): Promise<string> {
  const file = inState("certs", name);
  await mkdir(path.dirname(file), { recursive: true });
  if (!existsSync(file)) await writeFile(file, make(), { mode: 0o600 });
  return readFile(file, "utf8");
}

function rsaKey(): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return privateKey.export({ type: "pkcs1", format: "pem" }).toString();
}

const containerd = `version = 2
root = "${state}/data/containerd"
state = "${state}/run/containerd"
[grpc]
  address = "${state}/run/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "${state}/data/containerd-opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${registry}/slipway/pause:1"
  restrict_oom_score_adj = true # without CAP_SYS_RESOURCE no pod may lower its OOM score
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      Root = "${state}/run/runc"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${packages}/usr/lib/cni"
    conf_dir = "${state}/etc/cni"
`;

const cni = JSON.stringify({
  cniVersion: "1.0.0",
  name: network,
  plugins: [
    {
      type: "bridge",
      bridge,
      isGateway: true,
      ipMasq: true,
      hairpinMode: true,
      ipam: {
        type: "host-local",
        dataDir: inState("data", "cni"),
        ranges: [[{ subnet: podRange }]],
        routes: [{ dst: "0.0.0.0/0" }],
      },
    },
    { type: "portmap", capabilities: { portMappings: true } },
  ],
});

const registrySettings = `version: 0.1
storage: {filesystem: {rootdirectory: ${state}/data/registry}, delete: {enabled: true}}
http: {addr: "127.0.0.1:5000"}
`;

const buildkitd = `root = "${state}/data/buildkit"
[grpc]
  address = ["${buildkitAddress}"]
[otel]
  socketPath = "${state}/run/buildkit-otel.sock"
[worker.oci]
  enabled = false
[worker.containerd]
  enabled = true
  address = "${state}/run/containerd.sock"
[registry."${registry}"]
  http = true
`;

const kubelet = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 127.0.0.1
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: "${kubeletClient}"}}
authorization: {mode: Webhook}
cgroupDriver: cgroupfs
enforceNodeAllocatable: []
failSwapOn: false
containerRuntimeEndpoint: unix://${state}/run/containerd.sock
podLogsDir: ${state}/log/pods
evictionHard: {nodefs.available: "1%", imagefs.available: "1%", memory.available: "100Mi"}
imageGCHighThresholdPercent: 100
`;

const kubeconfig = (token: string) => `apiVersion: v1
kind: Config
clusters: [{name: slipway-sandbox, cluster: {server: "https://127.0.0.1:6443", insecure-skip-tls-verify: true}}]
users: [{name: admin, user: {token: ${token}}}]
contexts: [{name: slipway-sandbox, context: {cluster: slipway-sandbox, user: admin}}]
current-context: slipway-sandbox
`;

/** Makes BuildKit the current buildx builder: a remote node on its socket, without a Docker daemon. */
const builder = {
  Name: "slipway",
  Driver: "remote",
  Nodes: [
    {
      Name: "slipway0",
      Endpoint: buildkitAddress,
      Platforms: null,
      DriverOpts: null,
      Flags: null,
      Files: null,
    },
  ],
  Dynamic: false,
};
