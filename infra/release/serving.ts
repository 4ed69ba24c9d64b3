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
        const { push, pull } = await findRegistry(registry);
        const { metrics, holdoutSha256 } = judgement;
        return {
          name,
          image: image.replace(`${pull}/`, `${push}/`), // as this machine reaches it, not as the nodes do
          ...(holdoutSha256 !== undefined && { recorded: { metrics, holdoutSha256 } }),
        };
      } catch (error) {
        return { none: `${name} cannot be had: ${(error as Error).message.split("\n")[0]}` };
      }
    },
  };
}
