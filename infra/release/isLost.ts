/** Whether an image that is in the record is still in the registry. Edge. */
import { OciRepository, parseImageReference, RegistryError } from "../../registry/index.ts";
import type { RecordedRelease } from "./record.ts";

/**
 * @param repository Where tools push to: registry and name.
 * @returns False, too, if the registry does not answer: an `up` that has nothing to push needs no registry.
 */
export async function isLost(
  record: readonly RecordedRelease[],
  release: string,
  repository: string,
): Promise<boolean> {
  const known = record.findLast((entry) => entry.release === release);
  if (known === undefined) return false;
  try {
    const [, digest] = known.image.split("@");
    const image = parseImageReference(`${repository}@${digest}`);
    return !(await new OciRepository(image).has(image.digest));
  } catch (error) {
    if (error instanceof RegistryError) return false;
    throw error;
  }
}
