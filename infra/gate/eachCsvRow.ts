/** Walks through a CSV. Pure. */
import Papa from "papaparse";

export interface CsvRow {
  readonly cells: readonly string[];
  /** The line of the file on which it starts, 1 for the first: a quoted cell may hold line breaks. */
  readonly line: number;
  /** What is wrong with its quotes. */
  readonly fault?: string;
}

const QUOTE_FAULTS: Readonly<Record<string, string>> = {
  MissingQuotes: "A quoted cell is opened and never closed.",
  InvalidQuotes: "A quoted cell goes on after its closing quote.",
};
export const MEND_QUOTES = "put quotes around the whole cell, and write each quote inside it twice";

/**
 * Calls `use` with each row that is not empty, until it returns false.
 *
 * Row by row, since all cells at once take ten times the memory of the text.
 */
export function eachCsvRow(text: string, use: (row: CsvRow) => boolean): void {
  const quoted = text.includes('"');
  let line = 1;
  Papa.parse<string[]>(text, {
    delimiter: ",",
    step: ({ data: cells, errors: [error] }, parser) => {
      const fault = error && QUOTE_FAULTS[error.code];
      const empty = cells.length === 1 && cells[0] === "";
      if (!empty && !use({ cells, line, ...(fault !== undefined && { fault }) })) parser.abort();
      line += quoted ? 1 + lineBreaks(cells) : 1;
    },
  });
}

function lineBreaks(cells: readonly string[]): number {
  return cells.reduce((sum, cell) => sum + (cell.match(/\r\n|\r|\n/g)?.length ?? 0), 0);
}
