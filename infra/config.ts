/** The settings of the stack. The only reader of `pulumi.Config`. */
import * as pulumi from "@pulumi/pulumi";
import { DeployError } from "./errors.ts";
import { checkSettings, type Setting, type Settings, unknownSettings } from "./settings.ts";

/** A declared setting without a default is one that every stack must set, so `Pulumi.yaml` has this one for the optional. */
const UNSET = "";

/** Those that are no text. */
const JSON_SETTINGS: readonly Setting[] = [
  "createNamespace",
  "platforms",
  "serviceAnnotations",
  "loadBalancerSourceRanges",
  "allowFrom",
  "replicas",
  "maxReplicas",
  "floors",
];

/**
 * Reads and checks every setting.
 *
 * @throws DeployError with all mistakes at once, each with its key and its fix.
 */
export function readConfig(config = new pulumi.Config()): Settings {
  const { settings, mistakes } = checkSettings((key) => {
    const text = config.get(key);
    if (text === undefined || text === UNSET) return undefined;
    return JSON_SETTINGS.includes(key) ? parse(text) : text;
  });
  const prefix = `${config.name}:`;
  const keys = Object.keys(pulumi.runtime.allConfig()).filter((key) => key.startsWith(prefix));
  const all = [...mistakes, ...unknownSettings(keys.map((key) => key.slice(prefix.length)))];
  if (all.length > 0) {
    const file = `Pulumi.${pulumi.getStack()}.yaml`;
    const paragraphs = all.map(
      ({ what, key, fix }) => `${what}\n  at:  ${file}, key ${prefix}${key}\n  fix: ${fix}`,
    );
    throw new DeployError(paragraphs.join("\n\n"));
  }
  return Object.freeze(settings);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // refused by the setting's own rule, which shows it
  }
}
