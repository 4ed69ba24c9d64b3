/**
 * Stack traces with files and lines of the sources, for bundles with a source map beside them. A map is read when a
 * trace is first wanted: Node.js's own `--enable-source-maps` reads them all at each start.
 */
import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";

const maps = new Map<string, SourceMap | undefined>();

Error.prepareStackTrace = (error, frames) =>
  [Error.prototype.toString.call(error), ...frames.map((frame) => `    at ${inSource(frame)}`)].join("\n");

function inSource(frame: NodeJS.CallSite): string {
  const [file, line, column] = [frame.getFileName(), frame.getLineNumber(), frame.getColumnNumber()];
  if (!file || line === null || column === null) return `${frame}`;
  const origin = mapOf(file)?.findOrigin(line, column);
  return origin && "fileName" in origin
    ? `${frame}`.replace(
        `${file}:${line}:${column}`,
        `${origin.fileName}:${origin.lineNumber}:${origin.columnNumber}`,
      )
    : `${frame}`;
}

/** Undefined for what is no bundle: Node.js's own files as a rule. */
function mapOf(file: string): SourceMap | undefined {
  if (!maps.has(file)) maps.set(file, readMap(`${file}.map`));
  return maps.get(file);
}

function readMap(file: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined; // a trace must not fail for want of it
  }
}
