/** The runtime's message about a failed run, without places in its source. Pure. */

import { whole } from "../../common/shown.ts";
import { withoutPlaces } from "./withoutPlaces.ts";

/** The wording of version 1.30.0. */
const NODE =
  /^Non-zero status code returned while running (\S+) node\. Name:'([^]*?)' Status Message: ([^]*)$/;
const ALLOCATION = /Failed to allocate memory for requested buffer of size (\d+)/;

/** @returns The message without a full stop. */
export function explainRunError(message: string): string {
  const [, operator, name, status] = NODE.exec(message) ?? [];
  const at = operator === undefined ? "" : `the operator ${operator}${name ? ` (${name})` : ""} fails: `;
  const bytes = ALLOCATION.exec(message)?.[1];
  if (bytes !== undefined) {
    const mebibytes = whole(Math.ceil(Number(bytes) / 2 ** 20));
    return `${at}it asks for ${mebibytes} MiB of memory at once, which it may not have`;
  }
  return `${at}${withoutPlaces(status ?? message).replace(/\.$/, "")}`;
}
