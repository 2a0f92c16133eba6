/** A tenant's jobs of one kind, newest first: tabs with how many are in each state, a search, page by page. */

import type { ComponentChildren } from "preact";
import { ACTIVE_MS, IDLE_MS, usePolled } from "../api/poll";
import type { JobTotals, State } from "../api/types";
import { useWords } from "../i18n";
import { countOf, moves, queryOf } from "../pages/batches/states";
import { href, refilter, type Route } from "../route";
import { NoneMatch, NoneYet } from "./empty";
import { Loaded } from "./loaded";
import { Pages, usePaging } from "./pages";
import { Search } from "./search";
import { Tabs } from "./tabs";

const LIMIT = 50;

interface JobListProps<P, J extends { state: State }> {
  /** The kind as paths have it, of the page and of the API. */
  kind: "batches" | "forecasts";
  route: Route;
  tabs: string[];
  jobs: (page: P) => J[];
  /** What there is to do where there is no job yet. */
  none: ComponentChildren;
  children: (jobs: J[]) => ComponentChildren;
}

export function JobList<P extends { cursor: string | null }, J extends { state: State }>({ kind, route, tabs, jobs, none, children }: JobListProps<P, J>) {
  const { t } = useWords();
  const [group, search] = [route.query.get("state") ?? "", route.query.get("search") ?? ""];
  const paging = usePaging(`${kind} ${group} ${search}`);
  const query = { ...queryOf(group), name: search, limit: LIMIT, cursor: paging.cursor };
  const polled = usePolled<P>(`/v1/${kind}`, query, (page) => (jobs(page).some((each) => moves(each.state)) ? 2 * ACTIVE_MS : IDLE_MS));
  return (
    <>
      <div class="filters">
        <GroupTabs kind={kind} tabs={tabs} chosen={group} search={search} />
        <Search label={t("filter.name-or-id")} value={search} changed={(value) => refilter(route, { search: value })} />
      </div>
      <Loaded polled={polled}>
        {(page) => (
          <>
            {jobs(page).length ? children(jobs(page)) : <None further={!!page.cursor} filtered={!!(group || search)} kind={kind} none={none} />}
            <Pages paging={paging} next={page.cursor} />
          </>
        )}
      </Loaded>
    </>
  );
}

function GroupTabs({ kind, tabs, chosen, search }: { kind: string; tabs: string[]; chosen: string; search: string }) {
  const { t, word, number } = useWords();
  const totals = usePolled<JobTotals>(`/v1/${kind}/counts`, {}, () => 3 * IDLE_MS).data;
  const shown = tabs.map((name) => ({
    name,
    label: word("tab", name || "all"),
    count: totals ? countOf(totals, name) : undefined,
    href: href([kind], { state: name, search }),
  }));
  return (
    <div>
      <Tabs label={t("filter.state")} tabs={shown} chosen={chosen} />
      {totals && !totals.complete && <p class="muted">{t("counts-of-newest", { n: number(totals.counted) })}</p>}
    </div>
  );
}

function None({ further, filtered, kind, none }: { further: boolean; filtered: boolean; kind: string; none: ComponentChildren }) {
  const { t } = useWords();
  if (further) return <NoneYet>{t("none-so-far")}</NoneYet>;
  return filtered ? <NoneMatch clear={href([kind])} /> : <NoneYet>{none}</NoneYet>;
}
