/** NaN for what is no number; `Number` alone takes an empty cell for 0. */
export function toNumber(cell: string): number {
  const value = Number(cell);
  return value === 0 && cell.trim() === "" ? Number.NaN : value;
}
