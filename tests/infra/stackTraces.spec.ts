import assert from "node:assert/strict";

describe("withPackage", () => {
  const prepareStackTrace = Error.prepareStackTrace;
  let withPackage: typeof import("../../infra/stackTraces.ts").withPackage;
  before(async () => {
    ({ withPackage } = await import("../../infra/stackTraces.ts"));
  });
  after(() => {
    Error.prepareStackTrace = prepareStackTrace; // importing it takes that over
  });

  for (const { fact, stack, shown } of [
    {
      fact: "puts the package into each line that has a scope only",
      stack: `Error: no
    at new Resource (/app/node_modules/@pulumi/resource.ts:12:3)
    at async main (file:///app/node_modules/@pulumi/cmd.run.ts:1:1)`,
      shown: `Error: no
    at new Resource (/app/node_modules/@pulumi/pulumi/resource.ts:12:3)
    at async main (file:///app/node_modules/@pulumi/pulumi/cmd.run.ts:1:1)`,
    },
    {
      fact: "knows Windows' separators",
      stack: "    at C:\\app\\node_modules\\@pulumi\\output.ts:1:1",
      shown: "    at C:\\app\\node_modules\\@pulumi\\pulumi/output.ts:1:1",
    },
    ...[
      "    at /app/node_modules/@pulumi/pulumi/resource.js:12:3",
      "    at /app/node_modules/@pulumi/kubernetes/core/v1/service.ts:12:3",
      "    at /app/node_modules/@types/resource.ts:12:3",
      "    at /app/infra/index.ts:12:3",
      "Error: @pulumi/resource.ts",
      "",
    ].map((stack) => ({ fact: `leaves ${JSON.stringify(stack)} as it is`, stack, shown: stack })),
  ]) {
    it(fact, () => {
      assert.equal(withPackage(stack), shown);
    });
  }
});
