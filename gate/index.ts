/**
 * The main door of gate/: may this model ship? Judging itself (`judge.ts`) takes a second to load, and is not needed for
 * a model that was judged before. `report/` and `render/` are doors for rooms that show a report, and `instruments.ts`
 * is one for adopt/ alone.
 */
export type { Judgement } from "./judge.ts";
export { judgeOnce, type ServingChampion } from "./judgeOnce.ts";
export { CannotJudge } from "./measure/cannotJudge.ts";
export { PassedModel } from "./report/passedModel.ts";
export { reportDigest, writeReport } from "./reportFiles.ts";
