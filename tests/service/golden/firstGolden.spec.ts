import assert from "node:assert/strict";
import { firstGolden } from "../../../service/src/golden/firstGolden.ts";
import { ModelFolder } from "../../support/modelFolder.ts";

describe("firstGolden", () => {
  it("gives the first of the golden requests", async () => {
    assert.deepEqual((await firstGolden("model"))?.inputs, { features: [[50_000, 35, 720]] });
  });

  it("takes a byte order mark for none, and keeps the digits of long integers", async () => {
    using folder = new ModelFolder();
    folder.write(
      "golden.json",
      '\ufeff{"requests": [{"inputs": {"x": [9007199254740993, 7]}, "outputs": {}}]}',
    );

    assert.deepEqual(await firstGolden(folder.path), {
      inputs: { x: ["9007199254740993", 7] },
      outputs: {},
    });
  });

  it("gives nothing if there are none", async () => {
    using folder = new ModelFolder();
    folder.remove("golden.json");

    assert.equal(await firstGolden(folder.path), undefined);
  });

  it("does not pass over a file that cannot be read", async () => {
    using folder = new ModelFolder();
    folder.write("golden.json", "{");

    await assert.rejects(firstGolden(folder.path), {
      message: /^\/.*\/golden\.json holds no golden requests: \S/,
    });
  });
});
