import assert from "node:assert/strict";
import { isOnThisMachine } from "../../registry/onThisMachine.ts";

describe("isOnThisMachine", () => {
  for (const host of [
    "localhost",
    "localhost:5000",
    "k3d-registry.localhost:5000",
    "127.0.0.1:5001",
    "127.1.2.3",
    "[::1]:5000",
    "[::1]",
  ])
    it(`is true of ${host}`, () => assert.equal(isOnThisMachine(host), true));

  for (const host of [
    "ghcr.io",
    "localhost.example.com",
    "notlocalhost",
    "127.0.0.1.example.com",
    "192.168.49.2:5000",
    "registry:5000",
    "[::2]:5000",
  ])
    it(`is false of ${host}`, () => assert.equal(isOnThisMachine(host), false));
});
