/** The image's labels, which are part of its digest: whoever builds it takes these. Pure. */
import type { Contract } from "../../contract/index.ts";

export const imageLabels = (
  { name, version }: Pick<Contract, "name" | "version">,
  release: string,
): Readonly<Record<string, string>> => ({
  "org.opencontainers.image.title": name,
  "org.opencontainers.image.version": version,
  "dev.slipway.release": release,
});
