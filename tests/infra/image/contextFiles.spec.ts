import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as fc from "fast-check";
import { type ContextFiles, hash, nameOf, type Source } from "../../../infra/image/contextFiles.ts";
import type { Platform } from "../../../infra/settings/rules.ts";

const TRIALS = 200;
const MODES = [0o400, 0o444, 0o600, 0o644, 0o755, 0o777];
const ground = {
  baseImage: `registry.example/base@sha256:${"0".repeat(64)}`,
  platforms: ["linux/amd64", "linux/arm64"] as const satisfies Platform[],
};

/** How a context may lie on a disk: in which order, with which times and modes, below which folder, in files or in memory. */
const layout = fc.record({
  shuffle: fc.infiniteStream(fc.nat()),
  folder: fc.stringMatching(/^[a-z0-9 .ä-]{1,20}$/).filter((name) => !/^\.+$/.test(name)),
  seconds: fc.nat(2 ** 31 - 1),
  mode: fc.constantFrom(...MODES),
  inMemory: fc.boolean(),
});
type Layout = typeof layout extends fc.Arbitrary<infer T> ? T : never;

const contents = fc.dictionary(fc.string({ minLength: 1 }), fc.uint8Array(), {
  minKeys: 1,
  maxKeys: 6,
  noNullPrototype: true,
});

describe("the name of a release", function () {
  this.timeout(60_000);
  let work: string;
  before(() => {
    work = mkdtempSync(path.join(tmpdir(), "slipway-names-"));
  });
  after(() => {
    rmSync(work, { recursive: true });
  });

  function layOut(
    files: Record<string, Uint8Array>,
    { shuffle, folder, seconds, mode, inMemory }: Layout,
  ): ContextFiles {
    const place = mkdtempSync(path.join(work, folder));
    const entries = Object.entries(files).map(([name, bytes], i): [string, Source] => {
      if (inMemory) return [name, bytes];
      const file = path.join(place, String(i));
      writeFileSync(file, bytes);
      utimesSync(file, seconds, seconds);
      chmodSync(file, mode);
      return [name, file];
    });
    const order = new Map(entries.map((entry) => [entry, shuffle.next().value as number]));
    return new Map(entries.toSorted((a, b) => order.get(a)! - order.get(b)!));
  }

  it(`is one for the same files: order, times, modes, folders and platforms' order play no part, in ${TRIALS} trials`, async () => {
    await fc.assert(
      fc.asyncProperty(contents, layout, layout, async (files, one, other) => {
        const name = await nameOf(layOut(files, one), ground);
        assert.match(name, /^[0-9a-f]{16}$/);
        assert.equal(
          await nameOf(layOut(files, other), { ...ground, platforms: ground.platforms.toReversed() }),
          name,
        );
      }),
      { numRuns: TRIALS },
    );
  });

  it(`is another for other files, in ${TRIALS} trials`, async () => {
    await fc.assert(
      fc.asyncProperty(contents, contents, layout, async (files, others, how) => {
        fc.pre(JSON.stringify(plain(files)) !== JSON.stringify(plain(others)));
        assert.notEqual(await nameOf(layOut(files, how), ground), await nameOf(layOut(others, how), ground));
      }),
      { numRuns: TRIALS },
    );
  });

  for (const size of [0, 1, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 5 * 2 ** 20 + 7]) {
    it(`hashes a file of ${size} bytes as it is`, async () => {
      const bytes = Buffer.alloc(size, "0123456789");
      const file = path.join(work, `of-${size}`);
      writeFileSync(file, bytes);

      assert.equal(await hash(file), createHash("sha256").update(bytes).digest("hex"));
    });
  }
});

const plain = (files: Record<string, Uint8Array>) =>
  Object.entries(files)
    .map(([name, bytes]) => [name, Buffer.from(bytes).toString("hex")])
    .toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1));
