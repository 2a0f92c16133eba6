/** One session: what it learns from, what it learnt, and what it wrote. */

import { useState } from "preact/hooks";
import { post, remove, upload } from "../../api/http";
import { ACTIVE_MS, IDLE_MS, usePolled } from "../../api/poll";
import type { DocumentList, JobPage, SessionView } from "../../api/types";
import { useWords } from "../../i18n";
import { Act } from "../../parts/act";
import { Drop } from "../../parts/drop";
import { Loaded } from "../../parts/loaded";
import { Trouble } from "../../parts/trouble";
import { go, href } from "../../route";
import { Generate } from "./generate";
import { Profile } from "./profile";
import { writes, WritingTag } from "./tag";

export function OneSession({ id }: { id: string }) {
  const { t } = useWords();
  const path = `/v1/sessions/${encodeURIComponent(id)}`;
  const polled = usePolled<SessionView>(path, {}, (session) => (session.state === "new" ? 2 * ACTIVE_MS : IDLE_MS));
  return (
    <>
      <p class="crumbs">
        <a href={href(["writing"])}>{t("nav.writing")}</a>
      </p>
      <Loaded polled={polled}>{(session) => <Shown session={session} path={path} />}</Loaded>
    </>
  );
}

function Shown({ session, path }: { session: SessionView; path: string }) {
  const { t, word } = useWords();
  const name = session.name ?? session.id;
  return (
    <>
      <div class="head">
        <h1>{name}</h1>
        <span class={`tag ${session.state === "trained" ? "good" : "still"}`}>{word("session", session.state)}</span>
      </div>
      {session.state === "trained" && <Generate session={session} path={path} />}
      <History path={path} />
      <Documents path={path} />
      {session.state === "trained" && <Profile path={path} />}
      <div class="actions">
        <Act act={() => remove(path).then(() => go(["writing"]))} confirm={t("confirm.delete-session", { name })}>
          {t("act.delete")}
        </Act>
      </div>
    </>
  );
}

function History({ path }: { path: string }) {
  const { t, word, number } = useWords();
  const polled = usePolled<JobPage>(`${path}/history`, { limit: 50 }, (page) => (page.jobs.some((job) => writes(job.state)) ? ACTIVE_MS : IDLE_MS));
  return (
    <section class="card">
      <h2>{t("writing.jobs")}</h2>
      <Loaded polled={polled}>
        {(page) =>
          page.jobs.length ? (
            <ul class="plain matters">
              {page.jobs.map((job) => (
                <li key={job.id}>
                  <a href={href(["writing", job.session, "jobs", job.id])}>{job.title || job.id}</a>
                  <WritingTag state={job.state} />
                  <span class="muted">
                    {word("task", job.task)}
                    {job.task === "write" && ` · ${t("writing.words-of", { done: job.words, asked: number(job.words_asked ?? 0) })}`}
                  </span>
                  {job.error && <p>{job.error}</p>}
                </li>
              ))}
            </ul>
          ) : (
            <p class="muted">{t("writing.no-jobs")}</p>
          )
        }
      </Loaded>
    </section>
  );
}

function Documents({ path }: { path: string }) {
  const { t, word, percent } = useWords();
  const polled = usePolled<DocumentList>(`${path}/documents`, {}, () => 2 * ACTIVE_MS);
  const [part, setPart] = useState<number | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const learn = async (files: File[]) => {
    setError(null);
    for (const file of files) {
      const pdf = /\.pdf$/i.test(file.name);
      const given = pdf ? { upload: await upload(file, file.name, setPart, `${path}/uploads`).finally(() => setPart(null)) } : { text: await file.text(), title: file.name };
      await post(`${path}/train`, given, crypto.randomUUID());
    }
    polled.refresh();
  };
  return (
    <section class="card">
      <h2>{t("writing.documents")}</h2>
      <Drop label={t("writing.drop")} hint={t("writing.drop-hint")} accept=".pdf,.txt,.md" multiple given={(files) => void learn(files).catch((failed: Error) => setError(failed))} />
      {part !== null && <p role="status">{t("create.sending", { part: percent(part) })}</p>}
      {error && <Trouble error={error} />}
      <Loaded polled={polled}>
        {(list) => (
          <ul class="plain matters">
            {list.documents.map((each) => (
              <li key={each.id}>
                <strong>{each.title}</strong>
                <span class={`tag ${each.error ? "bad" : ""}`}>{word("document", each.state)}</span>
                <span class="muted">{t("writing.pages-words", { pages: each.pages, words: each.words })}</span>
                {each.pages_without_text.length > 0 && <p>{t("writing.without-text", { pages: each.pages_without_text.join(", ") })}</p>}
                {each.error && <p>{each.error}</p>}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </section>
  );
}
