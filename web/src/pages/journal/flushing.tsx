/** What became of the entries of the last day: by level and hour, flushed or not, how late and in what batches. */

import type { LagSpread, SelfTestResult, Statistics } from "../../api/types";
import { post } from "../../api/http";
import { Columns } from "../../chart/columns";
import { useWords } from "../../i18n";
import { Act } from "../../parts/act";
import { Figures } from "../../parts/facts";
import { useState } from "preact/hooks";

const HOUR_MS = 3_600_000;
/** `2026-11-30T17` */
const HOUR_LENGTH = 13;
const LEVELS = ["critical", "error", "warning", "info", "debug"];
const TONES: Record<string, string> = { critical: "bad", error: "bad", warning: "warn", debug: "still" };

export function Flushing({ statistics, refresh }: { statistics: Statistics; refresh: () => void }) {
  const { t, number } = useWords();
  const spread = (found: LagSpread, said: (value: number) => string) => (found.p95 == null ? "–" : `${said(found.p50 ?? found.p95)} / ${said(found.p95)}`);
  return (
    <section class="card">
      <Figures
        rows={[
          [t("journal.accepted"), number(statistics.accepted ?? 0), t("journal.last-day")],
          [t("journal.flushed"), number(statistics.flushed ?? 0)],
          [t("journal.pending"), number(statistics.pending ?? 0)],
          [t("journal.failed"), number(statistics.failed ?? 0)],
          [t("journal.lag"), spread(statistics.flush_lag_ms, (ms) => `${number(ms / 1000, 1)} s`), t("journal.p50-p95")],
          [t("journal.batch-entries"), spread(statistics.batch_entries, (count) => number(count)), t("journal.p50-p95")],
          [t("journal.retries"), number(statistics.retries)],
        ]}
      />
      {!!statistics.accepted && <Levels statistics={statistics} />}
      <Operate refresh={refresh} />
    </section>
  );
}

function Levels({ statistics }: { statistics: Statistics }) {
  const { t, word, number, hour } = useWords();
  const shown = LEVELS.filter((level) => statistics.levels[level]);
  const found = new Map(statistics.hours.map((each) => [each.hour, each.levels ?? {}]));
  const columns = hoursOf(statistics).map((each) => ({ key: each, when: hour(each), values: shown.map((level) => found.get(each)?.[level] ?? 0) }));
  const parts = shown.map((level) => ({ name: word("level", level), tone: TONES[level] ?? "" }));
  return <Columns columns={columns} parts={parts} label={t("journal.by-hour")} time={t("journal.hour")} said={(value) => number(value)} />;
}

/** Each hour of the statistics, those without entries too. */
function hoursOf({ since, until }: Statistics): string[] {
  const [first, last] = [since, until].map((each) => Date.parse(`${each.slice(0, HOUR_LENGTH)}:00:00Z`) / HOUR_MS) as [number, number];
  return Array.from({ length: last - first + 1 }, (_, at) => new Date((first + at) * HOUR_MS).toISOString().slice(0, HOUR_LENGTH));
}

/** Flushes what is not flushed yet, or sends sample entries through the journal and times them. */
function Operate({ refresh }: { refresh: () => void }) {
  const { t, number } = useWords();
  const [found, setFound] = useState<SelfTestResult | null>(null);
  const test = () => post<SelfTestResult>("/v1/logs/test", { wait_seconds: 20 }).then((result) => (setFound(result), refresh()));
  const slowest = found && Math.max(...found.accept_ms);
  return (
    <div class="actions">
      <Act act={() => post("/v1/logs/flush").then(refresh)}>{t("journal.flush")}</Act>
      <Act act={test}>{t("journal.test")}</Act>
      {found && slowest !== null && (
        <p role="status">
          {t("journal.tested", { n: found.ids.length, ms: number(slowest) })}{" "}
          {found.flush_lag_ms === null ? t("journal.not-flushed", { n: found.pending_posts }) : t("journal.flushed-after", { s: number(found.flush_lag_ms / 1000, 1) })}
        </p>
      )}
    </div>
  );
}
