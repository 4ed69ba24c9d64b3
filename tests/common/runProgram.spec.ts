import assert from "node:assert/strict";
import { type RunOptions, runProgram } from "../../common/runProgram.ts";

const run = (script: string, options?: RunOptions) => runProgram("sh", ["-c", script], options);

describe("runProgram", () => {
  it("gives what the program printed, apart and together, and how it ended", async () => {
    const { exitCode, cancelled, stdout, stderr, output } = await run("echo out; echo err >&2; exit 3");

    assert.deepEqual([exitCode, cancelled, stdout, stderr], [3, false, "out", "err"]);
    assert.deepEqual(output.split("\n").toSorted(), ["err", "out"]);
  });

  it("gives nothing of a stream that it does not capture", async () => {
    const { stdout, output } = await run("echo out; echo err >&2", { stdout: "ignore" });

    assert.deepEqual([stdout, output], ["", "err"]);
  });

  it("says why a program could not be started", async () => {
    const { exitCode, code, output } = await runProgram("no-such-program", []);

    assert.deepEqual([exitCode, code, output], [1, "ENOENT", "spawn no-such-program ENOENT"]);
  });

  it("gives the program its input, or none", async () => {
    assert.equal((await run("cat", { input: "state" })).stdout, "state");
    assert.equal((await run("cat")).stdout, "");
  });

  it("calls with each line as it comes", async () => {
    const lines: string[] = [];
    await run("printf 'one\ntwo\n'", { onLine: (line) => lines.push(line) });

    assert.deepEqual(lines, ["one", "two"]);
  });

  for (const { signals, ended } of [
    { signals: "forward", ended: "cancelled by SIGINT" },
    { signals: "ignore", ended: "undisturbed" },
  ] as const)
    it(`${signals}s a signal, and says that one came`, async () => {
      const script =
        "trap 'echo cancelled by SIGINT; exit' INT; echo ready; sleep 0.5 & wait; echo undisturbed";
      const before = process.listenerCount("SIGINT");
      const { cancelled, stdout } = await run(script, {
        signals,
        onLine: (line) => line === "ready" && process.emit("SIGINT", "SIGINT"),
      });

      assert.deepEqual([cancelled, stdout.split("\n").at(-1)], [true, ended]);
      assert.equal(process.listenerCount("SIGINT"), before);
    });
});
