/** For specs that measure time. */
import { getPriority, setPriority } from "node:os";

const AHEAD = -10;

/** Has a suite, and what it starts, go before all else that this machine does; where it is not root, in turn with it. */
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
