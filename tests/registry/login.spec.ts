import assert from "node:assert/strict";
import { parseChallenge } from "../../registry/login.ts";

describe("parseChallenge", () => {
  const hub = { scheme: "bearer", realm: "https://auth.docker.io/token", service: "registry.docker.io" };

  for (const { header, challenge } of [
    {
      header:
        'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
      challenge: { ...hub, scope: "repository:a/b:pull,push" },
    },
    {
      header: 'bearer Realm="https://auth.docker.io/token", service=registry.docker.io',
      challenge: hub,
    },
    {
      header: 'Basic realm="a", Bearer realm="https://auth.docker.io/token",service="registry.docker.io"',
      challenge: hub,
    },
    {
      header: 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io", Basic realm="a"',
      challenge: hub,
    },
    { header: 'Basic realm="Bearer of news"', challenge: { scheme: "basic" } },
    { header: "basic", challenge: { scheme: "basic" } },
    { header: 'Negotiate, Basic realm="a"', challenge: { scheme: "basic" } },
    { header: "Negotiate", challenge: undefined },
    { header: "", challenge: undefined },
  ])
    it(`reads ${header || "an empty header"}`, () => {
      assert.deepEqual(parseChallenge(header), challenge);
    });
});
