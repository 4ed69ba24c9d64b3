/** How long Pulumi waits for an object. Pure. */

export interface Patience {
  readonly seconds: number;
  /** What is left of the seconds, at least, after what came before it. @default nothing is taken from them */
  readonly atLeast?: number;
}

/**
 * What is left, as Pulumi writes it: `90s`.
 *
 * @param spent Seconds that what came before has taken.
 */
export function timeoutAfter({ seconds, atLeast = seconds }: Patience, spent: number): string {
  return `${Math.max(seconds - Math.ceil(spent), atLeast)}s`;
}
