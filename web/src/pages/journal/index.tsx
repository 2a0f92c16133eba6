/** The journal as it is written: the newest entries first, with filters, and what became of them. */

import { COUNTS_MS, usePolled } from "../../api/poll";
import type { Statistics } from "../../api/types";
import { useWords } from "../../i18n";
import { Search } from "../../parts/search";
import { Tabs } from "../../parts/tabs";
import { href, refilter, type Route } from "../../route";
import { Flushing } from "./flushing";
import { StreamList } from "./streams";
import { Tail } from "./tail";

const LEVELS = ["", "debug", "info", "warning", "error", "critical"];

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
      {statistics.data && <Flushing statistics={statistics.data} refresh={statistics.refresh} />}
      <div class="filters">
        <Tabs label={t("filter.level")} tabs={tabs} chosen={level} />
        <div class="choices">
          <Search label={t("journal.stream")} value={stream} changed={(value) => refilter(route, { stream: value })} />
          <Search label={t("journal.text")} value={text} changed={(value) => refilter(route, { text: value })} />
        </div>
      </div>
      <Tail filters={{ level, text, stream }} />
      <StreamList />
    </>
  );
}
