/** The entries themselves, the newest first; the newest page is live. */

import { ACTIVE_MS, usePolled } from "../../api/poll";
import type { EntryPage, EntryView } from "../../api/types";
import { useWords } from "../../i18n";
import { NoneMatch, NoneYet } from "../../parts/empty";
import { Loaded } from "../../parts/loaded";
import { Pages, usePaging } from "../../parts/pages";
import { href } from "../../route";

const LIMIT = 50;
const TONES: Record<string, string> = { warning: "warn", error: "bad", critical: "bad", debug: "still" };

/** Only the newest page is live: on an older one nothing may move under the reader. */
export function Tail({ filters }: { filters: Record<string, string> }) {
  const { t } = useWords();
  const paging = usePaging(JSON.stringify(filters));
  const polled = usePolled<EntryPage>("/v1/logs", { ...filters, limit: LIMIT, cursor: paging.cursor }, () => (paging.page === 1 ? ACTIVE_MS : null));
  const filtered = Object.values(filters).some(Boolean);
  return (
    <Loaded polled={polled}>
      {(page) => (
        <>
          {page.entries.length > 0 && <Entries entries={page.entries} />}
          {!page.entries.length && (filtered ? <NoneMatch clear={href(["journal"])} /> : <NoneYet>{page.cursor ? t("none-so-far") : t("journal.none")}</NoneYet>)}
          <Pages paging={paging} next={page.cursor} />
        </>
      )}
    </Loaded>
  );
}

function Entries({ entries }: { entries: EntryView[] }) {
  return (
    <ul class="plain card entries" aria-live="off">
      {entries.map((entry) => (
        <Entry key={entry.id} entry={entry} />
      ))}
    </ul>
  );
}

function Entry({ entry }: { entry: EntryView }) {
  const { word, time, date } = useWords();
  return (
    <li>
      <time dateTime={entry.timestamp} title={date(entry.timestamp)}>
        {time(entry.timestamp)}
      </time>
      <span class={`tag ${TONES[entry.level] ?? ""}`}>{word("level", entry.level)}</span>
      <a href={href(["journal"], { stream: entry.stream })}>{entry.stream}</a>
      <span class="text">{entry.message}</span>
      {Object.keys(entry.context).length > 0 && <code>{JSON.stringify(entry.context)}</code>}
    </li>
  );
}
