/** A stack that is held at one release. Pure. */

/** In the stack's outputs, so that it holds on every machine, and for every later `pulumi up`. */
export interface Pin {
  readonly release: string;
  readonly reason: string;
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** The stack that the release was promoted from; absent after a rollback. */
  readonly promotedFrom?: string;
}

export const pinText = ({ release, reason, by, since }: Pin): string =>
  `pinned to ${release} since ${since} by ${by}: ${reason}`;
