/** `npm run refusals`: writes `docs/refusals.md` anew. Read what changed before you commit it. */
import { writeFileSync } from "node:fs";
import { BAD_ARTEFACTS } from "./support/badArtefacts.ts";
import { REFUSALS, refusalOf } from "./support/refusals.ts";

const sections = [];
for (const artefact of BAD_ARTEFACTS)
  sections.push(`## ${artefact.name}\n\n\`\`\`text\n${await refusalOf(artefact)}\n\`\`\`\n`);
writeFileSync(
  REFUSALS,
  `# What the gate refuses, and what it says

Each way in which the tests break a model folder, with the whole answer. \`npm run refusals\` writes this page, and a test
compares it. N stands for what is measured, and differs from run to run.

${sections.join("\n")}`,
);
