/** How this browser shows moments. */

import { useWords } from "../../i18n";
import type { Route } from "../../route";
import { keepZone, zone, zones } from "../../zone";

export function Display(_: { route: Route }) {
  const { t, date } = useWords();
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <section class="card">
      <label>
        {t("display.zone")}
        <select value={zone() ?? ""} onChange={(event) => keepZone(event.currentTarget.value)}>
          <option value="">{t("display.own-zone", { zone: own })}</option>
          {zones().map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </select>
      </label>
      <p class="muted small">{t("display.now", { at: date(new Date().toISOString()) })}</p>
      <p class="muted small">{t("display.days-in-utc")}</p>
    </section>
  );
}
