import assert from "node:assert/strict";
import { wrongAddress, wrongRealm } from "../../registry/elsewhere.ts";

const inside = "which is inside a private network";
const plain = "and only https is safe";
const outside = (domain: string) => `which is not in its domain ${domain}`;

describe("wrongRealm", () => {
  for (const { registry, realm, wrong } of [
    // Real registries, with their realms.
    { registry: "docker.io", realm: "https://auth.docker.io/token" },
    { registry: "registry-1.docker.io", realm: "https://auth.docker.io/token" },
    { registry: "ghcr.io", realm: "https://ghcr.io/token" },
    { registry: "ghcr.io:443", realm: "https://ghcr.io/token" },
    { registry: "quay.io", realm: "https://quay.io/v2/auth" },
    { registry: "gcr.io", realm: "https://gcr.io/v2/token" },
    { registry: "europe-docker.pkg.dev", realm: "https://europe-docker.pkg.dev/v2/token" },
    { registry: "acme.azurecr.io", realm: "https://acme.azurecr.io/oauth2/token" },
    { registry: "public.ecr.aws", realm: "https://public.ecr.aws/token/" },
    { registry: "registry.gitlab.com", realm: "https://gitlab.com/jwt/auth" },
    { registry: "registry.digitalocean.com", realm: "https://api.digitalocean.com/v2/registry/auth" },
    { registry: "rg.fr-par.scw.cloud", realm: "https://api.scaleway.com/registry-internal/v1/auth" },
    { registry: "registry.acme.co.uk:5000", realm: "https://login.acme.co.uk/token" },
    { registry: "harbor:8443", realm: "https://harbor/service/token" },
    { registry: "Registry.Example.com", realm: "https://auth.example.com./token" },
    // go-containerregistry's own table, TestValidateRealmURL….
    { registry: "registry.example.com", realm: "https://registry.example.com/token" },
    { registry: "10.0.0.1", realm: "https://10.0.0.1/auth" },
    { registry: "[::1]:5000", realm: "http://[::1]:5000/auth" },
    { registry: "127.0.0.1:5000", realm: "http://127.0.0.1:5000/auth" },
    {
      registry: "registry.example.com",
      realm: "https://evil.example.net/token",
      wrong: outside("example.com"),
    },
    { registry: "registry.example.com", realm: "http://registry.example.com/token", wrong: plain },
    { registry: "registry.example.com", realm: "http://127.0.0.1:5000/auth", wrong: plain },
    { registry: "registry.example.com", realm: "ftp://registry.example.com/token", wrong: plain },
    { registry: "registry.example.com", realm: "file:///etc/passwd", wrong: plain },
    { registry: "registry.example.com", realm: "https://0.0.0.0/token", wrong: inside },
    { registry: "registry.example.com", realm: "https://0.0.0.0:8443/token", wrong: inside },
    { registry: "registry.example.com", realm: "https://[::]/token", wrong: inside },
    { registry: "registry.example.com", realm: "https://[::]:8443/token", wrong: inside },
    { registry: "registry.example.com", realm: "https://127.0.0.1/token", wrong: inside },
    { registry: "registry.example.com", realm: "https://[::1]/token", wrong: inside },
    { registry: "registry.example.com", realm: "https://10.0.0.1/token", wrong: inside },
    { registry: "registry.example.com", realm: "https://172.31.255.1/token", wrong: inside },
    { registry: "registry.example.com", realm: "https://192.168.1.1/token", wrong: inside },
    { registry: "registry.example.com", realm: "https://169.254.169.254/token", wrong: inside },
    { registry: "registry.example.com", realm: "https://[fd00:ec2::254]/token", wrong: inside },
    { registry: "registry.example.com", realm: "https://[fe80::1]/token", wrong: inside },
    { registry: "registry.example.com", realm: "https://8.8.8.8/token", wrong: outside("example.com") },
    // Other spellings of the same address.
    { registry: "registry.example.com", realm: "https://127.1/token", wrong: inside },
    { registry: "registry.example.com", realm: "https://2852039166/token", wrong: inside },
    { registry: "registry.example.com", realm: "https://[::ffff:169.254.169.254]/token", wrong: inside },
    { registry: "registry.example.com", realm: "https://[::ffff:127.0.0.1]/token", wrong: inside },
    { registry: "registry.example.com", realm: "https://localhost/token", wrong: inside },
    { registry: "registry.example.com", realm: "https://registry.localhost:5000/token", wrong: inside },
    { registry: "registry.example.com", realm: "https://localhost./token", wrong: inside },
    {
      registry: "registry.example.com",
      realm: "https://example.com.evil.net/token",
      wrong: outside("example.com"),
    },
    {
      registry: "registry.example.com",
      realm: "https://evilexample.com/token",
      wrong: outside("example.com"),
    },
    {
      registry: "registry.example.com",
      realm: "https://registry.example.com@evil.net/token",
      wrong: "with a login written into the address",
    },
    { registry: "docker.io", realm: "https://auth.docker.io.evil.net/token", wrong: outside("docker.io") },
    { registry: "registry.acme.co.uk", realm: "https://evil.co.uk/token", wrong: outside("acme.co.uk") },
    {
      registry: "registry.scaleway.com",
      realm: "https://evil.scw.cloud/token",
      wrong: outside("scaleway.com"),
    },
    { registry: "harbor", realm: "https://other/token", wrong: outside("harbor") },
    // Addresses have no domain, however their numbers end.
    { registry: "8.8.1.1", realm: "https://9.9.1.1/token", wrong: outside("8.8.1.1") },
    { registry: "10.0.0.1:5000", realm: "https://10.0.0.1:9000/token", wrong: inside },
    { registry: "10.0.0.1", realm: "https://10.0.0.2/token", wrong: inside },
    // A registry on this machine, and a token server beside it or elsewhere.
    { registry: "localhost:5000", realm: "http://127.0.0.1:5001/token" },
    { registry: "127.0.0.1:5000", realm: "https://localhost:5001/token" },
    { registry: "localhost:5000", realm: "ftp://localhost/token", wrong: plain },
    { registry: "localhost:5000", realm: "http://tokens.example.com/token", wrong: plain },
    { registry: "localhost:5000", realm: "https://10.0.0.1/token", wrong: inside },
    { registry: "localhost:5000", realm: "https://tokens.example.com/token", wrong: outside("localhost") },
  ])
    it(`${wrong === undefined ? "lets" : "does not let"} ${registry} name ${realm}`, () => {
      assert.equal(wrongRealm(new URL(realm), registry), wrong);
    });
});

describe("wrongAddress", () => {
  for (const { registry, to, wrong } of [
    { registry: "docker.io", to: "https://production.cloudflare.docker.com/registry-v2/blob" },
    { registry: "ghcr.io", to: "https://pkg-containers.githubusercontent.com/ghcr1/blobs" },
    { registry: "registry.example.com", to: "https://registry.example.com:8443/upload" },
    { registry: "10.0.0.1:5000", to: "https://10.0.0.1:9000/bucket" },
    { registry: "127.0.0.1:5000", to: "http://localhost:9000/bucket" },
    { registry: "localhost:5000", to: "https://storage.example.com/bucket" },
    { registry: "ghcr.io", to: "http://ghcr.io/upload", wrong: plain },
    { registry: "ghcr.io", to: "http://127.0.0.1:9000/upload", wrong: plain },
    { registry: "localhost:5000", to: "http://storage.example.com/bucket", wrong: plain },
    { registry: "ghcr.io", to: "https://169.254.169.254/latest/meta-data", wrong: inside },
    { registry: "ghcr.io", to: "https://localhost:2379/v3/kv/put", wrong: inside },
    { registry: "10.0.0.1:5000", to: "https://10.0.0.2/bucket", wrong: inside },
    { registry: "localhost:5000", to: "https://192.168.1.1/admin", wrong: inside },
    {
      registry: "ghcr.io",
      to: "https://ann:pass@ghcr.io/upload",
      wrong: "with a login written into the address",
    },
  ])
    it(`${wrong === undefined ? "lets" : "does not let"} ${registry} send to ${to}`, () => {
      assert.equal(wrongAddress(new URL(to), registry), wrong);
    });
});
