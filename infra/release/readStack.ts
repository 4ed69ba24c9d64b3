import * as pulumi from "@pulumi/pulumi";
import type { Pin } from "./pin.ts";
import { parseRecord, type RecordedRelease } from "./record.ts";

/** What the stack remembers of itself, as its last successful `pulumi up` left it. */
export interface StackMemory {
  /** Newest last; empty before the first release. */
  readonly record: readonly RecordedRelease[];
  readonly pinned: Pin | undefined;
}

export async function readStack(): Promise<StackMemory> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const self = new pulumi.StackReference("self", { name });
  const [releases, pinned] = await Promise.all(
    ["releases", "pinned"].map((output) => self.getOutputDetails(output)),
  );
  return {
    record: parseRecord(releases?.value),
    pinned: pinned?.value as Pin | undefined,
  };
}
