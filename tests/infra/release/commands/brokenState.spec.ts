import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import {
  findBroken,
  findBrokenLocks,
  putBack,
  removeLock,
} from "../../../../infra/release/commands/brokenState.ts";

describe("A state that a full disk has broken", () => {
  let folder: string;
  let backend: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "slipway-state-"));
    backend = pathToFileURL(folder).href;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const place = (name: string) => path.join(folder, ".pulumi", name);
  /** @param age Seconds. */
  function write(name: string, text: string, age = 0): void {
    mkdirSync(path.dirname(place(name)), { recursive: true });
    writeFileSync(place(name), text);
    const time = Date.now() / 1000 - age;
    utimesSync(place(name), time, time);
  }

  for (const { name, text } of [
    { name: "empty", text: "" },
    { name: "cut", text: '{"version":3,"chec' },
  ])
    it(`is found where it is ${name}, and put back from the newest copy that is whole`, async () => {
      write("stacks/slipway/dev.json", text);
      write("stacks/slipway/dev.json.bak", "", 1);
      write("history/slipway/dev/dev-3.checkpoint.json", '{"ver', 2);
      write("history/slipway/dev/dev-2.history.json", '{"of":"what was done"}', 2);
      write("backups/slipway/dev/dev.2.json", '{"of":"the last update"}', 3);
      write("history/slipway/dev/dev-1.checkpoint.json", '{"of":"the one before"}', 4);
      write("backups/slipway/prod/prod.1.json", '{"of":"another stack"}', 1);

      const [broken, ...others] = await findBroken(backend, "slipway", "dev");
      assert.deepEqual(others, []);
      assert.deepEqual(broken, {
        file: place("stacks/slipway/dev.json"),
        before: place("backups/slipway/dev/dev.2.json"),
      });
      await putBack(broken);

      assert.equal(readFileSync(place("stacks/slipway/dev.json"), "utf8"), '{"of":"the last update"}');
      assert.deepEqual(await findBroken(backend, "slipway", "dev"), []);
    });

  it("may be in what is noted beside it alone, which goes", async () => {
    write("stacks/slipway/dev.json", '{"of":"now"}');
    write("stacks/slipway/dev.json.attrs", "");
    write("stacks/slipway/dev.json.bak", '{"of":"the step before"}');
    write("stacks/slipway/dev.json.bak.attrs", "");

    const [broken] = await findBroken(backend, "slipway", "dev");
    await putBack(broken!);

    assert.equal(readFileSync(place("stacks/slipway/dev.json"), "utf8"), '{"of":"the step before"}');
    assert.deepEqual(await findBroken(backend, "slipway", "dev"), []);
  });

  it("is looked for in the stack that is named, else in all of the project", async () => {
    for (const stack of ["slipway/dev", "slipway/prod", "other/dev"]) {
      write(`stacks/${stack}.json`, "");
      write(`stacks/${stack}.json.bak`, "{}");
    }
    const found = await Promise.all(
      ["prod", undefined].map((stack) => findBroken(backend, "slipway", stack)),
    );

    assert.deepEqual(
      found.map((states) => states.map(({ file }) => path.basename(file)).toSorted()),
      [["prod.json"], ["dev.json", "prod.json"]],
    );
  });

  it("is none if nothing whole is left, if all is whole, if nothing is, and in a bucket", async () => {
    assert.deepEqual(await findBroken(backend, "slipway", "dev"), []);
    write("stacks/slipway/dev.json", "");
    write("stacks/slipway/prod.json", "{}");

    assert.deepEqual(await findBroken(backend, "slipway", undefined), []);
    assert.deepEqual(await findBroken("s3://bucket", "slipway", undefined), []);
  });

  it("has locks that name nobody", async () => {
    assert.deepEqual(await findBrokenLocks(backend, "slipway", "dev"), []);
    const locks = "locks/organization/slipway";
    write(`${locks}/dev/empty.json`, "");
    write(`${locks}/dev/cut.json`, '{"pid":1');
    write(`${locks}/dev/noted.json`, '{"pid":1}');
    write(`${locks}/dev/noted.json.attrs`, "");
    write(`${locks}/dev/unnamed123`, "");
    write(`${locks}/dev/whole.json`, '{"pid":1}');
    write(`${locks}/dev/whole.json.attrs`, "{}");
    write(`${locks}/dev/gone.json.attrs`, "");
    write(`${locks}/prod/empty.json`, "");
    write("locks/organization/other/dev/empty.json", "");

    const dev = ["cut.json", "empty.json", "noted.json", "unnamed123"].map((name) =>
      place(`${locks}/dev/${name}`),
    );
    assert.deepEqual((await findBrokenLocks(backend, "slipway", "dev")).toSorted(), dev);
    assert.deepEqual((await findBrokenLocks(backend, "slipway", undefined)).toSorted(), [
      ...dev,
      place(`${locks}/prod/empty.json`),
    ]);
    await removeLock(place(`${locks}/dev/noted.json`));
    assert(!existsSync(place(`${locks}/dev/noted.json.attrs`)));
    assert.deepEqual(await findBrokenLocks("s3://bucket", "slipway", undefined), []);
  });
});
