/** The same portfolio forecast anew: its editions, which is shown, and when the next one comes. */

import { post, put, remove } from "../../api/http";
import type { ForecastView } from "../../api/types";
import { useWords } from "../../i18n";
import { Act } from "../../parts/act";
import { Fields } from "../../parts/fields";
import { go, href } from "../../route";
import { isOver } from "../batches/states";

interface EditionsProps {
  forecast: ForecastView;
  refresh: () => void;
}

export function Editions({ forecast, refresh }: EditionsProps) {
  const { t } = useWords();
  if (forecast.edition_of) {
    return (
      <p class="notice">
        {t("edition.of")} <a href={href(["forecasts", forecast.edition_of])}>{forecast.edition_of}</a>
      </p>
    );
  }
  if (!isOver(forecast.state) || forecast.state === "failed") return null;
  const again = () => post<ForecastView>(`${at(forecast)}/retrain`).then((made) => go(["forecasts", made.id]));
  return (
    <details class="card" open={forecast.editions.length > 0}>
      <summary>{t("edition.title", { n: forecast.editions.length + 1 })}</summary>
      <ul class="plain">
        {[forecast.id, ...forecast.editions].map((edition, number) => (
          <Edition key={edition} forecast={forecast} edition={edition} number={number + 1} refresh={refresh} />
        ))}
      </ul>
      <p class="muted">{t("edition.observed", { n: forecast.observations })}</p>
      <div class="actions">
        <Act act={again}>{t("act.retrain")}</Act>
      </div>
      <Scheduled forecast={forecast} refresh={refresh} />
    </details>
  );
}

function at(forecast: ForecastView): string {
  return `/v1/forecasts/${encodeURIComponent(forecast.id)}`;
}

function Edition({ forecast, edition, number, refresh }: EditionsProps & { edition: string; number: number }) {
  const { t } = useWords();
  const shown = (forecast.current ?? forecast.id) === edition;
  const show = () => put(`${at(forecast)}/editions/${encodeURIComponent(edition)}`, {}).then(refresh);
  return (
    <li class="edition">
      <a href={href(["forecasts", edition])}>{t("edition.number", { n: number })}</a>
      <span class="code muted">{edition}</span>
      {shown ? <span class="tag good">{t("edition.shown")}</span> : <Act act={show}>{t("edition.show")}</Act>}
    </li>
  );
}

function Scheduled({ forecast, refresh }: EditionsProps) {
  const { t, word } = useWords();
  const { schedule } = forecast;
  if (schedule) {
    return (
      <>
        <p>
          {schedule.every ? t("edition.every", { every: word("every", schedule.unit ?? "days", { n: schedule.every }) }) : schedule.expression} <a href={href(["settings", "schedules"])}>{t("schedule.next")}</a>
        </p>
        <Act act={() => remove(`${at(forecast)}/schedule`).then(refresh)}>{t("edition.no-more")}</Act>
      </>
    );
  }
  const rows = [{ name: "every", label: t("edition.days"), kind: "number" as const, required: true, value: "7" }];
  return (
    <>
      <Fields rows={rows} label={t("edition.schedule")} send={({ every }) => put(`${at(forecast)}/schedule`, { every: Number(every) }).then(refresh)} />
      <p class="small">
        <a href={href(["settings", "schedules"], { retrain: forecast.id })}>{t("edition.other-times")}</a>
      </p>
    </>
  );
}
