/** cosign, which signs and verifies images, built once from its pinned Go module and kept. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { cache } from "../../sandbox/places.ts";

const VERSION = "v3.1.3";

/** @returns the folder that it is in. @throws Error if it cannot be built. */
export async function buildCosign(): Promise<string> {
  const folder = path.join(cache, "test", `cosign-${VERSION}`);
  if (!existsSync(path.join(folder, "cosign"))) {
    console.log(`Building cosign ${VERSION} into ${folder}, once`);
    await mkdir(folder, { recursive: true });
    const env = { GOBIN: folder, CGO_ENABLED: "0", GOFLAGS: "", GOOS: "", GOARCH: "" };
    await execa("go", ["install", `github.com/sigstore/cosign/v3/cmd/cosign@${VERSION}`], { env });
  }
  return folder;
}
