/**
 * Makes stack traces of unexpected errors quick, and gives them the lines of the source. Import it first.
 *
 * Quick: the source maps of Pulumi's SDK name files such as `node_modules/@pulumi/resource.ts`, a scope without a
 * package. Node.js 20 and 24 take half a minute and half a gigabyte to colour such a line (nodejs/node issue 64011).
 * The lines: Pulumi's SDK maps its own lines, and thereby switches Node.js' mapping of ours off. tsx puts each file on
 * one line.
 */
import { findSourceMap } from "node:module";

const scopeWithoutPackage = /(node_modules[\\/]@pulumi[\\/])(?=[\w.-]+\.ts\b)/g;
const place = /(file:\/\/[^\s)]+\.ts):(\d+):(\d+)/g;

export const withPackage = (stack: string): string => stack.replace(scopeWithoutPackage, "$1pulumi/");

function withSourceLine(text: string, url: string, line: string, column: string): string {
  const entry = findSourceMap(url)?.findEntry(Number(line) - 1, Number(column) - 1);
  return entry && "originalLine" in entry
    ? `${url}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
    : text;
}

const prepare = Error.prepareStackTrace;
Error.prepareStackTrace = (error, sites) => {
  const stack = prepare
    ? prepare(error, sites)
    : [error, ...sites.map((site) => `    at ${site}`)].join("\n");
  return typeof stack === "string" ? withPackage(stack).replace(place, withSourceLine) : stack;
};
