/**
 * Keeps an unexpected error from taking half a minute and half a gigabyte to be printed.
 *
 * Node.js 20 and 24 (nodejs/node issue 64011) backtrack catastrophically when they colour stack lines such as
 * `node_modules/@pulumi/resource.ts`, a scope without a package, which is what the source maps of Pulumi's SDK
 * name. Importing this file first gives such lines their package.
 */
const scopeWithoutPackage = /(node_modules[\\/]@pulumi[\\/])(?=[\w.-]+\.ts\b)/g;

export const withPackage = (stack: string): string => stack.replace(scopeWithoutPackage, "$1pulumi/");

const prepare = Error.prepareStackTrace;
Error.prepareStackTrace = (error, sites) => {
  const stack = prepare
    ? prepare(error, sites)
    : [error, ...sites.map((site) => `    at ${site}`)].join("\n");
  return typeof stack === "string" ? withPackage(stack) : stack;
};
