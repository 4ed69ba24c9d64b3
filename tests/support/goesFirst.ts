/** For specs that measure time. */
import { getPriority, setPriority } from "node:os";

const AHEAD = -10;

/** Gives a suite, and all that it starts, priority over everything else on this machine. Without root it takes turns. */
export function goesFirst(): void {
  let usual = 0;
  before(() => {
    usual = getPriority();
    prefer(AHEAD);
  });
  after(() => prefer(usual));
}

function prefer(niceness: number): void {
  try {
    setPriority(niceness);
  } catch (error) {
    if ((error as { info?: { code?: string } }).info?.code !== "EACCES") throw error;
  }
}
