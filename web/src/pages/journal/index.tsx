/** The journal as it is written: the newest entries first, with filters, and what became of them. */

import { ACTIVE_MS, COUNTS_MS, usePolled } from "../../api/poll";
import type { EntryPage, EntryView, Statistics } from "../../api/types";
import { useWords } from "../../i18n";
import { NoneMatch, NoneYet } from "../../parts/empty";
import { Figures } from "../../parts/facts";
import { Loaded } from "../../parts/loaded";
import { Pages, usePaging } from "../../parts/pages";
import { Search } from "../../parts/search";
import { Tabs } from "../../parts/tabs";
import { href, refilter, type Route } from "../../route";

const LIMIT = 50;
const LEVELS = ["", "debug", "info", "warning", "error", "critical"];
const TONES: Record<string, string> = { warning: "warn", error: "bad", critical: "bad", debug: "still" };

export function JournalPage({ route }: { route: Route }) {
  const { t, word } = useWords();
  const [level, text, stream] = ["level", "text", "stream"].map((name) => route.query.get(name) ?? "") as [string, string, string];
  const statistics = usePolled<Statistics>("/v1/logs/stats", { stream }, () => COUNTS_MS);
  const tabs = LEVELS.map((name) => ({
    name,
    label: name ? word("level", name) : t("tab.all"),
    count: name ? statistics.data?.levels[name] : statistics.data?.accepted,
    href: href(["journal"], { level: name, text, stream }),
  }));
  return (
    <>
      <h1>{t("nav.journal")}</h1>
      {statistics.data && <Flushing statistics={statistics.data} />}
      <div class="filters">
        <Tabs label={t("filter.level")} tabs={tabs} chosen={level} />
        <div class="choices">
          <Search label={t("journal.stream")} value={stream} changed={(value) => refilter(route, { stream: value })} />
          <Search label={t("journal.text")} value={text} changed={(value) => refilter(route, { text: value })} />
        </div>
      </div>
      <Tail filters={{ level, text, stream }} />
    </>
  );
}

function Flushing({ statistics }: { statistics: Statistics }) {
  const { t, number } = useWords();
  const lag = statistics.flush_lag_ms.p95;
  return (
    <section class="card">
      <Figures
        rows={[
          [t("journal.accepted"), number(statistics.accepted ?? 0), t("journal.last-day")],
          [t("journal.flushed"), number(statistics.flushed ?? 0)],
          [t("journal.pending"), number(statistics.pending ?? 0)],
          [t("journal.failed"), number(statistics.failed ?? 0)],
          [t("journal.lag"), lag == null ? "–" : `${number(lag / 1000, 1)} s`],
          [t("journal.retries"), number(statistics.retries)],
        ]}
      />
    </section>
  );
}

/** Only the newest page is live: on an older one nothing may move under the reader. */
function Tail({ filters }: { filters: Record<string, string> }) {
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
