/** Pulumi's mocks, and the resources that a program registers under them, with options that mocks do not see. */
import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";

export interface Registration {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  /** `type::name` of its parent. Undefined at the top, since mocks make no stack. */
  readonly parent: string | undefined;
  readonly retainOnDelete: boolean;
  /** `type::name` of its dependencies by `dependsOn` or by inputs, sorted. */
  readonly dependencies: readonly string[];
  /** Absent: none. */
  readonly ignoreChanges?: readonly string[];
  /** `type::name` of the parents that it had before. Absent: none. */
  readonly formerParents?: readonly string[];
  readonly customTimeouts: { readonly create: string; readonly update: string } | undefined;
}

export interface MockOptions {
  readonly stack?: string;
  readonly preview?: boolean;
  /** Outputs of a resource besides its inputs, by its type. */
  readonly outputs?: Readonly<Record<string, Record<string, unknown>>>;
  /** How long a resource takes to be made, in milliseconds, by its type. */
  readonly slow?: Readonly<Record<string, number>>;
}

/**
 * Replaces the engine with mocks: project `slipway`, every resource as it was declared.
 *
 * @returns The resources that are registered from now on, in order.
 */
export async function setMocks({
  stack = "test",
  preview = false,
  outputs = {},
  slow = {},
}: MockOptions = {}): Promise<Registration[]> {
  const registrations: Registration[] = [];
  await pulumi.runtime.setMocks(
    {
      call: ({ inputs }) => inputs,
      newResource: async ({ type, name, inputs }) => {
        await sleep(slow[type] ?? 0);
        return { id: `${name}-id`, state: { ...inputs, ...outputs[type] } };
      },
    },
    "slipway",
    stack,
    preview,
  );
  // Mocks do not see parents and options, but the monitor behind them does.
  const monitor = pulumi.runtime.getMonitor() as any;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request: any, reply: unknown) => {
    registrations.push(registration(request));
    return register(request, reply);
  };
  // Pulumi's own mocks have none.
  monitor.registerErrorHook = (_request: unknown, reply: (error: null, answer: object) => void) =>
    reply(null, {});
  return registrations;
}

function registration(request: any): Registration {
  const timeouts = request.getCustomtimeouts();
  const ignoreChanges = request.getIgnorechangesList();
  const parent = identity(request.getParent());
  const parents: (string | undefined)[] = request
    .getAliasesList()
    .map((alias: any) => identity(alias.getSpec()?.getParenturn() ?? ""));
  const formerParents = [...new Set(parents)].filter((one) => one !== undefined && one !== parent);
  return {
    type: request.getType(),
    name: request.getName(),
    inputs: request.getObject()?.toJavaScript() ?? {},
    parent,
    retainOnDelete: request.getRetainondelete() ?? false,
    dependencies: request.getDependenciesList().map(identity).toSorted(),
    ...(ignoreChanges.length > 0 && { ignoreChanges }),
    ...(formerParents.length > 0 && { formerParents: formerParents as string[] }),
    customTimeouts: timeouts?.getCreate()
      ? { create: timeouts.getCreate(), update: timeouts.getUpdate() }
      : undefined,
  };
}

/** The end of a URN: `…::parent$type::name`. */
function identity(urn: string): string | undefined {
  const [, , types = "", name] = urn.split("::");
  return name === undefined ? undefined : `${types.split("$").at(-1)}::${name}`;
}

/** Waits for every registration under way. */
export async function allRegistered(): Promise<void> {
  await (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
}

/** The value of an output, once known. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}
