/** Programs of this project in a file each, which starts in a third of the time that the sources take. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";

/** @param folder That of the programs, three below the root as that of the bundles is: they find the root from where they lie. */
export async function bundlePrograms(
  folder: `${string}/${string}/${string}`,
  names: readonly string[],
): Promise<{ readonly fileOf: (name: string) => string; remove(): void }> {
  mkdirSync(".slipway/test", { recursive: true });
  const outdir = mkdtempSync(".slipway/test/programs-");
  await build({
    entryPoints: names.map((name) => path.join(folder, `${name}.ts`)),
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
  return {
    fileOf: (name) => path.join(outdir, `${name}.mjs`),
    remove: () => rmSync(outdir, { recursive: true }),
  };
}
