/**
 * `npm run bench:commands`: how long the commands take that people wait for most, when nothing has changed. Needs a
 * sandbox that is up (`npm start`). Prints seconds of wall-clock time: minimum, median and maximum.
 */
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { sandboxEnvironment } from "../../sandbox/pulumiStack.ts";

const ROUNDS = 7;
const root = path.join(import.meta.dirname, "..", "..");
const noChanges = ["--stack", "dev", "--non-interactive", "--expect-no-changes"];

const commands: Record<string, readonly [string, ...string[]]> = {
  "pulumi preview": ["pulumi", "preview", ...noChanges],
  "pulumi up": ["pulumi", "up", "--yes", "--skip-preview", ...noChanges],
  "npm start": ["npm", "start"],
};

const seconds: Record<string, number[]> = {};
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, [command, ...args]] of Object.entries(commands)) {
    const started = performance.now();
    await execa(command, args, { cwd: root, env: sandboxEnvironment });
    (seconds[name] ??= []).push((performance.now() - started) / 1000);
  }
}

console.log(
  `${os.cpus()[0]?.model}, ${os.availableParallelism()} cores, Node.js ${process.version}, ${ROUNDS} rounds\n`,
);
console.log(`${"".padEnd(16)} ${["min", "median", "max"].map((title) => title.padStart(8)).join("")}`);
for (const [name, values] of Object.entries(seconds)) {
  const sorted = values.toSorted((a, b) => a - b);
  const shown = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  console.log(`${name.padEnd(16)} ${shown.map((value) => `${value?.toFixed(1)} s`.padStart(8)).join("")}`);
}
