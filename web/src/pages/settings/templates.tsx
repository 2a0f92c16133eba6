/** Saved templates: prompts under a name, in versions. */

import { post } from "../../api/http";
import { COUNTS_MS, usePolled } from "../../api/poll";
import type { TemplateList, TemplateView } from "../../api/types";
import { useWords } from "../../i18n";
import { Act } from "../../parts/act";
import { NoneYet } from "../../parts/empty";
import { Fields } from "../../parts/fields";
import { Loaded } from "../../parts/loaded";
import { ListTable } from "../../parts/table";
import { href, type Route } from "../../route";

export function Templates(_: { route: Route }) {
  const polled = usePolled<TemplateList>("/v1/templates", {}, () => COUNTS_MS);
  return (
    <>
      <NewVersion known={(polled.data?.templates ?? []).map((each) => each.name)} made={polled.refresh} />
      <Loaded polled={polled}>{({ templates }) => <Table templates={templates} refresh={polled.refresh} />}</Loaded>
    </>
  );
}

function NewVersion({ known, made }: { known: string[]; made: () => void }) {
  const { t } = useWords();
  const rows = [
    { name: "name", label: t("opt.name"), required: true },
    { name: "model", label: t("opt.model") },
    { name: "variables", label: t("template.variables-hint") },
    { name: "template", label: t("opt.template"), required: true, lines: 3 },
    { name: "system", label: t("opt.system"), lines: 2 },
  ];
  return (
    <details class="card">
      <summary>{t("template.new")}</summary>
      <p class="muted small">{t("template.hint", { text: "{text}" })}</p>
      <Fields rows={rows} label={t("act.save")} send={(given) => saved(given, known).then(made)} />
    </details>
  );
}

/** A new template, or the next version of one that is there. */
function saved({ name = "", variables = "", ...options }: Record<string, string>, known: string[]): Promise<unknown> {
  const body = { options, variables: Object.fromEntries(variables.split(",").filter((each) => each.trim()).map(variable)) };
  return known.includes(name) ? post(`/v1/templates/${encodeURIComponent(name)}/versions`, body) : post("/v1/templates", { name, ...body });
}

function variable(text: string): [string, string | null] {
  const [name = "", ...usual] = text.split("=");
  return [name.trim(), usual.length ? usual.join("=").trim() : null];
}

function Table({ templates, refresh }: { templates: TemplateView[]; refresh: () => void }) {
  const { t } = useWords();
  if (!templates.length) return <NoneYet>{t("template.none-yet")}</NoneYet>;
  return (
    <ListTable
      heads={
        <>
          <th>{t("col.name")}</th>
          <th>{t("opt.template")}</th>
          <th>{t("template.fields")}</th>
          <th>{t("template.variables")}</th>
          <th>{t("col.actions")}</th>
        </>
      }
    >
      {templates.map((each) => (
        <Row key={each.name} shown={each} refresh={refresh} />
      ))}
    </ListTable>
  );
}

function Row({ shown, refresh }: { shown: TemplateView; refresh: () => void }) {
  const { t, date } = useWords();
  const { latest } = shown;
  const variables = Object.entries(latest.variables).map(([name, usual]) => (usual === null ? name : `${name}=${usual}`));
  const archive = () => post(`/v1/templates/${encodeURIComponent(shown.name)}/archive`).then(refresh);
  const restore = () => post(`/v1/templates/${encodeURIComponent(shown.name)}/restore`).then(refresh);
  return (
    <tr>
      <td>
        {latest.label} {shown.archived_at && <span class="tag">{t("template.archived")}</span>}
        <div class="muted">{date(latest.created_at)}</div>
      </td>
      <td data-label={t("opt.template")}>{latest.options.template}</td>
      <td data-label={t("template.fields")}>{latest.fields.join(", ") || "–"}</td>
      <td data-label={t("template.variables")}>{variables.join(", ") || "–"}</td>
      <td>
        <div class="actions">
          {!shown.archived_at && <a href={href(["batches", "new"])}>{t("template.use")}</a>}
          {shown.archived_at ? <Act act={restore}>{t("act.restore")}</Act> : <Act act={archive}>{t("act.archive")}</Act>}
        </div>
      </td>
    </tr>
  );
}
