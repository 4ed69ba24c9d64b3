/** Where in a request something stands. Pure. */
import { shortened } from "../../../common/shortJson.ts";
import { joinPointer } from "../../../contract/index.ts";
import type { Place } from "../problems/faults.ts";

/**
 * The value under a key of this one.
 *
 * @param position Further down in its lists, as `position` of model/ names it: `[1][2]`.
 */
export function below({ pointer, text }: Place, key: string, position = ""): Place {
  return within({ pointer: `${pointer}/${key}`, text: `${text}.${key}` }, position);
}

/** The value at a position in the lists of this one, such as `[1][2]`. */
export function within({ pointer, text }: Place, position: string): Place {
  return {
    pointer: `${pointer}${position.replaceAll("[", "/").replaceAll("]", "")}`,
    text: `${text}${position}`,
  };
}

/** The value under a name that is the model's or the caller's. */
export function named({ pointer, text }: Place, name: string): Place {
  const short = shortened(name);
  return { pointer: joinPointer(pointer, short), text: `${text}.${short}` };
}
