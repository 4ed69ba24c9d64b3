/** The daemons that make up the sandbox, in the order in which they start. */

import { stat } from "node:fs/promises";
import os from "node:os";
import { execa } from "execa";
import type { Daemon } from "./daemon.ts";
import { inState } from "./places.ts";

export const registry = "localhost:5000";
export const kubeconfig = inState("kubeconfig");
const kubeletPorts = [10248, 10250];

/** The environment of every command here: the sandbox's programs come first. */
export const environment = { PATH: `${inState("bin")}:${process.env["PATH"]}` };

/** Runs kubectl as the sandbox's administrator. */
export const kubectl = (...args: string[]) =>
  execa("kubectl", ["--kubeconfig", kubeconfig, ...args], { env: environment, reject: false });

/**
 * @param libraries Where the unpacked packages' shared libraries are.
 * @param cni Where the CNI plugins are; `/etc` of the sandbox points there too.
 */
export function components(libraries: string): Daemon[] {
  const nodeAddress = firstAddress();
  const unpacked = {
    ...environment,
    LD_LIBRARY_PATH: `${libraries}`,
    XTABLES_LIBDIR: `${libraries}/xtables`,
  };
  const kubernetes = { env: unpacked, patience: 60 };
  return [
    {
      name: "containerd",
      command: ["containerd", "-c", inState("etc", "containerd.toml")],
      env: unpacked,
      ports: [],
      ready: () => isSocket(inState("run", "containerd.sock")),
      patience: 20,
    },
    {
      name: "registry",
      command: ["docker-registry", "serve", inState("etc", "registry.yml")],
      env: environment,
      ports: [5000],
      ready: () => answers(`http://${registry}/v2/`),
      patience: 20,
    },
    {
      name: "etcd",
      // Without fsync: a sandbox may lose its last second when the machine loses power.
      command: [
        "etcd",
        "--data-dir",
        inState("data", "etcd"),
        "--unsafe-no-fsync",
        "--listen-client-urls",
        "http://127.0.0.1:2379",
        "--advertise-client-urls",
        "http://127.0.0.1:2379",
        "--listen-peer-urls",
        "http://127.0.0.1:2380",
      ],
      env: environment,
      ports: [2379, 2380],
      ready: () => answers("http://127.0.0.1:2379/health"),
      patience: 30,
    },
    {
      name: "buildkitd",
      command: ["buildkitd", "--config", inState("etc", "buildkitd.toml")],
      env: unpacked,
      ports: [],
      ready: async () =>
        !(
          await execa("buildctl", ["--addr", buildkitAddress, "debug", "workers"], {
            env: environment,
            reject: false,
          })
        ).failed,
      patience: 30,
    },
    {
      ...kubernetes,
      name: "kube-apiserver",
      command: [
        "kube-apiserver",
        "--etcd-servers",
        "http://127.0.0.1:2379",
        "--bind-address",
        "127.0.0.1",
        "--secure-port",
        "6443",
        "--cert-dir",
        inState("certs"),
        "--token-auth-file",
        inState("etc", "tokens.csv"),
        "--authorization-mode",
        "Node,RBAC",
        "--allow-privileged",
        "--service-account-issuer",
        "https://kubernetes.default.svc",
        "--service-account-key-file",
        inState("certs", "service-account.key"),
        "--service-account-signing-key-file",
        inState("certs", "service-account.key"),
        "--service-cluster-ip-range",
        "10.96.0.0/16",
        "--advertise-address",
        nodeAddress,
      ],
      ports: [6443],
      ready: async () => (await kubectl("get", "--raw", "/readyz")).stdout === "ok",
    },
    {
      ...kubernetes,
      name: "kube-controller-manager",
      command: [
        "kube-controller-manager",
        "--kubeconfig",
        kubeconfig,
        "--bind-address",
        "127.0.0.1",
        "--leader-elect=false",
        "--service-account-private-key-file",
        inState("certs", "service-account.key"),
        "--use-service-account-credentials",
        "--cluster-cidr",
        podRange,
        "--allocate-node-cidrs=false",
      ],
      ports: [10257],
      ready: () => listens(10257),
    },
    {
      ...kubernetes,
      name: "kube-scheduler",
      command: [
        "kube-scheduler",
        "--kubeconfig",
        kubeconfig,
        "--bind-address",
        "127.0.0.1",
        "--leader-elect=false",
      ],
      ports: [10259],
      ready: () => listens(10259),
    },
    {
      ...kubernetes,
      name: "kubelet",
      // Named by its address: the API server dials the kubelet by the node's name, and it listens on loopback only.
      command: [
        "kubelet",
        "--kubeconfig",
        kubeconfig,
        "--config",
        inState("etc", "kubelet.yaml"),
        "--hostname-override",
        "127.0.0.1",
        "--node-ip",
        nodeAddress,
        "--root-dir",
        inState("data", "kubelet"),
        "--cert-dir",
        inState("certs", "kubelet"),
      ],
      ports: kubeletPorts,
      ready: nodeIsReady,
    },
    {
      ...kubernetes,
      name: "kube-proxy",
      command: [
        "kube-proxy",
        "--kubeconfig",
        kubeconfig,
        "--hostname-override",
        "127.0.0.1",
        "--cluster-cidr",
        podRange,
        "--proxy-mode",
        "iptables",
        "--conntrack-max-per-core",
        "0",
        "--metrics-bind-address",
        "127.0.0.1:10249",
        "--healthz-bind-address",
        "127.0.0.1:10256",
      ],
      ports: [10249, 10256],
      ready: () => answers("http://127.0.0.1:10249/healthz"),
    },
  ];
}

export const podRange = "10.244.0.0/24";
export const bridge = "slipway0";
export const buildkitAddress = `unix://${inState("run", "buildkitd.sock")}`;

/** Ready, and said so by the kubelet that runs now: a restarted one needs a moment to renew its lease. */
async function nodeIsReady(): Promise<boolean> {
  const { stdout } = await kubectl(
    "get",
    "node",
    "127.0.0.1",
    "-o",
    "jsonpath={.status.conditions[?(@.type=='Ready')].status}",
  );
  return stdout === "True" && (await answers("http://127.0.0.1:10248/healthz"));
}

/** Any HTTP answer below 500 within a second. */
async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(1000) }).then(
    (response) => response.status < 500,
    () => false,
  );
}

/** These serve HTTPS with a certificate of their own, made at start: that they listen must do. */
async function listens(port: number): Promise<boolean> {
  const { listeners } = await import("./procfs.ts");
  return listeners([port]).length > 0;
}

async function isSocket(file: string): Promise<boolean> {
  return stat(file).then(
    (entry) => entry.isSocket(),
    () => false,
  );
}

/** The address of the machine that pods reach it under. Kubernetes refuses loopback here. */
function firstAddress(): string {
  const addresses = Object.values(os.networkInterfaces()).flatMap((entries) => entries ?? []);
  return addresses.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
}
