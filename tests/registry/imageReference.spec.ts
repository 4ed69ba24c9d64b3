import assert from "node:assert/strict";
import { parseImageReference } from "../../registry/imageReference.ts";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

describe("parseImageReference", () => {
  for (const { text, registry, repository } of [
    { text: "ghcr.io/acme/loan", registry: "ghcr.io", repository: "acme/loan" },
    { text: "localhost:5000/loan-approval", registry: "localhost:5000", repository: "loan-approval" },
    { text: "localhost/loan", registry: "localhost", repository: "loan" },
    { text: "[::1]:5000/a/b/c", registry: "[::1]:5000", repository: "a/b/c" },
    { text: "ghcr.io/acme/loan:1.2.3", registry: "ghcr.io", repository: "acme/loan" },
    { text: "acme/loan", registry: "docker.io", repository: "acme/loan" },
    { text: "loan", registry: "docker.io", repository: "library/loan" },
    { text: "loan:latest", registry: "docker.io", repository: "library/loan" },
    { text: "index.docker.io/acme/loan", registry: "docker.io", repository: "acme/loan" },
    { text: "docker.io/loan", registry: "docker.io", repository: "library/loan" },
  ])
    it(`reads ${text} as ${repository} on ${registry}`, () => {
      assert.deepEqual(parseImageReference(`${text}@${digest}`), { registry, repository, digest });
    });

  for (const text of [
    "",
    "ghcr.io/acme/loan",
    "ghcr.io/acme/loan:1.2.3",
    `@${digest}`,
    `ghcr.io/@${digest}`,
    `ghcr.io/acme/loan@${digest}0`,
    `ghcr.io/acme/loan@${digest.toUpperCase()}`,
    `ghcr.io/acme/loan@sha512:${"0".repeat(128)}`,
    `ghcr.io/Acme/loan@${digest}`,
    `ghcr.io/acme/../loan@${digest}`,
    `ghcr.io/acme/loan?x=@${digest}`,
    `user:pass@ghcr.io/acme/loan@${digest}`,
    `https://ghcr.io/acme/loan@${digest}`,
    `ghcr.io:port/loan@${digest}`,
    `ghcr.io/acme/loan@${digest}\n`,
  ])
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseImageReference(text), {
        name: "RegistryError",
        message: `This is not an image by digest.
  at:  ${text}
  fix: write it as HOST/NAME@sha256:… with all 64 hex digits, as \`pulumi stack output image\` prints it`,
      });
    });
});
