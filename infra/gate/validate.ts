/** `npm run validate`: the gate without Pulumi. Exit 0 passed, 1 refused, 2 could not judge. */

import path from "node:path";
import { parseArgs } from "node:util";
import { judge } from "./judge.ts";
import { renderReport } from "./render.ts";
import { passed } from "./report.ts";

try {
  const { values } = parseArgs({
    options: { model: { type: "string", default: path.join(import.meta.dirname, "..", "..", "model") } },
  });
  const { report } = await judge(values.model);
  console.log(renderReport(report));
  process.exitCode = passed(report) ? 0 : 1;
} catch (error) {
  const usage = String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS");
  console.error(usage ? `${(error as Error).message}\n  usage: npm run validate [-- --model DIR]` : error);
  process.exitCode = 2;
}
