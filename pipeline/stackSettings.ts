/** A stack's settings without Pulumi: its file over the defaults of Pulumi.yaml. Edge. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "yaml";
import { CHECKOUT } from "../common/checkout.ts";
import { checkSettings, type Settings } from "../infra/settings/settings.ts";
import { type Environment, shortName } from "./environment.ts";
import { PipelineError } from "./pipelineError.ts";

/**
 * Without a stack, the defaults.
 *
 * @throws PipelineError with every mistake.
 */
export async function readStackSettings(env: Environment): Promise<Settings> {
  const project = parse(await readFile(path.join(CHECKOUT, "Pulumi.yaml"), "utf8"));
  const { PULUMI_STACK: stack, PULUMI_OPTION_CONFIG_FILE: given } = env;
  const file = given ?? (stack ? path.join(CHECKOUT, `Pulumi.${shortName(stack)}.yaml`) : undefined);
  const config = file === undefined ? {} : parse(await readFile(file, "utf8"))?.config;
  const { settings, mistakes } = checkSettings((key) => {
    const value = config?.[`slipway:${key}`] ?? project.config[`slipway:${key}`].default;
    return value === "" ? undefined : value;
  });
  if (mistakes.length > 0)
    throw new PipelineError(mistakes.map(({ what, fix }) => `${what} ${fix}`).join("\n"), {
      at: file ?? "Pulumi.yaml",
      fix: "change those settings",
    });
  return settings;
}
