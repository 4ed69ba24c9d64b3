/** A stack's settings as Pulumi gives them to the program. The only reader of `pulumi.Config`. */
import * as pulumi from "@pulumi/pulumi";
import { DeployError } from "../environment/deployError.ts";
import { fromTexts } from "./fromTexts.ts";
import type { Settings } from "./rules.ts";
import { SettingsError } from "./settingsError.ts";

/**
 * Reads and checks every setting.
 *
 * @throws DeployError with all mistakes.
 */
export function fromPulumi(config = new pulumi.Config()): Settings {
  const prefix = `${config.name}:`;
  const keys = Object.keys(pulumi.runtime.allConfig())
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length));
  try {
    return fromTexts(new Map(keys.map((key) => [key, config.get(key)])), `Pulumi.${pulumi.getStack()}.yaml`);
  } catch (error) {
    throw error instanceof SettingsError ? new DeployError(error.message) : error;
  }
}
