/** The daemons that make up the sandbox, in the order in which they start. */
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { get } from "node:http";
import os from "node:os";
import { execa } from "execa";
import type { Daemon } from "./daemon.ts";
import { inState } from "./places.ts";
import { listeners } from "./procfs.ts";
import { environment } from "./programEnvironment.ts";

export const registry = "localhost:5000";
export const podRange = "10.244.0.0/24";
/** The pods' network, as the CNI plugins know it. */
export const network = "slipway";
export const bridge = "slipway0";
export const buildkitAddress = `unix://${inState("run", "buildkitd.sock")}`;
/** How buildctl reaches it. By default buildctl gives a busy daemon 5 seconds to answer. */
export const buildctlFlags = ["--addr", buildkitAddress, "--timeout", "60"];
export const kubeconfig = inState("kubeconfig");
/** etcd 3.4 wants HOST:PORT as a socket's name. It makes the socket in its working directory. */
const etcdSocket = "etcd.sock:0";
const signingKey = inState("certs", "service-account.key");
/** The API server's client certificate and key. The kubelet trusts nothing else except tokens. */
export const kubeletClient = inState("certs", "kubelet-client.pem");

/** Runs kubectl as the sandbox's administrator. Does not throw: look at `failed`. */
export const kubectl = (...args: string[]) =>
  execa("kubectl", ["--kubeconfig", kubeconfig, ...args], { env: environment, reject: false });

const nodeAddress = firstAddress();

export const components: readonly Daemon[] = [
  {
    name: "containerd",
    command: ["containerd", "-c", inState("etc", "containerd.toml")],
    ports: [],
    ready: () => isSocket(inState("run", "containerd.sock")),
  },
  {
    name: "registry",
    command: ["docker-registry", "serve", inState("etc", "registry.yml")],
    ports: [5000],
    ready: () => answers(`http://${registry}/v2/`),
  },
  {
    name: "etcd",
    command: [
      "etcd",
      `--data-dir=${inState("data", "etcd")}`,
      "--unsafe-no-fsync", // a sandbox may lose its last second when the machine loses power
      // No port, since etcd asks for no login: a page in this machine's browser could write to a port.
      `--listen-client-urls=unix://${etcdSocket}`,
      `--advertise-client-urls=unix://${etcdSocket}`,
      "--listen-peer-urls=unix://etcd-peer.sock:0",
      "--enable-grpc-gateway=false",
      "--host-whitelist=localhost",
    ],
    ports: [],
    socket: etcdSocket,
    ready: etcdIsHealthy,
  },
  {
    name: "buildkitd",
    command: ["buildkitd", "--config", inState("etc", "buildkitd.toml")],
    ports: [],
    ready: buildkitAnswers,
  },
  {
    name: "kube-apiserver",
    command: [
      "kube-apiserver",
      `--etcd-servers=unix://${inState("run", etcdSocket)}`,
      "--bind-address=127.0.0.1",
      "--secure-port=6443",
      `--advertise-address=${nodeAddress}`,
      `--cert-dir=${inState("certs")}`,
      `--token-auth-file=${inState("etc", "tokens.csv")}`,
      "--authorization-mode=Node,RBAC",
      "--allow-privileged",
      `--kubelet-client-certificate=${kubeletClient}`,
      `--kubelet-client-key=${kubeletClient}`,
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${signingKey}`,
      `--service-account-signing-key-file=${signingKey}`,
      "--service-cluster-ip-range=10.96.0.0/16",
    ],
    ports: [6443],
    ready: async () => (await kubectl("get", "--raw", "/readyz")).stdout === "ok",
  },
  {
    name: "kube-controller-manager",
    command: [
      "kube-controller-manager",
      `--kubeconfig=${kubeconfig}`,
      "--bind-address=127.0.0.1",
      "--leader-elect=false",
      `--service-account-private-key-file=${signingKey}`,
      "--use-service-account-credentials",
      `--cluster-cidr=${podRange}`,
      "--allocate-node-cidrs=false",
    ],
    ports: [10257],
    ready: () => listens(10257),
  },
  {
    name: "kube-scheduler",
    command: [
      "kube-scheduler",
      `--kubeconfig=${kubeconfig}`,
      "--bind-address=127.0.0.1",
      "--leader-elect=false",
    ],
    ports: [10259],
    ready: () => listens(10259),
  },
  {
    name: "kubelet",
    command: [
      "kubelet",
      `--kubeconfig=${kubeconfig}`,
      `--config=${inState("etc", "kubelet.yaml")}`,
      // The name is the address: the API server dials the kubelet by name, and the kubelet listens on loopback only.
      "--hostname-override=127.0.0.1",
      `--node-ip=${nodeAddress}`,
      `--root-dir=${inState("data", "kubelet")}`,
      `--cert-dir=${inState("certs", "kubelet")}`,
    ],
    ports: [10248, 10250],
    ready: nodeIsReady,
  },
  {
    name: "kube-proxy",
    command: [
      "kube-proxy",
      `--kubeconfig=${kubeconfig}`,
      "--hostname-override=127.0.0.1",
      `--cluster-cidr=${podRange}`,
      "--proxy-mode=iptables",
      "--nodeport-addresses=127.0.0.0/8", // not open to the machine's network
      "--conntrack-max-per-core=0",
      "--metrics-bind-address=127.0.0.1:10249",
      "--healthz-bind-address=127.0.0.1:10256",
    ],
    ports: [10249, 10256],
    ready: () => answers("http://127.0.0.1:10249/healthz"),
  },
];

/** Asks over etcd's socket, which `fetch` cannot do. */
async function etcdIsHealthy(): Promise<boolean> {
  const request = get({ socketPath: inState("run", etcdSocket), path: "/health", timeout: 1000 });
  request.on("timeout", () => request.destroy());
  return once(request, "response").then(
    ([response]) => response.resume().statusCode === 200,
    () => false,
  );
}

async function buildkitAnswers(): Promise<boolean> {
  const { failed } = await execa("buildctl", [...buildctlFlags, "debug", "workers"], {
    env: environment,
    reject: false,
  });
  return !failed;
}

/** Whether the node is ready and its kubelet runs: the node's status outlives the kubelet by a while. */
async function nodeIsReady(): Promise<boolean> {
  const status = "jsonpath={.status.conditions[?(@.type=='Ready')].status}";
  const { stdout } = await kubectl("get", "node", "127.0.0.1", "-o", status);
  return stdout === "True" && (await answers("http://127.0.0.1:10248/healthz"));
}

/** Whether an HTTP answer below 500 comes within a second. */
async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(1000) }).then(
    (response) => response.status < 500,
    () => false,
  );
}

/** Enough for daemons that serve HTTPS with a new certificate at each start. */
async function listens(port: number): Promise<boolean> {
  return listeners([port]).length > 0;
}

async function isSocket(file: string): Promise<boolean> {
  return stat(file).then(
    (entry) => entry.isSocket(),
    () => false,
  );
}

/** The address at which pods reach this machine. Kubernetes refuses loopback for a node. */
function firstAddress(): string {
  const addresses = Object.values(os.networkInterfaces()).flatMap((entries) => entries ?? []);
  return addresses.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
}
