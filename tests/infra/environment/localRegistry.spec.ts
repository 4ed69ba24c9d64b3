import assert from "node:assert/strict";
import { parseLocalRegistry } from "../../../infra/environment/localRegistry.ts";

describe("parseLocalRegistry", () => {
  for (const { text, registry } of [
    {
      text: 'host: "localhost:5000"\nhelp: "https://kind.sigs.k8s.io/docs/user/local-registry/"\n',
      registry: { push: "localhost:5000", pull: "localhost:5000" },
    },
    {
      text: "host: localhost:5000\nhostFromContainerRuntime: registry:5000\nhostFromClusterNetwork: registry:5000",
      registry: { push: "localhost:5000", pull: "registry:5000" },
    },
    {
      text: 'host: localhost:5000\nhostFromContainerRuntime: ""',
      registry: { push: "localhost:5000", pull: "localhost:5000" },
    },
    { text: "", registry: undefined },
    { text: "# nothing", registry: undefined },
    { text: "host:", registry: undefined },
    { text: 'host: ""', registry: undefined },
    { text: "host: 5000", registry: undefined },
    { text: "hostFromContainerRuntime: registry:5000", registry: undefined },
    { text: "localhost:5000", registry: undefined },
    { text: "[host]", registry: undefined },
  ]) {
    it(`reads ${JSON.stringify(text)} as ${JSON.stringify(registry) ?? "none"}`, () => {
      assert.deepEqual(parseLocalRegistry(text), registry);
    });
  }

  it("throws for what is no YAML", () => {
    assert.throws(() => parseLocalRegistry("host: [localhost"), { name: "YAMLParseError" });
  });
});
