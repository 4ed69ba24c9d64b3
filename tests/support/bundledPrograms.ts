/** Programs of this project in a file each, which starts in a third of the time that the sources take. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";

/** @param folder That of the programs. Only `common/checkout.ts` among what they import asks where it lies. */
export async function bundlePrograms(
  folder: string,
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
    define: { "import.meta.dirname": JSON.stringify(path.resolve("common")) },
    logLevel: "error",
  });
  return {
    fileOf: (name) => path.join(outdir, `${name}.mjs`),
    remove: () => rmSync(outdir, { recursive: true }),
  };
}
