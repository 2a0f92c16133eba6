/** An answer that is polled: a skeleton until the first comes, then the last one with its age when a call fails. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Polled } from "../api/poll";
import { useWords } from "../i18n";
import { Trouble } from "./trouble";

interface LoadedProps<T> {
  polled: Polled<T>;
  children: (data: T) => ComponentChildren;
}

export function Loaded<T>({ polled, children }: LoadedProps<T>) {
  if (polled.data === null) return polled.error ? <Failed polled={polled} /> : <Skeleton />;
  return (
    <>
      {polled.error && <Stale at={polled.at} error={polled.error} refresh={polled.refresh} />}
      {children(polled.data)}
    </>
  );
}

export function Skeleton() {
  const { t } = useWords();
  return (
    <div class="skeleton" role="status" aria-label={t("loading")}>
      <i />
      <i />
      <i />
    </div>
  );
}

function Failed<T>({ polled }: { polled: Polled<T> }) {
  const { t } = useWords();
  return (
    <div class="card">
      {polled.error && <Trouble error={polled.error} />}
      <button type="button" onClick={polled.refresh}>
        {t("again")}
      </button>
    </div>
  );
}

function Stale({ at, error, refresh }: { at: number; error: Error; refresh: () => void }) {
  const { t, duration } = useWords();
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <div class="stale" role="status">
      <span>
        {t("stale", { age: duration((now - at) / 1000) })} {error.message}
      </span>
      <button type="button" class="quiet" onClick={refresh}>
        {t("again")}
      </button>
    </div>
  );
}
