/** The one reader of settings, wherever their texts come from. Pure. */
import { conflicts, type Problem, rules, type Setting, type Settings } from "./rules.ts";
import { SettingsError } from "./settingsError.ts";

/** The text that Pulumi gives for each key that is set; undefined: the value is encrypted. */
export type Texts = ReadonlyMap<string, string | undefined>;

/** A declared setting without a default is one that every stack must set, so `Pulumi.yaml` has this one for the optional. */
const UNSET = "";

/**
 * Reads and checks every setting.
 *
 * @param file The one that the person would change, for the mistakes.
 * @throws SettingsError with all mistakes.
 */
export function fromTexts(texts: Texts, file: string): Settings {
  const problems: Problem[] = [];
  const values: Partial<Record<Setting, unknown>> = {};
  for (const key of Object.keys(rules) as Setting[]) {
    const { value, problem } = readOne(key, texts);
    values[key] = value;
    if (problem) problems.push(problem);
  }
  const settings = values as unknown as Settings;
  const wrong = new Set(problems.map(({ key }) => key));
  for (const { of, find } of conflicts) {
    const found = of.some((key) => wrong.has(key)) ? undefined : find(settings);
    if (found) problems.push(found);
  }
  problems.push(...unknown([...texts.keys()]));
  if (problems.length > 0)
    throw new SettingsError(
      problems.map(({ key, what, fix }) => ({ what, at: `${file}, key slipway:${key}`, fix })),
    );
  return Object.freeze(settings);
}

function readOne(key: Setting, texts: Texts): { value?: unknown; problem?: Problem } {
  const rule = rules[key];
  const such = rule.command ?? `pulumi config set ${key} '${rule.example}'`;
  const problem = (what: string, fix = `such as: ${such}`) => ({ problem: { key, what, fix } });

  const text = texts.get(key);
  if (text === undefined && texts.has(key))
    return problem(
      `${key} is encrypted, and only \`pulumi up\` and \`pulumi preview\` can read it.`,
      `no setting is a secret: set it again without --secret, such as: ${such}`,
    );
  if (text === undefined || text === UNSET)
    return rule.optional ? {} : problem(`${key} is not set, and must be ${rule.demand}.`);
  const value = (rule.json ? parse(text) : text) as never;
  if (!rule.accepts(value)) return problem(`${key} is ${JSON.stringify(value)}, and must be ${rule.demand}.`);
  return { value: rule.read ? rule.read(value) : value };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // refused by the setting's own rule, which shows it
  }
}

/** A setting that there is not is a misspelt one, which would otherwise be ignored without a word. */
function unknown(keys: readonly string[]): readonly Problem[] {
  return keys
    .filter((key) => !Object.hasOwn(rules, key))
    .map((key) => ({
      key,
      what: `There is no setting ${key}.`,
      fix: `one of ${Object.keys(rules).join(", ")}; remove it with: pulumi config rm ${key}`,
    }));
}
