/** The build arguments of a release's image, for every caller that builds it. Its digest depends on them and on its files. Pure. */
import type { Contract } from "../../contract/index.ts";
import type { Settings } from "../settings/rules.ts";

export interface ImageBuild {
  readonly platforms: Settings["platforms"];
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Attributes of the exporter. */
  readonly output: string;
}

export const imageBuild = (
  { name, version }: Pick<Contract, "name" | "version">,
  release: string,
  { baseImage, platforms }: Pick<Settings, "baseImage" | "platforms">,
): ImageBuild => ({
  platforms,
  // SOURCE_DATE_EPOCH and rewrite-timestamp: the same bytes whenever it is built.
  buildArgs: { BASE_IMAGE: baseImage, SOURCE_DATE_EPOCH: "0" },
  labels: {
    "org.opencontainers.image.title": name,
    "org.opencontainers.image.version": version,
    "dev.slipway.release": release,
  },
  output: "rewrite-timestamp=true,oci-mediatypes=true",
});
