/** One line per request, for who asks for it. */
import pino, { type DestinationStream } from "pino";

/** Nothing of a request but this is written: no path, query, header, feature or answer. */
export interface AccessLine {
  readonly requestId: string;
  readonly traceId: string | undefined;
  readonly method: string | undefined;
  /** The pattern, such as "/predict". */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
}

export type AccessLog = (line: AccessLine) => void;

/** Written in blocks, since a call of the system costs more than a line: each second, and when the process exits. */
const inBlocks = { sync: false, minLength: 4096, periodicFlush: 1_000 };

export function openAccessLog(destination: DestinationStream = pino.destination(inBlocks)): AccessLog {
  const log = pino({ base: null }, destination);
  return (line) => log.info(line, "request");
}
