/** A text as it is written, section by section, and its files when it is done. */

import { post } from "../../api/http";
import { ACTIVE_MS, usePolled } from "../../api/poll";
import type { JobView, LiveText } from "../../api/types";
import { useWords } from "../../i18n";
import { Act } from "../../parts/act";
import { Bar } from "../../parts/bar";
import { Download } from "../../parts/downloads";
import { Figures } from "../../parts/facts";
import { Loaded } from "../../parts/loaded";
import { href } from "../../route";
import { writes, WritingTag } from "./tag";

const FORMATS = ["markdown", "html", "docx", "pdf"];

export function WrittenText({ session, id }: { session: string; id: string }) {
  const { t } = useWords();
  const path = `/v1/jobs/${encodeURIComponent(id)}`;
  const job = usePolled<JobView>(path, {}, (found) => (writes(found.state) ? ACTIVE_MS : null));
  return (
    <>
      <p class="crumbs">
        <a href={href(["writing"])}>{t("nav.writing")}</a> <a href={href(["writing", session])}>{session}</a>
      </p>
      <Loaded polled={job}>{(found) => <Shown job={found} path={path} refresh={job.refresh} />}</Loaded>
    </>
  );
}

function Shown({ job, path, refresh }: { job: JobView; path: string; refresh: () => void }) {
  const { t, word, number, money } = useWords();
  const sections = job.sections ?? [];
  const written = sections.filter((each) => each.state === "written").length;
  return (
    <>
      <div class="head">
        <h1>{job.title || job.id}</h1>
        <WritingTag state={job.state} />
      </div>
      {job.error && <p class="notice bad">{job.error}</p>}
      {job.notes.map((note) => (
        <p class="notice" key={note}>
          {note}
        </p>
      ))}
      <section class="card" aria-label={t("progress")}>
        <Bar succeeded={sections.length ? written : (job.percent ?? 0)} failed={0} total={sections.length || 100} />
        <Figures
          rows={[
            [t("writing.words"), number(job.words), job.words_asked !== null && t("writing.asked", { n: job.words_asked })],
            [t("writing.sections"), `${number(written)} / ${number(sections.length)}`],
            [t("col.cost"), job.cost_usd == null ? t("price-unknown") : money(job.cost_usd)],
          ]}
        />
      </section>
      <div class="actions">
        {job.state === "completed" && job.task === "write" && FORMATS.map((format) => <Download key={format} path={`/v1/results/${encodeURIComponent(job.id)}`} query={{ format }} label={word("form", format)} />)}
        {writes(job.state) && (
          <Act act={() => post(`${path}/cancel`).then(refresh)} confirm={t("confirm.cancel-writing", { name: job.title || job.id })}>
            {t("act.cancel")}
          </Act>
        )}
      </div>
      {job.task === "write" && <Text path={path} running={writes(job.state)} />}
    </>
  );
}

function Text({ path, running }: { path: string; running: boolean }) {
  const { t, word } = useWords();
  const polled = usePolled<LiveText>(`${path}/text`, {}, () => (running ? ACTIVE_MS : null));
  return (
    <Loaded polled={polled}>
      {(live) => (
        <article class="card prose">
          {live.sections.map((section) => (
            <section key={section.number}>
              <h2>
                {section.title} {section.state !== "written" && <span class="tag">{word("section", section.state)}</span>}
              </h2>
              {section.text && <div class="text">{section.text}</div>}
            </section>
          ))}
          {!live.sections.length && <p class="muted">{t("writing.nothing-yet")}</p>}
        </article>
      )}
    </Loaded>
  );
}
