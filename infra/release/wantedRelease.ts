import type * as pulumi from "@pulumi/pulumi";
import type { RecordedRelease } from "./record.ts";

/** The release that the stack is to run. */
export interface WantedRelease extends Omit<RecordedRelease, "image"> {
  /** By digest, as nodes pull it: `repository@sha256:…`. */
  readonly image: pulumi.Input<string>;
  /** Whether its image was proved in this stack before. */
  readonly proved: boolean;
}
