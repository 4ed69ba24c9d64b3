/** The summary that GitHub shows of a job. Edge. */
import { appendFile } from "node:fs/promises";

/** Prints it if there is no job. */
export async function addToSummary(markdown: string): Promise<void> {
  const file = process.env["GITHUB_STEP_SUMMARY"];
  if (file) await appendFile(file, `${markdown}\n`);
  else console.log(markdown);
}

/** A line that GitHub shows beside the job, too. */
export function warn(text: string): void {
  console.log(process.env["GITHUB_ACTIONS"] === "true" ? `::warning::${escaped(text)}` : text);
}

/** Keeps a line end from ending the command. @actions/core does the same, but loads an HTTP client for 0.3 s. */
const escaped = (text: string): string =>
  text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
