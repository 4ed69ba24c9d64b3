/** What `pulumi up` leaves as the stack's outputs. Types only. */
import type { Pin } from "./pin.ts";
import type { RecordedRelease } from "./record.ts";

export interface StackOutputs {
  readonly url: string;
  /** By digest. */
  readonly image: string;
  readonly release: string;
  /** With its metrics beside these. */
  readonly model: Pick<RecordedRelease["model"], "name" | "version">;
  readonly releases: readonly RecordedRelease[];
  /** The release that serves, which is in `releases`. Absent in a stack of before: the newest one serves there. */
  readonly serving?: string;
  /** Absent unless the stack is held at a release. */
  readonly pinned?: Pin;
}
