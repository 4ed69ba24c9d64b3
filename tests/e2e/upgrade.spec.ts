import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { kubectl } from "../../sandbox/components.ts";
import { copyProject, type Project } from "../support/project.ts";
import { startCallers } from "../support/steadyCallers.ts";

interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly [field: string]: unknown;
}
interface State {
  readonly deployment: { readonly resources: readonly Resource[] };
}

/** `pulumi stack export` of a stack named `upgrade` as commit a42ad2f left it: every object was the service's own child. */
const old = JSON.parse(readFileSync("tests/fixtures/upgrade/state.json", "utf8")) as State;

/** What ties a resource to the others. */
const TIES = ["urn", "parent", "dependencies", "propertyDependencies"] as const;
const keyOf = ({ type, urn }: Resource) => `${type}::${urn.split("::").at(-1)}`;

/** The state as a version before would have left it: its resources and their ties, with the values of now. */
function asBefore(now: State): State {
  const values = new Map(now.deployment.resources.map((resource) => [keyOf(resource), resource]));
  const resources = old.deployment.resources.map((resource) => {
    const value = values.get(keyOf(resource));
    if (value === undefined) throw new Error(`There is no ${keyOf(resource)} any more.`);
    const tied = { ...value, ...Object.fromEntries(TIES.map((tie) => [tie, resource[tie]])) } as Resource;
    const { aliases: _, ...kept } = tied;
    if (kept.type !== "pulumi:pulumi:Stack") return kept;
    const { serving: __, ...outputs } = kept["outputs"] as Record<string, unknown>;
    return { ...kept, outputs };
  });
  return { ...now, deployment: { ...now.deployment, resources } };
}

const KINDS = "deployments,services,serviceaccounts,networkpolicies,poddisruptionbudgets,jobs,pods";

describe("a stack of a version before", () => {
  let project: Project;
  before(async () => {
    project = await copyProject({ stack: "upgrade" });
    const { exitCode, all } = await project.pulumi("up", "--yes", "--skip-preview");
    assert.equal(exitCode, 0, all);
  });
  after(async () => {
    await project?.remove();
  });

  const objects = async () => {
    const fields = 'jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.uid}{"\\n"}{end}';
    const { stdout } = await kubectl("-n", project.namespace, "get", KINDS, "-o", fields);
    return stdout.split("\n").toSorted();
  };

  it("is taken over by the next up: nothing is replaced, deleted or changed, and no caller notices", async () => {
    const after = await project.outputs();
    const now = JSON.parse((await project.pulumi("stack", "export")).stdout) as State;
    const file = project.file("../before.json");
    writeFileSync(file, JSON.stringify(asBefore(now)));
    const imported = await project.pulumi("stack", "import", "--file", file);
    assert.equal(imported.exitCode, 0, imported.all);
    assert.equal("serving" in (await project.outputs()), false);
    const untouched = await objects();
    const stop = startCallers(after.url);

    const { stdout } = await project.pulumi("preview", "--json");
    const { exitCode, all } = await project.pulumi("up", "--yes", "--skip-preview");

    const tally = await stop();
    assert.equal(exitCode, 0, all);
    const steps = JSON.parse(stdout).steps as { op: string; urn: string }[];
    assert.deepEqual(
      steps
        .filter(({ op }) => op !== "same" && op !== "read")
        .map(({ op, urn }) => `${op} ${urn.split("::").slice(2).join("::")}`)
        .toSorted(),
      [
        "create slipway:workload:InferenceService$slipway:workload:Entrance::inference",
        "create slipway:workload:InferenceService$slipway:workload:Track::inference",
      ],
    );
    assert.deepEqual(await objects(), untouched);
    assert.deepEqual(await project.outputs(), after);
    assert.deepEqual([tally.failed, tally.releases], [[], [after.release]]);
    const again = await project.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.equal(again.exitCode, 0, again.all);
  });
});
