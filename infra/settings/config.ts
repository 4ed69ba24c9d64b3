/** The settings of the stack. The only reader of `pulumi.Config`. */
import * as pulumi from "@pulumi/pulumi";
import { DeployError } from "../environment/deployError.ts";
import { checkTexts, mistakesText, type Settings, unknownSettings } from "./settings.ts";

/**
 * Reads and checks every setting.
 *
 * @throws DeployError with all mistakes at once, each with its key and its fix.
 */
export function readConfig(config = new pulumi.Config()): Settings {
  const { settings, mistakes } = checkTexts((key) => config.get(key));
  const prefix = `${config.name}:`;
  const keys = Object.keys(pulumi.runtime.allConfig()).filter((key) => key.startsWith(prefix));
  const all = [...mistakes, ...unknownSettings(keys.map((key) => key.slice(prefix.length)))];
  if (all.length > 0) throw new DeployError(mistakesText(all, pulumi.getStack()));
  return Object.freeze(settings);
}
