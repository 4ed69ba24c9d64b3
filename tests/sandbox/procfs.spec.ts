import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { commandLine, identify, isAlive, listeners, processes } from "../../sandbox/procfs.ts";

const own = () => identify(process.pid)!;

describe("procfs", () => {
  before(function () {
    if (!existsSync("/proc/self/stat")) this.skip();
  });

  describe("identify", () => {
    it("identifies this process", () => {
      const identity = identify(process.pid);

      assert.deepEqual(Object.keys(identity ?? {}), ["pid", "startTime", "bootId"]);
      assert.equal(identity?.pid, process.pid);
      assert.match(identity?.startTime ?? "", /^\d+$/);
      assert.match(identity?.bootId ?? "", /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      assert.deepEqual(identify(process.pid), identity);
    });

    it("identifies a process whose name has parentheses and spaces in it", async () => {
      const child = spawn(process.execPath, [
        "-e",
        "process.title = 'a) Z (b'; console.log('named'); process.stdin.resume()",
      ]);
      await once(child.stdout, "data");

      assert.match(readFileSync(`/proc/${child.pid}/stat`, "utf8"), /\(a\) Z \(b\)/);
      const identity = identify(child.pid!);
      child.kill("SIGKILL");
      assert(Number(identity?.startTime) >= Number(identify(process.pid)?.startTime));
    });

    it("finds nothing if the process has ended", async () => {
      const child = spawn("true");
      await once(child, "exit");

      assert.equal(identify(child.pid!), undefined);
    });

    it("does not count a zombie", async () => {
      // The child ends after another program has replaced the shell. That program never asks for the exit code.
      const parent = spawn("sh", [
        "-c",
        'while grep -q "^sh$" /proc/$$/comm; do :; done & echo $!; exec "$0" -e "process.stdin.resume()"',
        process.execPath,
      ]);
      const [line] = (await once(parent.stdout, "data")) as [Buffer];
      const zombie = Number(line.toString());
      try {
        while (!/\) Z /.test(readFileSync(`/proc/${zombie}/stat`, "utf8"))) await setTimeout(5);
        assert.equal(identify(zombie), undefined);
      } finally {
        parent.kill("SIGKILL");
      }
    });
  });

  describe("isAlive", () => {
    it("knows this process", () => {
      assert.equal(isAlive(own()), true);
    });

    for (const { fact, other } of [
      { fact: "a later process with the same number", other: { startTime: "1" } },
      { fact: "a process from before a restart", other: { bootId: "0" } },
      { fact: "a number that no process has", other: { pid: 2 ** 30 } },
    ]) {
      it(`does not take it for ${fact}`, () => {
        assert.equal(isAlive({ ...own(), ...other }), false);
      });
    }
  });

  describe("commandLine", () => {
    it("gives a living process' arguments", () => {
      assert.equal(commandLine(process.pid)[0], process.argv0);
    });

    it("gives none for a process that has gone", () => {
      assert.deepEqual(commandLine(2 ** 30), []);
    });
  });

  it("lists this process among all", () => {
    assert(processes().includes(process.pid));
  });

  describe("listeners", () => {
    let server: Server;
    const listen = async (host: string): Promise<number> => {
      server = createServer().listen(0, host);
      await once(server, "listening");
      return (server.address() as { port: number }).port;
    };
    const open: Socket[] = [];
    afterEach(() => {
      server.close();
      for (const socket of open.splice(0)) socket.destroy();
    });

    for (const host of ["127.0.0.1", "::1"]) {
      it(`names this process for a port on ${host}`, async function () {
        if (host === "::1" && !existsSync("/proc/net/if_inet6")) this.skip();
        const port = await listen(host);

        assert.deepEqual(listeners([port, 1]), [{ port, pid: process.pid }]);
      });
    }

    it("does not name the ports of a connection", async () => {
      const port = await listen("127.0.0.1");
      server.on("connection", (accepted) => open.push(accepted));
      const client = connect(port, "127.0.0.1");
      open.push(client);
      await Promise.all([once(server, "connection"), once(client, "connect")]);

      assert.deepEqual(listeners([client.localPort!]), []);
      server.close();
      assert.deepEqual(listeners([port, client.localPort!]), []);
    });

    it("names nothing if nobody listens", async () => {
      const port = await listen("127.0.0.1");
      server.close();
      await once(server, "close");

      assert.deepEqual(listeners([port]), []);
      assert.deepEqual(listeners([]), []);
    });
  });
});
