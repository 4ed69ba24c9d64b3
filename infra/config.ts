/** The settings of the stack. The only reader of `pulumi.Config`. */
import * as pulumi from "@pulumi/pulumi";
import { DeployError } from "./errors.ts";
import { checkSettings, type Setting, type Settings } from "./settings.ts";

/** A declared setting without a default is one that every stack must set, so `Pulumi.yaml` has this one for the optional. */
const UNSET = "";

/**
 * Reads and checks every setting.
 *
 * @throws DeployError with all mistakes at once, each with its key and its fix.
 */
export function readConfig(config = new pulumi.Config()): Settings {
  const read = (key: Setting): unknown => {
    const text = config.get(key);
    try {
      return text === undefined || text === UNSET ? undefined : JSON.parse(text);
    } catch {
      return text; // a plain word such as NodePort is no JSON
    }
  };
  const { settings, mistakes } = checkSettings(read);
  if (mistakes.length > 0)
    throw new DeployError(
      mistakes
        .map(
          (mistake) =>
            `${mistake.what}\n  at:  Pulumi.${pulumi.getStack()}.yaml, key ${config.name}:${mistake.key}\n  fix: ${mistake.fix}`,
        )
        .join("\n\n"),
    );
  return Object.freeze(settings);
}
