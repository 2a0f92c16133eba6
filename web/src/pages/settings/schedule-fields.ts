/** The fields of a new schedule, which go by what was chosen in the first of them, and the body that they come to. */

import { upload } from "../../api/http";
import type { ForecastView, TemplateView } from "../../api/types";
import { LANGUAGES, type Words } from "../../i18n";
import type { FieldRow } from "../../parts/fields";
import { moment, zone } from "../../zone";
import { MODES } from "../batches/options";
import { FREQUENCIES, PRESETS } from "../forecasts/options";

const KINDS = ["batch", "forecast", "retrain"];
const UNITS = ["hours", "days", "weeks", "months", "quarters"];
const TIMINGS = ["expression", "every"];
const SOURCES = ["prefix", "upload"];
const BATCH_FILES = ".jsonl,.ndjson,.json,.csv,.tsv";
const FORECAST_FILES = ".csv,.tsv,.txt,.xlsx,.parquet,.json,.jsonl,.zip";
const NUMBERS = new Set(["every", "horizon", "models_to_try", "lead_time", "parallel_chunks"]);
const PERCENTS = new Set(["service_level"]);
const MOMENTS = new Set(["starts_at", "ends_at"]);
const VARIABLE = "variable-";

/** What decides which fields there are. */
export interface Chosen {
  kind: string;
  timing: string;
  source: string;
  from_template: string;
}

/** What may be chosen. */
export interface Known {
  templates: TemplateView[];
  forecasts: ForecastView[];
  retrain: string;
}

export function rowsOf(chosen: Chosen, words: Words, known: Known): FieldRow[] {
  const { t } = words;
  const kinds = { name: "kind", label: t("schedule.what"), value: chosen.kind, options: said("job-kind", KINDS, words) };
  const name = { name: "name", label: t("opt.name"), required: true };
  if (chosen.kind === "retrain") return [kinds, name, ofRetraining(words, known), ...timing(chosen, words)];
  const sources = { name: "source", label: t("schedule.source"), options: said("schedule-source", SOURCES, words) };
  const options = chosen.kind === "batch" ? ofBatch(chosen, words, known) : ofForecast(words);
  return [kinds, name, ...timing(chosen, words), sources, input(chosen, words), ...options];
}

function said(group: string, values: string[], { word }: Words): [string, string][] {
  return values.map((each) => [each, word(group, each)]);
}

function timing(chosen: Chosen, words: Words): FieldRow[] {
  const { t } = words;
  const here = zone() ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const due: FieldRow[] =
    chosen.timing === "every"
      ? [
          { name: "every", label: t("schedule.every"), kind: "number", required: true, value: "1" },
          { name: "unit", label: t("schedule.unit"), value: "days", options: said("unit", UNITS, words) },
        ]
      : [{ name: "expression", label: t("schedule.expression"), required: true, value: "cron(0 6 ? * MON-FRI *)" }];
  return [
    { name: "timing", label: t("schedule.timing"), options: said("schedule-timing", TIMINGS, words) },
    ...due,
    { name: "timezone", label: t("schedule.timezone"), required: true, value: here },
    { name: "starts_at", label: t("schedule.starts"), kind: "datetime-local" },
    { name: "ends_at", label: t("schedule.ends"), kind: "datetime-local" },
  ];
}

function input({ kind, source }: Chosen, { t }: Words): FieldRow {
  const isBatch = kind === "batch";
  return source === "upload"
    ? { name: "upload", label: t("schedule.file"), kind: "file", required: true, accept: isBatch ? BATCH_FILES : FORECAST_FILES }
    : { name: "prefix", label: t("schedule.prefix"), required: true, placeholder: isBatch ? "tickets/{date}/" : "sales/{date}/" };
}

/** Each portfolio once; the one that somebody came with even if it is none of the latest. */
function ofRetraining({ t, word, date }: Words, { forecasts, retrain }: Known): FieldRow {
  const firsts = forecasts.filter((each) => !each.edition_of).map((each): [string, string] => [each.id, `${each.config.name ?? word("job-kind", "forecast")}, ${date(each.created_at)}`]);
  const own: [string, string][] = retrain && !firsts.some(([id]) => id === retrain) ? [[retrain, retrain]] : [];
  return { name: "retrain", label: t("schedule.which"), required: true, value: retrain, options: [...own, ...firsts] };
}

function ofBatch(chosen: Chosen, words: Words, { templates }: Known): FieldRow[] {
  const { t } = words;
  const usable = templates.filter((each) => !each.archived_at);
  const mine = usable.find((each) => each.name === chosen.from_template);
  const saved: FieldRow = { name: "from_template", label: t("template.saved"), options: [["", t("template.none")], ...usable.map((each): [string, string] => [each.name, each.latest.label])] };
  if (mine) return [saved, ...Object.entries(mine.latest.variables).map(([name, usual]): FieldRow => ({ name: VARIABLE + name, label: name, required: usual === null, placeholder: usual ?? "" }))];
  return [
    saved,
    { name: "model", label: t("opt.model") },
    { name: "mode", label: t("opt.mode"), value: "batch", options: said("mode", MODES, words) },
    { name: "template", label: t("opt.template"), lines: 3, placeholder: t("opt.template-example", { text: "{text}" }) },
  ];
}

function ofForecast(words: Words): FieldRow[] {
  const { t } = words;
  const usual: [string, string] = ["", t("opt.automatic")];
  return [
    { name: "horizon", label: t("opt.horizon"), kind: "number", required: true, value: "12" },
    { name: "preset", label: t("opt.preset"), options: [usual, ...said("preset", PRESETS, words)] },
    { name: "frequency", label: t("opt.frequency"), options: [usual, ...said("frequency", FREQUENCIES, words)] },
    { name: "language", label: t("opt.report-language"), value: words.language, options: Object.entries(LANGUAGES) },
    { name: "models_to_try", label: t("opt.models-to-try"), kind: "number", placeholder: "12" },
    { name: "lead_time", label: t("opt.lead-time"), kind: "number" },
    { name: "service_level", label: t("opt.service-level"), kind: "number", placeholder: "95" },
    { name: "parallel_chunks", label: t("opt.parallel-chunks"), kind: "number", placeholder: t("opt.automatic") },
  ];
}

/** The body of the call: only what was chosen, each as the type that the API takes; a file is sent first. */
export async function asked(given: Record<string, string>, form: FormData): Promise<Record<string, unknown>> {
  const { name, kind = "", expression, every, unit, timezone, starts_at, ends_at, retrain, timing: _, source: __, ...options } = given;
  const due = typed({ expression, every, unit, timezone, starts_at, ends_at });
  if (kind === "retrain") return { name, ...due, retrain };
  const file = form.get("upload");
  const sent = file instanceof File ? { upload: await upload(file, file.name, () => undefined) } : {};
  return { name, ...due, [kind]: { ...typed(options), ...sent } };
}

function typed(given: Record<string, string | undefined>): Record<string, unknown> {
  const some = Object.entries(given).filter((each): each is [string, string] => each[1] !== undefined);
  const own = some.filter(([name]) => !name.startsWith(VARIABLE)).map(([name, value]) => [name, typedOne(name, value)]);
  const variables = some.filter(([name]) => name.startsWith(VARIABLE)).map(([name, value]) => [name.slice(VARIABLE.length), value]);
  return { ...Object.fromEntries(own), ...(variables.length && { variables: Object.fromEntries(variables) }) };
}

function typedOne(name: string, value: string): unknown {
  if (NUMBERS.has(name)) return Number(value);
  if (PERCENTS.has(name)) return Number(value) / 100;
  return MOMENTS.has(name) ? moment(value) : value;
}
