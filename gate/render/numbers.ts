/** Metrics as people read them. Pure. */
import { figure, whole } from "../../common/shown.ts";
import type { Demand, Metric } from "../report/report.ts";

/** `0.9073`, with more digits if it would otherwise appear on the other side of the demand, or on a bound that it missed. */
export function valueText({ value, demand }: Pick<Metric, "value" | "demand">): string {
  let text = numberText(value);
  if (demand === undefined || !Number.isFinite(value)) return text;
  const misleads = () => isKept(Number(text.replaceAll(",", "")), demand) !== isKept(value, demand);
  for (let digits = 5; misleads(); digits++) text = value.toPrecision(digits); // 17 digits always tell
  return text;
}

/** Whether the value is as good as demanded. A value that is no number is not. */
export function isKept(value: number, { kind, bound }: Demand): boolean {
  return Number.isFinite(value) && (kind === "min" ? value >= bound : value <= bound);
}

/** A difference with its sign: `+0.0120`. It has no more digits than the value itself. */
export function differenceText(difference: number): string {
  const isSmall = Math.abs(difference) < 0.001 && Math.abs(difference) >= 0.00005;
  return `${difference > 0 ? "+" : ""}${isSmall ? difference.toFixed(4) : numberText(difference)}`;
}

/** `0.8964–0.9172`. */
export const intervalText = (ends: readonly [number, number]): string =>
  ends.every(Number.isFinite) ? ends.map(numberText).join("–") : numberText(Number.NaN);

/** `≥ 0.85`: the bound as it is written in the contract. */
export function demandText({ kind, bound }: Demand): string {
  const text = Number.isInteger(bound) && Math.abs(bound) < 1e15 ? whole(bound) : String(bound);
  return `${kind === "min" ? "≥" : "≤"} ${text}`;
}

/** A number as text, or a dash if it is not finite. */
export const numberText = (value: number): string => (Number.isFinite(value) ? figure(value) : "–");
