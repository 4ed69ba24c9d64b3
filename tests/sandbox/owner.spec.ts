import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { identify } from "../../sandbox/procfs.ts";

describe("owner", () => {
  let home: string;
  beforeEach(function () {
    if (!existsSync("/proc/self/stat")) this.skip();
    home = mkdtempSync(path.join(tmpdir(), "slipway-cache-"));
    mkdirSync(path.join(home, "slipway/sandbox/run"), { recursive: true });
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const inCache = (name: string) => path.join(home, "slipway", name);
  const lock = () => inCache("lock");
  const ownedBy = (checkout: string) => writeFileSync(inCache("sandbox/owner"), checkout);
  const running = () => writeFileSync(inCache("sandbox/run/etcd.pid"), JSON.stringify(identify(process.pid)));
  const owned = () => readFileSync(inCache("sandbox/owner"), "utf8");

  /** Runs code with owner.ts in scope, in a process whose cache is ours. What it prints, or the error's message. */
  async function run(code: string): Promise<string> {
    const { stdout } = await execa(
      process.execPath,
      [
        "--import",
        "tsx",
        "--input-type=module",
        "--eval",
        `const owner = await import("./sandbox/owner.ts");
         const { SandboxError } = await import("./sandbox/errors.ts");
         const { existsSync, readFileSync } = await import("node:fs");
         const lock = ${JSON.stringify(lock())};
         try { ${code} }
         catch (error) { if (!(error instanceof SandboxError)) throw error; console.log(error.message); }`,
      ],
      { env: { XDG_CACHE_HOME: home } },
    );
    return stdout;
  }

  describe("exclusively", () => {
    const act = 'await owner.exclusively(async () => console.log("acted"));';

    it("holds the lock while it acts, in its own name, and not longer", async () => {
      const printed = await run(`
        await owner.exclusively(async () => {
          const { pid, checkout } = JSON.parse(readFileSync(lock, "utf8"));
          console.log(pid === process.pid, checkout);
        });
        console.log(existsSync(lock));`);

      assert.equal(printed, `true ${process.cwd()}\nfalse`);
    });

    it("lets go of the lock when the action fails", async () => {
      const printed = await run(`
        await owner.exclusively(async () => { throw new Error("failed"); }).catch(({ message }) => console.log(message));
        console.log(existsSync(lock));`);

      assert.equal(printed, "failed\nfalse");
    });

    it("refuses while a living process holds it, and leaves its lock", async () => {
      const held = JSON.stringify({ ...identify(process.pid), checkout: "/another/checkout" });
      writeFileSync(lock(), held);

      assert.equal(
        await run(act),
        `Process ${process.pid} is changing the sandbox right now, from /another/checkout.
  fix: wait until it has ended, then run the same command again`,
      );
      assert.equal(readFileSync(lock(), "utf8"), held);
    });

    it("takes over the lock of a process that has ended", async () => {
      const child = spawn(process.execPath, ["-e", "process.stdin.resume()"]);
      writeFileSync(lock(), JSON.stringify({ ...identify(child.pid!), checkout: "/another/checkout" }));
      child.kill("SIGKILL");
      await once(child, "exit");

      assert.equal(await run(act), "acted");
      assert(!existsSync(lock()));
    });

    it("takes over a lock whose process number somebody else has now", async () => {
      writeFileSync(
        lock(),
        JSON.stringify({ ...identify(process.pid), startTime: "1", checkout: "/another" }),
      );

      assert.equal(await run(act), "acted");
    });
  });

  describe("takeOwnership", () => {
    const take = "console.log(owner.takeOwnership());";
    it("makes this checkout the owner where nobody was", async () => {
      assert.equal(await run(take), "undefined");
      assert.equal(owned(), process.cwd());
    });

    it("says nothing where this checkout is the owner", async () => {
      ownedBy(process.cwd());
      running();

      assert.equal(await run(take), "undefined");
    });

    it("names another checkout that has ended its sandbox", async () => {
      ownedBy(home);

      assert.equal(await run(take), home);
      assert.equal(owned(), process.cwd());
    });

    it("names another checkout that is gone, also while its sandbox runs", async () => {
      ownedBy("/another/checkout");
      running();

      assert.equal(await run(take), "/another/checkout");
      assert.equal(owned(), process.cwd());
    });

    it("refuses while another checkout's sandbox runs", async () => {
      ownedBy(home);
      running();

      assert.equal(
        await run(take),
        `The sandbox runs for another checkout.
  at:  ${home}
  fix: end it there (cd ${home} && npm run sandbox -- down), then run the same command again`,
      );
      assert.equal(owned(), home);
    });
  });
});
