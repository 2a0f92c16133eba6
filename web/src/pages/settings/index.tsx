/** What somebody sets: templates, schedules, keys, webhooks, quotas, who did what, and how this browser shows times. */

import { useWords } from "../../i18n";
import { Tabs } from "../../parts/tabs";
import { href, type Route } from "../../route";
import { AuditLog } from "./audit";
import { Display } from "./display";
import { Keys } from "./keys";
import { Quotas } from "./quotas";
import { Schedules } from "./schedules";
import { Templates } from "./templates";
import { Webhooks } from "./webhooks";

const VIEWS = { templates: Templates, schedules: Schedules, keys: Keys, webhooks: Webhooks, quotas: Quotas, audit: AuditLog, display: Display } as const;
type View = keyof typeof VIEWS;

export function SettingsPage({ route }: { route: Route }) {
  const { t, word } = useWords();
  const wanted = route.path[1] ?? "";
  const view: View = wanted in VIEWS ? (wanted as View) : "keys";
  const Shown = VIEWS[view];
  const tabs = (Object.keys(VIEWS) as View[]).map((name) => ({ name, label: word("settings", name), href: href(["settings", name]) }));
  return (
    <>
      <h1>{t("nav.settings")}</h1>
      <Tabs label={t("views")} tabs={tabs} chosen={view} />
      <Shown route={route} />
    </>
  );
}
