/** A value of the data, for people: `2021`, `21,000`, `"north"`. */
export function shown(value: number | string, digits = 15): string {
  return typeof value === "string"
    ? JSON.stringify(value)
    : value.toLocaleString("en", { maximumSignificantDigits: digits, useGrouping: "min2" });
}

/** `17 in line 12, 16 in line 40, …` @param of How many there are in all. */
export function firstFew(few: readonly string[], of: number): string {
  return [...few, ...(of > few.length ? ["…"] : [])].join(", ");
}
