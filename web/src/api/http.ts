/** Calls of the API: the key, problem documents as errors, and answers that have not changed are not sent again. */

import { did, forgetCalls } from "../help/did";
import { isDue, key, renewed } from "../session";
import type { Problem, Upload } from "./types";

/** The event by which the page hears that the key is not valid, or no longer. */
export const KEY_REFUSED = "fanfold-key-refused";
const KEPT = 64;
const seen = new Map<string, { etag: string; body: unknown }>();
/** In how many seconds another look at an answer is worth it, by the API. */
const hints = new WeakMap<object, number>();
let base = "";
let signInAt: Issuer | null = null;

export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly problem: Partial<Problem>,
  ) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
  }
}

/** Nobody answered: the network is down, or the service is. */
export class Unreachable extends Error {}

/** What has to be asked again in a while, as a file that is being made. */
export interface NotYet {
  again: number;
}

/** Where people sign in without a key: an OpenID Connect issuer, and the page's client there. */
export interface Issuer {
  issuer: string;
  client_id: string;
}

/** What the deployment says to the page: its API, empty if it is on the same origin, and its issuer, if it has one. */
export async function configure(): Promise<void> {
  const config = (await (await fetch("config.json", { cache: "no-store" })).json()) as { api: string; sign_in?: Issuer | null };
  base = config.api;
  signInAt = config.sign_in ?? null;
}

export function issuer(): Issuer | null {
  return signInAt;
}

/** Where the API is. */
export function origin(): string {
  return base || location.origin;
}

/** In how many milliseconds to ask again, as the API says; null if it does not. */
export function hint(answer: unknown): number | null {
  const seconds = typeof answer === "object" && answer !== null ? hints.get(answer) : undefined;
  return seconds === undefined ? null : seconds * 1000;
}

export type Query = Record<string, string | number | null | undefined>;

export function get<T>(path: string, query: Query = {}): Promise<T> {
  return call<T>("GET", path + asked(query));
}

export function post<T>(path: string, body?: unknown, idempotencyKey?: string): Promise<T> {
  const headers: Record<string, string> = idempotencyKey ? { "Idempotency-Key": idempotencyKey } : {};
  return call<T>("POST", path, body, headers);
}

export function put<T>(path: string, body: unknown): Promise<T> {
  return call<T>("PUT", path, body);
}

export function patch<T>(path: string, body: unknown): Promise<T> {
  return call<T>("PATCH", path, body);
}

export function remove<T>(path: string): Promise<T> {
  return call<T>("DELETE", path);
}

/** Where a file is; it is asked for until it is there. */
export async function link(path: string, query: Query = {}): Promise<string> {
  for (;;) {
    const found = await get<{ url?: string } & Partial<NotYet>>(path, query);
    if (found.url) return found.url;
    await new Promise((resolve) => setTimeout(resolve, (found.again ?? 2) * 1000));
  }
}

/** Sends a file to the storage; its name there. */
export async function upload(file: Blob, name: string, progress: (part: number) => void, path = "/v1/uploads"): Promise<string> {
  const made = await post<Upload>(path, { filename: fitting(name) });
  if (file.size > made.max_bytes) {
    throw new Refusal(413, { detail: `${name}: ${file.size} > ${made.max_bytes} bytes` });
  }
  await sent(made.form.url, form(made, file), progress);
  return made.upload;
}

function form(made: Upload, file: Blob): FormData {
  const data = new FormData();
  for (const [field, value] of Object.entries(made.form.fields)) data.append(field, value);
  data.append("file", file);
  return data;
}

/** `fetch` cannot tell how much of a body is sent. */
function sent(url: string, body: FormData, progress: (part: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.upload.onprogress = (event) => progress(event.loaded / (event.total || 1));
    request.onerror = () => reject(new Unreachable(new URL(url).host));
    request.onload = () => (request.status < 300 ? resolve() : reject(new Refusal(request.status, {})));
    request.send(body);
  });
}

/** The name without what an upload's name may not have; its ending stays, for it tells the format. */
export function fitting(name: string): string {
  const dot = name.lastIndexOf(".");
  const stem = dot < 0 ? name : name.slice(0, dot);
  return stem.replace(/[^\p{L}\p{N}_. -]/gu, "_").slice(-100) + (dot < 0 ? "" : name.slice(dot));
}

async function call<T>(method: string, path: string, body?: unknown, more: Record<string, string> = {}): Promise<T> {
  const known = method === "GET" ? seen.get(path) : undefined;
  const headers: Record<string, string> = { Accept: "application/json", ...more };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (known) headers["If-None-Match"] = known.etag;
  const reply = await signed(path, { method, headers, cache: "no-store", body: body === undefined ? null : JSON.stringify(body) });
  did({ method, path, body });
  if (reply.status === 304 && known) return hinted(reply, known.body) as T;
  return answer<T>(reply, path, method);
}

/** Asked with the key; with a token that is near its end, or was refused, once more with another where there is one. */
async function signed(path: string, init: RequestInit & { headers: Record<string, string> }): Promise<Response> {
  const ask = () => reached(path, { ...init, headers: { ...init.headers, Authorization: `Bearer ${key()}` } });
  if (isDue()) await renewed();
  const before = key();
  const reply = await ask();
  const another = reply.status === 401 && (key() !== before || (await renewed()));
  return another ? ask() : reply;
}

async function reached(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(base + path, { ...init, signal: AbortSignal.timeout(60_000) });
  } catch (error) {
    throw new Unreachable(String(error));
  }
}

async function answer<T>(reply: Response, path: string, method: string): Promise<T> {
  const text = await reply.text();
  const body: unknown = text ? parsed(text) : {};
  if (reply.status === 401) dispatchEvent(new Event(KEY_REFUSED));
  if (!reply.ok) throw new Refusal(reply.status, (body ?? {}) as Partial<Problem>);
  const etag = reply.headers.get("ETag");
  if (method === "GET" && etag) keep(path, etag, body);
  const again = reply.status === 202 ? reply.headers.get("Retry-After") : null;
  return hinted(reply, again && method === "GET" ? { ...(body as object), again: Number(again) } : body) as T;
}

function hinted(reply: Response, body: unknown): unknown {
  const seconds = Number(reply.headers.get("Retry-After"));
  if (typeof body !== "object" || body === null) return body;
  if (seconds > 0) hints.set(body, seconds);
  else hints.delete(body);
  return body;
}

/** A number that JSON can hold and a number here cannot is no concern: the API has none in its models. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function keep(path: string, etag: string, body: unknown): void {
  seen.delete(path);
  seen.set(path, { etag, body });
  const oldest = seen.keys().next().value;
  if (seen.size > KEPT && oldest !== undefined) seen.delete(oldest);
}

/** What was kept belongs to whoever was signed in. */
export function forget(): void {
  seen.clear();
  forgetCalls();
}

function asked(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text ? `?${text}` : "";
}
