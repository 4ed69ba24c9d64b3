import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { trackedFiles } from "../support/trackedFiles.ts";

const root = path.join(import.meta.dirname, "..", "..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");
const names = readdirSync(path.join(root, ".github", "workflows"));
const workflows = new Map(names.map((name) => [name, parse(read(`.github/workflows/${name}`))]));
const prepare = parse(read(".github/actions/prepare/action.yml"));
const { scripts, dependencies } = JSON.parse(read("package.json"));
const everything = [".github/actions/prepare/action.yml", ...names.map((name) => `.github/workflows/${name}`)]
  .map(read)
  .join("\n");

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
type Job = Readonly<Record<string, any>>;

const jobs = [...workflows].flatMap(([name, { jobs }]) =>
  Object.values<Job>(jobs).map((job) => ({ name, job, steps: (job["steps"] ?? []) as readonly Step[] })),
);
const steps: readonly Step[] = [...jobs.flatMap(({ steps }) => steps), ...prepare.runs.steps];

const isScript = (run: string) => {
  const command =
    /^(?:exec )?npm (?:run --silent )?([\w:]+)(?: --silent)?(?: --ignore-scripts)?(?: -- \S+)?$/.exec(run);
  return command?.[1] === "ci" || (command?.[1] ?? "") in scripts;
};
const isPinned = (uses: string) => /^\.\/|^[\w.-]+\/[\w.-]+@[0-9a-f]{40}$/.test(uses);

describe("the rules of the workflows", () => {
  for (const [name, { on, permissions }] of workflows) {
    it(`${name} gives no rights to all jobs, and never runs a stranger's code with our rights`, () => {
      assert.deepEqual(permissions, {});
      const triggers = Object.keys(on);
      assert.deepEqual(
        triggers.filter((trigger) => /^(pull_request_target|workflow_run|issue_comment)$/.test(trigger)),
        [],
      );
    });
  }

  for (const { name, job, steps } of jobs) {
    it(`${name} limits its job's time and rights`, () => {
      assert.ok(job["uses"] !== undefined || job["timeout-minutes"] <= 120);
      assert.ok(Object.keys(job["permissions"]).length > 0);
      for (const { uses = "", with: given } of steps)
        if (uses.startsWith("actions/checkout@")) assert.equal(given?.["persist-credentials"], false);
    });

    it(`${name} has an environment if it has a secret`, () => {
      const hasSecret = /secrets\./.test(JSON.stringify(job["steps"] ?? []));

      assert.ok(!hasSecret || job["environment"] !== undefined);
    });
  }

  it("each step runs one script of package.json, or an action that is pinned by its commit", () => {
    const wrong = steps.filter(({ run, uses }) =>
      uses === undefined ? !isScript(run ?? "") : !isPinned(uses),
    );

    assert.deepEqual(wrong, []);
    assert.doesNotMatch(everything, /uses: [^.\s]\S+(?! # v\d+\.\d+\.\d+)$/m);
  });

  it("names only commands that npm run pipeline has", () => {
    const commands = [...read("pipeline/main.ts").matchAll(/command\(\s*"([\w-]+)"/g)].map(
      ([, name]) => name,
    );
    const named = [
      ...everything.matchAll(/pipeline -- ([\w-]+)/g),
      ...everything.matchAll(/command: (deploy)/g),
    ].map(([, name]) => name);

    assert.deepEqual(
      named.filter((name) => !commands.includes(name)),
      [],
    );
  });

  it("check, which runs a fork's code, has no secret, no variable and only a token that reads", () => {
    assert.doesNotMatch(read(".github/workflows/check.yml"), /secrets|vars\./);
    assert.deepEqual(jobs.find(({ name }) => name === "check.yml")?.job["permissions"], { contents: "read" });
  });

  it("preview leaves forks out", () => {
    assert.match(
      read(".github/workflows/preview.yml"),
      /github\.event\.pull_request\.head\.repo\.full_name == github\.repository/,
    );
  });

  it("a job that changes a stack runs alone, to its end, after a person's consent, with the rights that its callers give", () => {
    const { job } = jobs.find(({ name }) => name === "stack.yml")!;

    assert.deepEqual(job["concurrency"], { group: "stack-${{ inputs.stack }}", "cancel-in-progress": false });
    assert.equal(job["environment"], "production");
    for (const caller of jobs.filter(({ job }) => job["uses"] === "./.github/workflows/stack.yml"))
      assert.deepEqual(caller.job["permissions"], job["permissions"], caller.name);
  });

  it("installs the Pulumi whose SDK is in package.json", () => {
    const install = steps.find(({ uses = "" }) => uses.startsWith("pulumi/actions@"));

    assert.deepEqual(install?.with, { "pulumi-version": dependencies["@pulumi/pulumi"] });
  });

  it("docs/pipeline.md names each variable and secret once, and no other", () => {
    const rows = [...read("docs/pipeline.md").matchAll(/^\| `([A-Z_]+)` +\|/gm)].map(([, name = ""]) => name);
    const used = new Set(
      [...everything.matchAll(/(?:vars|secrets)\.([A-Z_]+)/g)].map(([, name = ""]) => name),
    );

    assert.deepEqual(rows.toSorted(), [...used].toSorted());
  });

  it("docs/pipeline.md needs at most ten steps to the first deployment", () => {
    const section =
      /## From nothing to the first deployment\n([\s\S]*?)\n## /.exec(read("docs/pipeline.md"))?.[1] ?? "";
    const numbers = [...section.matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number));

    assert.ok(numbers.length > 0 && numbers.length <= 10, `${numbers}`);
    assert.deepEqual(
      numbers,
      numbers.map((_, i) => i + 1),
    );
  });

  it("Dependabot keeps every dependency fresh, in every folder that has some", function () {
    const tracked = trackedFiles() ?? this.skip();
    const { updates } = parse(read(".github/dependabot.yml"));
    const watched = (ecosystem: string): readonly string[] =>
      updates
        .filter((update: Job) => update["package-ecosystem"] === ecosystem)
        .flatMap(({ directory, directories = [directory] }: Job) => directories);
    /** A module without dependencies has nothing to keep fresh. */
    const folders = (name: RegExp, has = /(?:)/) => {
      const files = tracked.filter((file) => name.test(path.basename(file)) && has.test(read(file)));
      return [...new Set(files.map((file) => path.posix.join("/", path.dirname(file))))].toSorted();
    };

    assert.deepEqual(watched("pip").toSorted(), folders(/requirements\.txt$/));
    assert.deepEqual(watched("docker"), folders(/^Dockerfile/));
    assert.deepEqual(watched("gomod"), folders(/^go\.mod$/, /^require /m));
    assert.deepEqual(watched("npm"), folders(/^package-lock\.json$/));
    assert.deepEqual(watched("github-actions"), ["/", ...folders(/^action\.ya?ml$/)]);
  });
});
