import type { ServingChampion } from "../../gate/index.ts";
import { findRegistry } from "../environment/findRegistry.ts";
import type { RecordedRelease } from "./record.ts";

/** The release that serves now, for the gate to compare with. */
export function championOf(
  serving: RecordedRelease | undefined,
  registry: string | undefined,
): ServingChampion {
  if (serving === undefined) return { find: async () => ({ none: "no release serves yet" }) };
  const { release, image, model, judgement } = serving;
  const name = `release ${release}`;
  const { metrics, holdoutSha256 } = judgement;
  const recorded = holdoutSha256 === undefined ? undefined : { metrics, holdoutSha256 };
  return {
    sha256: model.sha256,
    async find() {
      try {
        return { name, image: await pushReference(image, registry), ...(recorded && { recorded }) };
      } catch (error) {
        return {
          name,
          unreachable: (error as Error).message.split("\n")[0]!,
          ...(recorded && { recorded }),
        };
      }
    },
  };
}

/** An image as this machine reaches it, which may be by another name than the nodes do. */
export async function pushReference(image: string, registry: string | undefined): Promise<string> {
  const { push, pull } = await findRegistry(registry);
  return image.startsWith(`${pull}/`) ? push + image.slice(pull.length) : image;
}
