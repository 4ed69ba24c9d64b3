/** `npm run releases`: the record of a stack. */
import { readCheckpoint } from "../exportedStack.ts";
import { pinText } from "../pin.ts";
import { releasesTable } from "../releasesTable.ts";
import { command, run, stackFlag } from "./commandLine.ts";
import { exportStack } from "./stack.ts";

const program = command(
  "releases",
  "Shows the releases of a stack, newest last; * is the one that serves now.",
)
  .option(...stackFlag)
  .option("--json", "print all that is recorded of them, as JSON")
  .action(async ({ stack, json }: { stack?: string; json?: true }) => {
    const stated = readCheckpoint(await exportStack(stack));
    const { record, serving, pinned } = stated;
    if (json) {
      const releases = record.map((entry) => ({ ...entry, serving: entry === serving }));
      console.log(JSON.stringify({ ...(pinned && { pinned }), releases }, null, 2));
      return;
    }
    console.log(record.length === 0 ? "No release yet." : releasesTable(stated, ago).join("\n"));
    if (pinned) console.log(`\nThe stack is ${pinText(pinned)}`);
  });

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
] as const;

/** `3 d ago`. */
function ago(time: string): string {
  const milliseconds = Date.now() - Date.parse(time);
  const [unit, length] = UNITS.find(([, length]) => milliseconds >= length) ?? [];
  return length === undefined ? "just now" : `${Math.floor(milliseconds / length)} ${unit} ago`;
}

await run(program);
