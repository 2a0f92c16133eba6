/** A list page by page: the cursors of the pages before are kept, so that one can go back. */

import { useState } from "preact/hooks";
import { useWords } from "../i18n";

export interface Paging {
  cursor: string | null;
  page: number;
  forward: (cursor: string) => void;
  back: () => void;
}

/** Starts anew whenever `list` changes. */
export function usePaging(list: string): Paging {
  const [held, setHeld] = useState({ list, cursors: [] as string[] });
  const cursors = held.list === list ? held.cursors : [];
  return {
    cursor: cursors.at(-1) ?? null,
    page: cursors.length + 1,
    forward: (cursor) => setHeld({ list, cursors: [...cursors, cursor] }),
    back: () => setHeld({ list, cursors: cursors.slice(0, -1) }),
  };
}

export function Pages({ paging, next }: { paging: Paging; next: string | null | undefined }) {
  const { t } = useWords();
  if (paging.page === 1 && !next) return null;
  return (
    <div class="pages">
      <button type="button" class="quiet" disabled={paging.page === 1} onClick={paging.back}>
        {t("page.back")}
      </button>
      <span class="muted">{t("page.number", { n: paging.page })}</span>
      <button type="button" class="quiet" disabled={!next} onClick={() => next && paging.forward(next)}>
        {t("page.next")}
      </button>
    </div>
  );
}
