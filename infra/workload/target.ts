/** Where releases go. */
import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings/rules.ts";
import { checkNamespace } from "./checkNamespace.ts";
import { InferenceService, type InferenceServiceArgs } from "./inferenceService.ts";

export interface Target {
  /**
   * Sees that it can take a release, before anything is judged or declared.
   *
   * @throws DeployError if it cannot.
   */
  check(): Promise<void>;
  /** Declares a release. @returns The URL for callers, known once it serves. */
  deploy(release: Omit<InferenceServiceArgs, "settings">): pulumi.Output<string>;
}

/** The cluster that the Kubernetes provider deploys to. */
export function kubernetesTarget(settings: Settings): Target {
  return {
    check: () => checkNamespace(settings),
    deploy: (release) => new InferenceService("inference", { ...release, settings }).url,
  };
}
