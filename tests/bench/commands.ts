/**
 * `npm run bench:commands`: how long the commands take that people wait for most, when nothing has changed. Needs a
 * sandbox that is up (`npm start`). Prints seconds of wall-clock time: minimum, median and maximum. With AGAINST it
 * measures another checkout too, by turns, and prints the ratios of the rounds. `npm start` is measured of this one
 * alone, since the sandbox belongs to one checkout.
 */
import os from "node:os";
import { execa } from "execa";
import { sandboxEnvironment } from "../../sandbox/pulumiStack.ts";
import { copyProject, type Project, root } from "../support/project.ts";
import { AGAINST } from "./against.ts";

const ROUNDS = 7;
const COMMANDS = {
  "pulumi preview": ["preview", "--expect-no-changes"],
  "pulumi up": ["up", "--yes", "--skip-preview", "--expect-no-changes"],
} as const;

const projects: Project[] = [];
const seconds = new Map<string, number[]>();
try {
  await deploy("bench", root);
  if (AGAINST) await deploy("against", AGAINST);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [command, words] of Object.entries(COMMANDS))
      for (const [index, project] of projects.entries())
        await measure(`${command}${index > 0 ? ", AGAINST" : ""}`, async () => {
          const { exitCode, all } = await project.pulumi(...words);
          if (exitCode !== 0) throw new Error(all);
        });
    await measure("npm start", () => execa("npm", ["start"], { cwd: root, env: sandboxEnvironment }));
  }
} finally {
  for (const project of projects) await project.remove();
}

console.log(
  `${os.cpus()[0]?.model}, ${os.availableParallelism()} cores, Node.js ${process.version}, ${ROUNDS} rounds\n`,
);
print("", ["min", "median", "max"]);
for (const [name, values] of seconds) print(name, threeOf(values, 1, " s"));
if (AGAINST)
  for (const command of Object.keys(COMMANDS)) {
    const against = seconds.get(`${command}, AGAINST`) ?? [];
    const ratios = (seconds.get(command) ?? []).map((value, i) => value / (against[i] ?? Number.NaN));
    print(`${command}, ratio`, threeOf(ratios, 2));
  }

async function deploy(stack: string, from: string): Promise<void> {
  const project = await copyProject({ stack, from });
  projects.push(project);
  const { exitCode, all } = await project.pulumi("up", "--yes", "--skip-preview");
  if (exitCode !== 0) throw new Error(all);
}

async function measure(name: string, run: () => Promise<unknown>): Promise<void> {
  const started = performance.now();
  await run();
  const all = seconds.get(name) ?? [];
  seconds.set(name, [...all, (performance.now() - started) / 1000]);
}

function threeOf(values: readonly number[], digits: number, unit = ""): string[] {
  const sorted = values.toSorted((a, b) => a - b);
  const shown = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  return shown.map((value) => `${value?.toFixed(digits)}${unit}`);
}

function print(name: string, columns: readonly string[]): void {
  console.log(`${name.padEnd(24)} ${columns.map((text) => text.padStart(8)).join("")}`);
}
