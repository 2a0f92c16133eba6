/** A call as a line of curl, of the command line, and of Python. */

import type { Call } from "./did";
import ways from "./ways.json";

export interface Lines {
  curl: string;
  /** Null where there is none for it. */
  command: string | null;
  python: string | null;
}
type Values = Record<string, unknown>;
type Way = [command: string | null, python: string | null];

export function said(call: Call, api: string): Lines {
  const [path = "", query = ""] = call.path.split("?", 2);
  const found = way(`${call.method} ${path}`);
  const given = { ...Object.fromEntries(new URLSearchParams(query)), ...(call.body as Values | undefined) };
  const [command, python] = found?.way ?? [null, null];
  return {
    curl: curl(call, api),
    command: command && filled(command, found?.places ?? {}, given, quoted, option),
    python: python && filled(python, found?.places ?? {}, given, literal, argument).replaceAll("(, ", "("),
  };
}

function curl({ method, path, body }: Call, api: string): string {
  const parts = ["curl", ...(method === "GET" ? [] : [`-X ${method}`]), quoted(api + path), '-H "Authorization: Bearer $FANFOLD_KEY"'];
  if (body !== undefined) parts.push("-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body))}`);
  return parts.join(" ");
}

/** The route that a call went to, and what stands in the places of its path. */
function way(asked: string): { way: Way; places: Values } | null {
  for (const [route, found] of Object.entries(ways as unknown as Record<string, Way>)) {
    const names = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
    const match = new RegExp(`^${route.replace(/\{\w+\}/g, "([^/]+)")}$`).exec(asked);
    if (match) return { way: found, places: Object.fromEntries(names.map((name, at) => [name, decodeURIComponent(match[at + 1] ?? "")])) };
  }
  return null;
}

/** `{job}` is a place of the path; `{&a,b=c}` are what was asked or sent by those names, `b` under the name `c`. */
function filled(text: string, places: Values, given: Values, value: (one: unknown) => string, named: (name: string, one: unknown) => string): string {
  const all = (names: string) =>
    names
      .split(",")
      .map((each) => each.split("=") as [string, string?])
      .map(([name, other]) => (given[name] == null || given[name] === "" ? "" : named(other ?? name, given[name])))
      .join("");
  return text.replace(/\{(&?)([^}]+)\}/g, (_, many: string, names: string) => (many ? all(names) : value(places[names] ?? given[names] ?? "")));
}

function option(name: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((each) => option(name, each)).join("");
  return value === true ? ` --${name}` : value === false ? "" : ` --${name} ${quoted(value)}`;
}

function argument(name: string, value: unknown): string {
  return `, ${name}=${literal(value)}`;
}

function quoted(value: unknown): string {
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** As Python writes it. */
function literal(value: unknown): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value === "object") return `{${Object.entries(value as object).map(([name, each]) => `${literal(name)}: ${literal(each)}`).join(", ")}}`;
  return JSON.stringify(value);
}
