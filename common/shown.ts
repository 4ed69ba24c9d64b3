/** A value of the data, for people: `2021`, `21,000`, `"north"`. */
export function shown(value: number | string, digits = 15): string {
  if (typeof value === "string") return JSON.stringify(value);
  const text = String(Number(value.toPrecision(digits)));
  const [, sign = "", integer = "", fraction = ""] = /^(-?)(\d{5,})(\.\d+)?$/.exec(text) ?? [];
  return integer === "" ? text : `${sign}${whole(Number(integer))}${fraction}`;
}

/** `17 in line 12, 16 in line 40, …` @param of How many there are in all. */
export function firstFew(few: readonly string[], of: number): string {
  return [...few, ...(of > few.length ? ["…"] : [])].join(", ");
}

/** `3,000`: a whole number with commas between the thousands. The first `toLocaleString` takes 20 ms. */
export const whole = (n: number): string => String(n).replace(/\B(?=(?:\d{3})+$)/g, ",");

/** A metric's value as text: `0.9073`, `12,345.7`, `0.0000123`. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (size >= 1000) return value.toLocaleString("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return size >= 0.001 || size === 0 ? value.toFixed(4) : value.toPrecision(3);
}
