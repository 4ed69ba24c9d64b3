/** Before and after all end-to-end tests: one sandbox for them, which is left as it was found. */
import assert from "node:assert/strict";
import { down, status } from "../../sandbox/cluster.ts";
import { components } from "../../sandbox/components.ts";
import { unsupported } from "../../sandbox/machine.ts";
import { exclusively } from "../../sandbox/owner.ts";
import { listeners } from "../../sandbox/procfs.ts";
import { startSandbox } from "../../sandbox/start.ts";

let wasUp = false;

export const mochaHooks = {
  async beforeAll(this: Mocha.Context): Promise<void> {
    this.timeout(90 * 60_000); // the toolchain may have to be built
    const reason = unsupported();
    if (reason !== undefined) {
      console.log(`  Skipped: the end-to-end tests need the sandbox, and ${reason}.`);
      assert.notEqual(process.env["CI"], "true", `with CI=true nothing may be skipped: ${reason}`);
      this.skip();
    }
    wasUp = status().some(({ pid }) => pid !== undefined);
    await startSandbox();
  },

  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(120_000);
    if (wasUp || unsupported() !== undefined) return;
    await exclusively(down);
    const taken = listeners(components.flatMap(({ ports }) => ports));
    assert.deepEqual(taken, [], "ports that were free before are free again");
  },
};
