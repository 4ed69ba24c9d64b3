/** What a local cluster says of its registry (KEP-1755). Pure. */
import { parse } from "yaml";

export interface LocalRegistry {
  /** The registry as tools on this machine push to it. */
  readonly push: string;
  /** The same registry as nodes pull from it. */
  readonly pull: string;
}

/** @param text The value of localRegistryHosting.v1, YAML. @returns undefined if it names no host. */
export function parseLocalRegistry(text: string): LocalRegistry | undefined {
  const { host, hostFromContainerRuntime } = (parse(text) ?? {}) as {
    host?: unknown;
    hostFromContainerRuntime?: unknown;
  };
  if (typeof host !== "string" || host === "") return undefined;
  return {
    push: host,
    pull:
      typeof hostFromContainerRuntime === "string" && hostFromContainerRuntime !== ""
        ? hostFromContainerRuntime
        : host,
  };
}
