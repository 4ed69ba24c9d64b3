import * as pulumi from "@pulumi/pulumi";
import type { RecordedRelease } from "./record.ts";

/** The stack's own record, as its last `pulumi up` left it: empty before the first. */
export async function readRecord(): Promise<readonly RecordedRelease[]> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const { value } = await new pulumi.StackReference("self", { name }).getOutputDetails("releases");
  return (value as readonly RecordedRelease[] | undefined) ?? [];
}
