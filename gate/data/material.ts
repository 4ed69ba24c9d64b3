import type { Finding } from "../report/report.ts";

/** A file that was read, or why it could not be used. */
export type Material<T> =
  | { readonly file: string; readonly value: T; readonly findings: readonly [] }
  | { readonly file: string; readonly value?: undefined; readonly findings: readonly Finding[] };
