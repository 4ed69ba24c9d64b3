/** What `pulumi preview --json` says, as far as the comment tells it. Pure. */
import type { StackOutputs } from "../infra/release/stackOutputs.ts";

/** None of them before the first `pulumi up`. */
export type Outputs = Partial<StackOutputs>;

/** One resource that would change. */
export interface Change {
  /** `create`, `update`, `replace`, `delete`. */
  readonly operation: string;
  /** `Deployment inference`. */
  readonly resource: string;
  /** What of it: `spec.replicas`. */
  readonly properties: readonly string[];
}

export interface Plan {
  readonly changes: readonly Change[];
  /** What `pulumi up` left when it last ran. */
  readonly before: Outputs;
  /** The release that the image would be built for. Absent if the image stays as it is. */
  readonly release?: string;
  readonly errors: readonly string[];
}

/** The part of Pulumi's JSON that is used. */
interface PreviewJson {
  readonly steps?: readonly Step[];
  readonly diagnostics?: readonly { readonly severity: string; readonly message: string }[];
}

interface Step {
  readonly op: string;
  readonly urn: string;
  readonly oldState?: { readonly outputs?: object };
  readonly newState?: { readonly inputs?: { readonly labels?: Readonly<Record<string, string>> } };
  readonly detailedDiff?: Readonly<Record<string, unknown>> | null;
}

/** These change nothing, or are the halves of a replacement that is listed as a whole. */
const UNLISTED = ["same", "read", "refresh", "create-replacement", "delete-replaced"];
const STACK = "pulumi:pulumi:Stack";
const IMAGE = "docker-build:index:Image";

/** @param json What `pulumi preview --json` printed; it may be nothing if it ended early. */
export function readPlan(json: string): Plan {
  const { steps = [], diagnostics = [] } = parse(json);
  const stack = steps.find(({ urn }) => typeOf(urn) === STACK);
  const image = steps.find(({ urn, op }) => typeOf(urn) === IMAGE && op !== "delete");
  const release = image?.newState?.inputs?.labels?.["dev.slipway.release"];
  return {
    changes: steps
      .filter(({ op, urn }) => !UNLISTED.includes(op) && typeOf(urn) !== STACK)
      .map(({ op, urn, detailedDiff }) => ({
        operation: op,
        resource: `${typeOf(urn).split(/[:/]/).at(-1)} ${urn.split("::").at(-1)}`,
        properties: Object.keys(detailedDiff ?? {}),
      })),
    before: stack?.oldState?.outputs ?? {},
    ...(release !== undefined && { release }),
    errors: diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message.trim()),
  };
}

function parse(json: string): PreviewJson {
  try {
    return JSON.parse(json) as PreviewJson;
  } catch {
    return { diagnostics: [{ severity: "error", message: json || "pulumi preview printed nothing." }] };
  }
}

/** `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`. */
const typeOf = (urn: string): string => urn.split("::").at(-2)?.split("$").at(-1) ?? "";
