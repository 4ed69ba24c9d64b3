import type { Finding } from "../report/report.ts";

/** The contents of a file, or why it cannot be used. */
export type Material<T> =
  | { readonly file: string; readonly value: T; readonly findings: readonly [] }
  | { readonly file: string; readonly value?: undefined; readonly findings: readonly Finding[] };
