import * as pulumi from "@pulumi/pulumi";
import { inWords } from "../environment/deployError.ts";
import type { Pin } from "./pin.ts";
import { parseReleases, type Releases } from "./record.ts";

/** What the stack remembers of itself, as its last successful `pulumi up` left it. */
export interface StackMemory extends Releases {
  readonly pinned: Pin | undefined;
}

/** @throws DeployError if its record contradicts itself. */
export async function readStack(): Promise<StackMemory> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const self = new pulumi.StackReference("self", { name });
  const [releases, serving, pinned] = await Promise.all(
    ["releases", "serving", "pinned"].map((output) => self.getOutputDetails(output)),
  );
  try {
    return { ...parseReleases(releases?.value, serving?.value), pinned: pinned?.value as Pin | undefined };
  } catch (error) {
    throw inWords(error);
  }
}
