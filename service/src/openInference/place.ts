/** Where in a request something stands. Pure. */
import type { Place } from "../problems/faults.ts";

/**
 * The value under a key of this one.
 *
 * @param position Further down in its lists, as `position` of model/ names it: `[1][2]`.
 */
export function below({ pointer, text }: Place, key: string, position = ""): Place {
  return {
    pointer: `${pointer}/${key}${position.replaceAll("[", "/").replaceAll("]", "")}`,
    text: `${text}.${key}${position}`,
  };
}
