import * as pulumi from "@pulumi/pulumi";
import { DeployError } from "../environment/deployError.ts";
import type { Settings } from "../settings/rules.ts";
import { type Pin, pinText } from "./pin.ts";
import { type PinRequest, pinnedEntry } from "./pinRequest.ts";
import { promotionProblems } from "./promotion.ts";
import type { StackMemory } from "./readStack.ts";
import { currentEntry } from "./record.ts";
import { pushReference } from "./servingChampion.ts";
import type { WantedRelease } from "./wantedRelease.ts";

/**
 * The release that the stack is pinned to, as the record has it: nothing of the checkout's model is read, judged or built.
 *
 * @throws DeployError if the record does not have it, or this stack demands more of it than it achieves or than signed it.
 */
export async function pinnedRelease(
  { record, serving }: StackMemory,
  pin: Pin,
  { promoted }: Partial<PinRequest>,
  settings: Pick<Settings, "registry" | "floors" | "override" | "signedBy" | "transparencyLog">,
): Promise<WantedRelease> {
  const entry = pinnedEntry(record, pin, promoted);
  if (entry === undefined)
    throw new DeployError(`This stack is ${pinText(pin)}, and its record does not have that release.`, {
      fix: "npm run rollback -- --to RELEASE, or npm run unpin",
    });
  const problems = promoted === undefined ? [] : promotionProblems(entry, settings);
  if (problems.length > 0) throw new DeployError(problems.join("\n\n"));
  if (settings.signedBy !== undefined) {
    const { demandSignatures } = await import("../attestation/demandSignatures.ts");
    await demandSignatures(await pushReference(entry.image, settings.registry), settings);
  }
  await pulumi.log.warn(
    `This stack is ${pinText(pin)}. This commit is not deployed.\n  To deploy it: npm run unpin`,
  );
  // What was promoted has not run here yet; and its proof stays declared, or the next `up` would delete it.
  return { ...currentEntry(serving, entry), proved: pin.promotedFrom === undefined };
}
