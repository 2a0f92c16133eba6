/** The first rows of a file as the prompts that they become, read in the browser before anything is sent. */

import { turns } from "./prompt";

export interface Preview {
  /** What rows have: columns of a table, or fields of objects. */
  fields: string[];
  rows: Record<string, unknown>[];
  /** Rows that cannot be read, by line. */
  flaws: { line: number; why: string }[];
}

const HEAD_BYTES = 256 * 1024;
const ROWS = 5;

export async function preview(file: File): Promise<Preview> {
  const text = (await file.slice(0, HEAD_BYTES).text()).replace(/^\ufeff/, "");
  const whole = file.size > HEAD_BYTES ? text.slice(0, text.lastIndexOf("\n") + 1) : text;
  return /\.(csv|tsv|tab)$/i.test(file.name) ? ofTable(whole) : ofLines(whole);
}

function ofLines(text: string): Preview {
  const found: Preview = { fields: [], rows: [], flaws: [] };
  for (const [at, line] of text.split("\n").entries()) {
    if (found.rows.length + found.flaws.length === ROWS) break;
    if (!line.trim()) continue;
    try {
      found.rows.push(JSON.parse(line) as Record<string, unknown>);
    } catch (error) {
      found.flaws.push({ line: at + 1, why: String(error) });
    }
  }
  found.fields = [...new Set(found.rows.flatMap((row) => Object.keys(row)))];
  return found;
}

function ofTable(text: string): Preview {
  const sign = separator(text.split("\n", 1)[0] ?? "");
  const [fields = [], ...rows] = cells(text, sign, ROWS + 1);
  return { fields, rows: rows.map((row) => Object.fromEntries(fields.map((name, at) => [name, row[at] ?? ""]))), flaws: [] };
}

function separator(header: string): string {
  const counted = [",", ";", "\t"].map((sign): [string, number] => [sign, header.split(sign).length]);
  return counted.reduce((most, each) => (each[1] > most[1] ? each : most))[0];
}

/** Rows of a CSV; quoted cells may hold separators, quotes and line ends. */
export function cells(text: string, sign: string, most: number): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const pattern = new RegExp(`("(?:[^"]|"")*"|[^${sign}\\r\\n]*)(${sign}|\\r?\\n|$)`, "g");
  for (const [, cell = "", end = ""] of text.matchAll(pattern)) {
    row.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (end === sign) continue;
    if (row.length > 1 || row[0]) rows.push(row);
    if (rows.length === most || !end) break;
    row = [];
  }
  return rows;
}

const BRACES = /\{\{|\}\}|\{([^{}]+)\}/g;

/** The prompt of a row: the template's, or what the row says itself; null if it says nothing. */
export function prompt(row: Record<string, unknown>, template: string): string | null {
  if (template) return filled(row, template);
  const said = turns(row).filter((turn) => turn.text);
  return said.length ? said.map((turn) => turn.text).join("\n\n") : null;
}

/** Gaps filled as the API fills them: `{{` and `}}` are braces, what is no text goes in as JSON. */
function filled(row: Record<string, unknown>, template: string): string {
  return template.replace(BRACES, (found: string, name: string | undefined) => {
    if (name === undefined) return found.slice(1);
    const value = row[name.trim()];
    if (value === undefined) return found;
    return typeof value === "string" ? value : value === null ? "" : JSON.stringify(value);
  });
}

/** The gaps of a template that no row fills. */
export function unfilled(template: string, fields: string[]): string[] {
  const names = [...template.matchAll(BRACES)].flatMap(([, name]) => (name === undefined ? [] : [name.trim()]));
  return names.filter((name) => !fields.includes(name));
}
