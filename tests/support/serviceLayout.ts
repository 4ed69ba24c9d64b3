/** The service laid out as in its image: bundles, native runtime and model in a folder. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BundledFile, bundleService, nativeRuntimeFiles } from "../../service/bundle.ts";

const ARCHITECTURES: Readonly<Partial<Record<NodeJS.Architecture, "amd64" | "arm64">>> = {
  x64: "amd64",
  arm64: "arm64",
};

/** The platform of images, if this machine can run one. */
const arch = process.platform === "linux" ? ARCHITECTURES[process.arch] : undefined;

/** For `before`: skips a suite that needs the layout or /proc on a machine that cannot run it. */
export function needsImagePlatform(this: Mocha.Context): void {
  if (arch) return;
  console.log(
    `      skipped: images are for Linux on x64 and arm64, not for ${process.platform} on ${process.arch}`,
  );
  this.skip();
}

/** @param app A folder that is not there yet. */
export function layOutService(app: string, bundles: readonly BundledFile[]): void {
  mkdirSync(join(app, "model"), { recursive: true });
  for (const { path, bytes } of bundles) writeFileSync(join(app, path), bytes);
  for (const { from, to } of nativeRuntimeFiles(arch!)) copyFileSync(from, join(app, to));
  for (const file of ["model.onnx", "contract.json", "golden.json"])
    copyFileSync(join("model", file), join(app, "model", file));
}

let shared: Promise<string> | undefined;

/** One layout for all specs of this process, which do not change it. It is removed when the process ends. */
export function sharedLayout(): Promise<string> {
  shared ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-service-"));
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    const app = join(folder, "app");
    layOutService(app, await bundleService());
    return app;
  })();
  return shared;
}

/** How Node.js starts the service: as in its image, in a fifth of the time that its sources take, if this machine can run that. */
export async function serviceArgs(): Promise<readonly string[] | undefined> {
  return arch && [join(await sharedLayout(), "main.cjs")];
}
