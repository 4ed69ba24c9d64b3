/** The settings of the stack that a job's environment names, read without Pulumi. Edge. */
import path from "node:path";
import { CHECKOUT } from "../common/checkout.ts";
import { fromFiles } from "../infra/settings/fromFiles.ts";
import type { Settings } from "../infra/settings/rules.ts";
import { type Environment, shortName } from "./jobEnvironment.ts";

/**
 * Without a stack, the defaults.
 *
 * @throws SettingsError with all mistakes.
 */
export function readStackSettings(env: Environment): Promise<Settings> {
  const { PULUMI_STACK: stack, PULUMI_OPTION_CONFIG_FILE: given } = env;
  const file = given || (stack ? path.join(CHECKOUT, `Pulumi.${shortName(stack)}.yaml`) : undefined);
  return fromFiles(path.join(CHECKOUT, "Pulumi.yaml"), file);
}
