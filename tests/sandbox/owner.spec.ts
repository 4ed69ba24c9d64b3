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

  /** Runs code with owner.ts in scope, in a process with our cache. @returns its output, or the error's message. */
  async function run(code: string): Promise<string> {
    const { stdout } = await execa(
      process.execPath,
      [
        "--import",
        "tsx",
        "--input-type=module",
        "--eval",
        `const owner = await import("./sandbox/owner.ts");
         const { SandboxError } = await import("./sandbox/sandboxError.ts");
         const { readFileSync, truncateSync } = await import("node:fs");
         const lock = ${JSON.stringify(lock())};
         try { ${code} }
         catch (error) { if (!(error instanceof SandboxError)) throw error; console.log(error.message); }`,
      ],
      { env: { XDG_CACHE_HOME: home } },
    );
    return stdout;
  }

  /** A process that takes the lock when told to, and keeps it until told to release it. */
  function startTaker() {
    const code = `
      const { exclusively } = await import("./sandbox/owner.ts");
      const { SandboxError } = await import("./sandbox/sandboxError.ts");
      let letGo;
      const stay = () => new Promise((resolve) => { letGo = resolve; process.send("in"); });
      const refused = (error) => { if (error instanceof SandboxError) return "refused"; throw error; };
      process.on("message", (what) => {
        if (what === "take") exclusively(stay).then(() => "out", refused).then((answer) => process.send(answer));
        else letGo();
      });`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", code], {
      env: { ...process.env, XDG_CACHE_HOME: home },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const ask = async (what: string) => {
      child.send(what);
      return String((await once(child, "message"))[0]);
    };
    const end = async () => {
      child.kill("SIGKILL");
      await once(child, "exit");
    };
    return { pid: child.pid, ask, end };
  }

  describe("exclusively", () => {
    const act = 'await owner.exclusively(async () => console.log("acted"));';

    it("says who it is only while it acts", async () => {
      const printed = await run(`
        await owner.exclusively(async () => console.log(readFileSync(lock, "utf8")));
        console.log(readFileSync(lock, "utf8") === "");`);

      assert.match(printed, new RegExp(`^{"pid":\\d+,"checkout":"${process.cwd()}"}\ntrue$`));
    });

    it("lets go of the lock when the action fails", async () => {
      const printed = await run(`
        await owner.exclusively(async () => { throw new Error("failed"); }).catch(({ message }) => console.log(message));
        ${act}`);

      assert.equal(printed, "failed\nacted");
    });

    it("refuses while another process holds the lock", async () => {
      const holder = startTaker();
      try {
        assert.equal(await holder.ask("take"), "in");

        for (let i = 0; i < 2; i++)
          assert.equal(
            await run(act),
            `Process ${holder.pid}, from ${process.cwd()}, is changing the sandbox right now.
  fix: wait until it has ended, then run the same command again`,
          );

        assert.equal(await holder.ask("let go"), "out");
        assert.equal(await run(act), "acted");
      } finally {
        await holder.end();
      }
    });

    it("refuses, too, while the holder has not yet said who it is", async () => {
      const printed = await run(`
        await owner.exclusively(async () => {
          truncateSync(lock);
          ${act}
        });`);

      assert.match(printed, /^Another process is changing the sandbox right now\./);
    });

    it("takes over the lock of a killed process, and replaces that one's name", async () => {
      const [first, next] = [startTaker(), startTaker()];
      try {
        await first.ask("take");
        await first.end();
        assert.equal(readFileSync(lock(), "utf8"), `{"pid":${first.pid},"checkout":"${process.cwd()}"}`);

        assert.equal(await next.ask("take"), "in");
        assert.equal(readFileSync(lock(), "utf8"), `{"pid":${next.pid},"checkout":"${process.cwd()}"}`);
      } finally {
        await next.end();
      }
    });

    it("lets no process that it starts keep the lock", async () => {
      const printed = await run(`
        const { spawn } = await import("node:child_process");
        const child = await owner.exclusively(async () => spawn("sleep", ["60"], { detached: true, stdio: "ignore" }));
        ${act}
        child.kill();`);

      assert.equal(printed, "acted");
    });

    it("does not act if it cannot lock", async () => {
      const printed = await run(`process.env.PATH = "/nonexistent"; ${act}`);

      assert.equal(
        printed,
        `The sandbox could not be locked: spawnSync flock ENOENT.
  at:  ${lock()}
  fix: see that flock (package util-linux) is installed and works on this file`,
      );
    });

    it("lets one in of several that find the file of a dead process at the same time", async function () {
      this.timeout(60_000); // 200 locks
      const stale = JSON.stringify({ pid: 2 ** 30, checkout: "/another" });
      const takers = [1, 2, 3, 4].map(() => startTaker());
      try {
        for (let round = 0; round < 50; round++) {
          writeFileSync(lock(), stale);

          const answers = await Promise.all(takers.map((taker) => taker.ask("take")));

          assert.deepEqual(answers.toSorted(), ["in", "refused", "refused", "refused"], `round ${round}`);
          const winner = takers[answers.indexOf("in")];
          assert.equal(await winner?.ask("let go"), "out");
        }
      } finally {
        await Promise.all(takers.map((taker) => taker.end()));
      }
    });
  });

  describe("takeOwnership", () => {
    const take = "console.log(owner.takeOwnership());";
    it("makes this checkout the owner if there was none", async () => {
      assert.equal(await run(take), "undefined");
      assert.equal(owned(), process.cwd());
    });

    it("says nothing if this checkout is the owner", async () => {
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
