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
  const given = { ...Object.fromEntries(new URLSearchParams(query)), ...spread(call.body as Values | undefined) };
  const found = way(call.method, path, given);
  const [command, python] = found?.way ?? [null, null];
  return {
    curl: curl(call, api),
    command: command && filled(command, found?.places ?? {}, given, { value: quoted, named: option, file: " FILE" }),
    python: python && filled(python, found?.places ?? {}, given, { value: literal, named: argument, file: ', "FILE"' }).replaceAll("(, ", "("),
  };
}

function curl({ method, path, body }: Call, api: string): string {
  const parts = ["curl", ...(method === "GET" ? [] : [`-X ${method}`]), quoted(api + path), '-H "Authorization: Bearer $FANFOLD_KEY"'];
  if (body !== undefined) parts.push("-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body))}`);
  return parts.join(" ");
}

/** What was sent, with what stands inside of it, as the work of a schedule does. */
function spread(body: Values = {}): Values {
  const inside = Object.values(body).filter((each): each is Values => typeof each === "object" && each !== null && !Array.isArray(each));
  return Object.assign({}, ...inside, body) as Values;
}

/** The route that a call went to, and what stands in the places of its path; one that names a field is of bodies with it. */
function way(method: string, asked: string, given: Values): { way: Way; places: Values } | null {
  for (const [key, found] of Object.entries(ways as unknown as Record<string, Way>)) {
    const [verb, route = "", field] = key.split(" ");
    const names = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
    const match = verb === method && (!field || field in given) && new RegExp(`^${route.replace(/\{\w+\}/g, "([^/]+)")}$`).exec(asked);
    if (match) return { way: found, places: Object.fromEntries(names.map((name, at) => [name, decodeURIComponent(match[at + 1] ?? "")])) };
  }
  return null;
}

/** How a language says a value, a named one, and the file that was handed in. */
interface Manner {
  value: (one: unknown) => string;
  named: (name: string, one: unknown) => string;
  file: string;
}

/** `{job}` is a place of the path; `{&a,b=c}` are what was asked or sent by those names, `b` under the name `c`;
 * `{@file}` is a file that was handed in, `{@timing}` when a schedule is due. */
function filled(text: string, places: Values, given: Values, { value, named, file }: Manner): string {
  const all = (names: string) =>
    names
      .split(",")
      .map((each) => each.split("=") as [string, string?])
      .map(([name, other]) => (given[name] == null || given[name] === "" ? "" : named(other ?? name, given[name])))
      .join("");
  const told = (name: string) => (name === "timing" ? timing(given) : "upload" in given ? file : "");
  return text.replace(/\{([&@]?)([^}]+)\}/g, (_, sign: string, names: string) => (sign === "&" ? all(names) : sign ? told(names) : value(places[names] ?? given[names] ?? "")));
}

/** As the command line has it: `--cron FIELDS`, `--rate N UNIT` or `--every N UNIT`. */
function timing({ expression, every, unit }: Values): string {
  const [, kind, fields] = /^(cron|rate)\((.*)\)$/.exec(String(expression)) ?? [];
  return kind ? ` --${kind} ${quoted(fields)}` : ` --every ${every} ${unit ?? "days"}`;
}

function option(name: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((each) => option(name, each)).join("");
  if (typeof value === "object" && value !== null) return Object.entries(value).map(([key, each]) => option(name, `${key}=${each}`)).join("");
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
