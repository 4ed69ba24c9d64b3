/** A door of gate/: a report as people read it. Pure. */
export { difference, joined, renderMarkdown, renderSections } from "./markdown.ts";
export { intervalText, numberText, valueText } from "./numbers.ts";
export { safeMarkdown } from "./safeMarkdown.ts";
export { verdictSentence } from "./sentences.ts";
export { renderReport } from "./terminal.ts";
