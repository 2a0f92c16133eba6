/** A wish for a text: what about, how long, in which sections, with or without its sources. */

import { post } from "../../api/http";
import type { JobView, SessionView } from "../../api/types";
import { useWords } from "../../i18n";
import { Fields, type FieldRow } from "../../parts/fields";
import { go } from "../../route";

export function Generate({ session, path }: { session: SessionView; path: string }) {
  const { t } = useWords();
  const rows: FieldRow[] = [
    { name: "topic", label: t("writing.topic"), lines: 3, required: true },
    { name: "outline", label: t("writing.outline"), lines: 3 },
    { name: "words", label: t("writing.words"), kind: "number", required: true, value: "600" },
    { name: "tone", label: t("writing.tone") },
    { name: "language", label: t("writing.language") },
    { name: "provider", label: t("opt.provider") },
    { name: "model", label: t("opt.model") },
    { name: "sources", label: t("writing.sources"), kind: "check" },
  ];
  const write = async ({ words, outline, sources, ...rest }: Record<string, string>) => {
    const wish = { ...rest, words: Number(words), sources: sources === "on", ...(outline ? { outline: headings(outline) } : {}) };
    const made = await post<JobView>(`${path}/generate`, wish, crypto.randomUUID());
    go(["writing", session.id, "jobs", made.id]);
  };
  return (
    <section class="card">
      <h2>{t("writing.write")}</h2>
      <Fields rows={rows} label={t("writing.start")} send={write} />
    </section>
  );
}

/** A section a line: its title, and after a colon what it is about. */
function headings(outline: string): { title: string; about: string }[] {
  const lines = outline.split("\n").map((line) => line.trim());
  return lines.filter(Boolean).map((line) => {
    const [title = "", ...about] = line.split(":");
    return { title: title.trim(), about: about.join(":").trim() };
  });
}
