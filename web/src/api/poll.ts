/** What is asked for again and again while somebody looks: stopped in hidden tabs, and when nothing can change. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { get, hint, type Query, Refusal } from "./http";

export const ACTIVE_MS = 2_000;
export const IDLE_MS = 10_000;
export const COUNTS_MS = 60_000;

export interface Polled<T> {
  /** The last answer, kept when a later call fails. */
  data: T | null;
  /** When it came, in milliseconds since 1970. */
  at: number;
  /** Why the last call failed; null if it did not. */
  error: Error | null;
  refresh: () => void;
}

/** The answer of `path`; the API says when to look again, else `pause` does, null for never. */
export function usePolled<T>(path: string | null, query: Query, pause: (data: T) => number | null): Polled<T> {
  const asked = path === null ? null : JSON.stringify([path, query]);
  const [held, setHeld] = useState<{ asked: string | null; data: T | null; at: number; error: Error | null }>(NOTHING);
  const [turn, setTurn] = useState(0);
  const next = useRef(pause);
  next.current = pause;

  useEffect(() => {
    if (asked === null) return;
    const [where, wanted] = JSON.parse(asked) as [string, Query];
    return polling<T>(
      () => get<T>(where, wanted),
      (data) => next.current(data),
      (data) => setHeld({ asked, data, at: Date.now(), error: null }),
      (error) => setHeld((old) => ({ ...(old.asked === asked ? old : NOTHING), asked, error })),
    );
  }, [asked, turn]);

  const refresh = useCallback(() => setTurn((before) => before + 1), []);
  const mine = held.asked === asked ? held : NOTHING;
  return { data: mine.data as T | null, at: mine.at, error: mine.error, refresh };
}

const NOTHING = { asked: null, data: null, at: 0, error: null };

/** Asking again is of no use: this key may not see it, or it is not there. */
function final(error: unknown): boolean {
  return error instanceof Refusal && [400, 403, 404, 410].includes(error.status);
}

function polling<T>(
  ask: () => Promise<T>,
  pause: (data: T) => number | null,
  arrived: (data: T) => void,
  failed: (error: Error) => void,
): () => void {
  let over = false;
  let asking = false;
  let timer = 0;
  let due = 0;
  const wait = (ms: number) => {
    due = Date.now() + ms;
    if (!document.hidden) timer = window.setTimeout(round, ms);
  };
  const round = async () => {
    asking = true;
    try {
      const data = await ask().finally(() => (asking = false));
      if (over) return;
      arrived(data);
      const ms = hint(data) ?? pause(data);
      if (ms === null) due = Infinity;
      else wait(ms);
    } catch (error) {
      if (over) return;
      failed(error as Error);
      if (final(error)) due = Infinity;
      else wait(IDLE_MS);
    }
  };
  const seen = () => {
    clearTimeout(timer);
    if (!document.hidden && !asking && due !== Infinity) timer = window.setTimeout(round, Math.max(0, due - Date.now()));
  };
  document.addEventListener("visibilitychange", seen);
  if (!document.hidden) void round();
  return () => {
    over = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", seen);
  };
}
