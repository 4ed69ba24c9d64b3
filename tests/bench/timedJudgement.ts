/** Judges a folder in a process that does nothing else, and prints how long that took without the process' own start. */
import { judge } from "../../infra/gate/judge.ts";

const [folder = "model"] = process.argv.slice(2);
const started = performance.now();
const { report } = await judge(folder);
const seconds = (performance.now() - started) / 1000;
console.log(JSON.stringify({ seconds, verdict: report.verdict }));
