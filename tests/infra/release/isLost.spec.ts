import assert from "node:assert/strict";
import { isLost } from "../../../infra/release/isLost.ts";
import { type FakeRegistry, startRegistry } from "../../support/fakeRegistry.ts";
import { recorded } from "../../support/recordedRelease.ts";

describe("isLost", () => {
  let registry: FakeRegistry;
  let repository: string;
  /** As nodes pull it, under another name than tools push to. */
  let image: string;

  beforeEach(async () => {
    registry = await startRegistry();
    repository = `${registry.host}/loan`;
    image = registry.addImage([]).replace(registry.host, "registry:5000");
  });
  afterEach(() => registry.close());

  const lost = (release = "aaaa1111") => isLost([recorded("aaaa1111", { image })], release, repository);

  it("asks the registry that is pushed to for the recorded image", async () => {
    assert.equal(await lost(), false);

    registry.contents.clear();

    assert.equal(await lost(), true);
    assert.deepEqual(registry.requests, Array(2).fill(`HEAD /v2/loan/manifests/${image.split("@")[1]}`));
  });

  it("asks nothing about a release that is not in the record", async () => {
    assert.equal(await lost("bbbb2222"), false);
    assert.deepEqual(registry.requests, []);
  });

  it("takes no answer for no loss: what is not pushed needs no registry", async () => {
    registry.intercept = (_request, response) => {
      response.writeHead(403).end();
      return true;
    };
    assert.equal(await lost(), false);

    registry.close();
    assert.equal(await lost(), false);
  });
});
