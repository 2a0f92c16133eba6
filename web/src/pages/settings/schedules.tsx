/** Schedules: what is made again and again, when next, and how it went last. */

import { post, remove } from "../../api/http";
import { COUNTS_MS, usePolled } from "../../api/poll";
import type { RunView, ScheduleList, ScheduleView } from "../../api/types";
import { useWords } from "../../i18n";
import { Act } from "../../parts/act";
import { NoneYet } from "../../parts/empty";
import { Fields } from "../../parts/fields";
import { Loaded } from "../../parts/loaded";
import { ListTable } from "../../parts/table";
import { href, type Route } from "../../route";

export function Schedules(_: { route: Route }) {
  const polled = usePolled<ScheduleList>("/v1/schedules", {}, () => COUNTS_MS);
  return (
    <>
      <NewSchedule made={polled.refresh} />
      <Loaded polled={polled}>{({ schedules }) => <Table schedules={schedules} refresh={polled.refresh} />}</Loaded>
    </>
  );
}

function NewSchedule({ made }: { made: () => void }) {
  const { t } = useWords();
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const rows = [
    { name: "name", label: t("opt.name"), required: true },
    { name: "expression", label: t("schedule.expression"), required: true, value: "cron(0 6 ? * MON-FRI *)" },
    { name: "timezone", label: t("schedule.timezone"), required: true, value: here },
    { name: "prefix", label: t("schedule.prefix"), required: true, value: "tickets/{date}/" },
    { name: "from_template", label: t("template.saved"), required: true },
  ];
  const create = ({ name, expression, timezone, prefix, from_template }: Record<string, string>) => post("/v1/schedules", { name, expression, timezone, batch: { prefix, from_template } }).then(made);
  return (
    <details class="card">
      <summary>{t("schedule.new")}</summary>
      <p class="muted small">{t("schedule.hint")}</p>
      <Fields rows={rows} label={t("act.create")} send={create} />
    </details>
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
  const timing = shown.every ? t("edition.every", { every: shown.every, unit: word("unit", shown.unit ?? "days") }) : shown.expression;
  return (
    <tr>
      <td>
        {shown.name} {paused && <span class="tag">{t("schedule.paused")}</span>}
        <div class="muted">{word("job-kind", shown.kind)}</div>
      </td>
      <td data-label={t("schedule.timing")}>
        {timing}
        <div class="muted">{shown.timezone}</div>
      </td>
      <td data-label={t("schedule.next")}>
        {shown.next_runs.length ? (
          <ul class="plain">
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
