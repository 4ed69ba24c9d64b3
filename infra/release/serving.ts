import type { Serving } from "../gate/memory.ts";
import { findRegistry } from "../registry/findRegistry.ts";
import type { RecordedRelease } from "./record.ts";

/** The release that serves now, for the gate to compare with. */
export function serving(record: readonly RecordedRelease[], registry: string | undefined): Serving {
  const newest = record.at(-1);
  if (newest === undefined) return { find: async () => ({ none: "no release serves yet" }) };
  const { release, image, model, judgement } = newest;
  const name = `release ${release}`;
  return {
    sha256: model.sha256,
    async find() {
      try {
        const { metrics, holdoutSha256 } = judgement;
        return {
          name,
          image: await asReached(image, registry),
          ...(holdoutSha256 !== undefined && { recorded: { metrics, holdoutSha256 } }),
        };
      } catch (error) {
        return { none: `${name} cannot be had: ${(error as Error).message.split("\n")[0]}` };
      }
    },
  };
}

/** An image as this machine reaches it, which may be by another name than the nodes do. */
export async function asReached(image: string, registry: string | undefined): Promise<string> {
  const { push, pull } = await findRegistry(registry);
  return image.replace(`${pull}/`, `${push}/`);
}
