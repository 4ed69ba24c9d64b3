/** Whether a report is printed in colour. Pure. */

/**
 * True for a terminal that is not dumb, unless the environment decides. NO_COLOR (https://no-color.org) comes
 * first, then FORCE_COLOR: `0` and `false` mean no.
 */
export function wantsColour(
  stream: { readonly isTTY?: boolean },
  { NO_COLOR, FORCE_COLOR, TERM }: NodeJS.ProcessEnv,
): boolean {
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return stream.isTTY === true && TERM !== "dumb";
}
