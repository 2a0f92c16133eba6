/** A table of what came, as observations for the API: series, date, value. */

import { cells } from "../batches/preview";

export interface Observation {
  series: string;
  date: string;
  value: number;
}
export interface Read {
  observations: Observation[];
  /** Rows that are none, by line. */
  flaws: { line: number; text: string }[];
}

const SERIES = /^(series|series_name|serie_name|name|sku|item|unique_id)$/i;
const DATE = /^(date|ds|period|month|week|day)$/i;
const VALUE = /^(value|y|actual|quantity|qty|sales|demand)$/i;
const MOST = 20_001;

/** Columns are found by their names, or else are the first three. */
export async function read(file: File): Promise<Read> {
  const text = (await file.text()).replace(/^\ufeff/, "");
  const header = text.split("\n", 1)[0] ?? "";
  const sign = [";", "\t", ","].find((each) => header.includes(each)) ?? ",";
  const [names = [], ...rows] = cells(text, sign, MOST);
  const [series, date, value] = [SERIES, DATE, VALUE].map((wanted, usual) => at(names, wanted, usual)) as [number, number, number];
  const found: Read = { observations: [], flaws: [] };
  for (const [index, row] of rows.entries()) {
    const amount = number(row[value] ?? "", sign);
    if (row[series] && row[date] && amount !== null) found.observations.push({ series: row[series].trim(), date: row[date].trim(), value: amount });
    else found.flaws.push({ line: index + 2, text: row.join(sign) });
  }
  return found;
}

function at(names: string[], wanted: RegExp, usual: number): number {
  const found = names.findIndex((name) => wanted.test(name.trim()));
  return found < 0 ? usual : found;
}

/** A plain number; in a table with semicolons its mark may be a comma. */
function number(text: string, sign: string): number | null {
  const plain = sign === "," ? text.trim() : text.trim().replace(",", ".");
  return /^[-+]?\d+(\.\d+)?$/.test(plain) ? Number(plain) : null;
}
