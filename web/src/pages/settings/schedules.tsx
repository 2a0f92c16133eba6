/** Schedules: what is made again and again, when next, and how it went last. */

import { useState } from "preact/hooks";
import { post, remove } from "../../api/http";
import { COUNTS_MS, usePolled } from "../../api/poll";
import type { RunView, ScheduleList, ScheduleView } from "../../api/types";
import { useWords } from "../../i18n";
import { Act } from "../../parts/act";
import { NoneYet } from "../../parts/empty";
import { Loaded } from "../../parts/loaded";
import { ListTable } from "../../parts/table";
import { href, refilter, type Route } from "../../route";
import { NewSchedule } from "./new-schedule";

export function Schedules({ route }: { route: Route }) {
  const polled = usePolled<ScheduleList>("/v1/schedules", {}, () => COUNTS_MS);
  const [count, setCount] = useState(0);
  const retrain = route.query.get("retrain") ?? "";
  const made = () => {
    setCount(count + 1);
    polled.refresh();
    if (retrain) refilter(route, { retrain: "" });
  };
  return (
    <>
      <NewSchedule key={`${count} ${retrain}`} made={made} retrain={retrain} />
      <Loaded polled={polled}>{({ schedules }) => <Table schedules={schedules} refresh={polled.refresh} />}</Loaded>
    </>
  );
}

function Table({ schedules, refresh }: { schedules: ScheduleView[]; refresh: () => void }) {
  const { t } = useWords();
  if (!schedules.length) return <NoneYet>{t("schedule.none-yet")}</NoneYet>;
  return (
    <ListTable
      heads={
        <>
          <th>{t("col.name")}</th>
          <th>{t("schedule.timing")}</th>
          <th>{t("schedule.next")}</th>
          <th>{t("schedule.last")}</th>
          <th>{t("col.actions")}</th>
        </>
      }
    >
      {schedules.map((each) => (
        <Row key={each.id} shown={each} refresh={refresh} />
      ))}
    </ListTable>
  );
}

function Row({ shown, refresh }: { shown: ScheduleView; refresh: () => void }) {
  const { t, word, date } = useWords();
  const path = `/v1/schedules/${encodeURIComponent(shown.id)}`;
  const paused = shown.state === "paused";
  const timing = shown.every ? word("every", shown.unit ?? "days", { n: shown.every }) : shown.expression;
  return (
    <tr>
      <td>
        {shown.name} {paused && <span class="tag">{t("schedule.paused")}</span>}
        <div class="muted">
          {word("job-kind", shown.kind)} <Input work={shown.work} />
        </div>
      </td>
      <td data-label={t("schedule.timing")}>
        <span class={shown.every ? "" : "whole"}>{timing}</span>
        <div class="muted">{shown.timezone}</div>
      </td>
      <td data-label={t("schedule.next")}>
        {shown.next_runs.length ? (
          <ul class="plain times">
            {shown.next_runs.map((at) => (
              <li key={at}>{date(at)}</li>
            ))}
          </ul>
        ) : (
          "–"
        )}
      </td>
      <td data-label={t("schedule.last")}>{shown.last ? <Last run={shown.last} kind={shown.kind} /> : t("schedule.not-yet")}</td>
      <td>
        <div class="actions">
          <Act act={() => post(`${path}/${paused ? "resume" : "pause"}`).then(refresh)}>{paused ? t("act.resume") : t("act.pause")}</Act>
          <Act act={() => remove(path).then(refresh)} confirm={t("confirm.schedule", { name: shown.name })}>
            {t("act.delete")}
          </Act>
        </div>
      </td>
    </tr>
  );
}

/** What a run takes: files of the inbox, or the forecast that is made anew; a file that was handed in has no name. */
function Input({ work }: { work: ScheduleView["work"] }) {
  const { prefix, forecast } = work as { prefix?: string; forecast?: string };
  if (forecast) return <a href={href(["forecasts", forecast])}>{forecast}</a>;
  return prefix ? <span class="code">{prefix}</span> : null;
}

function Last({ run, kind }: { run: RunView; kind: string }) {
  const { word, date } = useWords();
  const said = run.job_state ? word("state", run.job_state) : word("run", run.state);
  return (
    <>
      {run.job ? <a href={href([kind === "batch" ? "batches" : "forecasts", run.job])}>{said}</a> : <span class="tag bad">{said}</span>}
      <div class="muted">{date(run.at)}</div>
      {run.detail && <div class="muted small">{run.detail}</div>}
    </>
  );
}
