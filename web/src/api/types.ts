// Made by `make web-types` of schema.json e4ca328d853b83c2b3857b75b06dab8215608a39046fa9275d0fb29e66d9d617; do not edit.

export type State = ("draft" | "accepted" | "planning" | "running" | "paused" | "cancelling" | "cancelled" | "completed" | "failed" | "deleting")
/**
 * Who says which lane the requests of a batch go: its owner, or `auto`, its plan.
 */
export type Mode = ("batch" | "realtime" | "auto")
/**
 * The ways to a provider: its Batch API, or one call after the other.
 */
export type LaneName = ("batch" | "realtime")
/**
 * Which of the real-time lane's queues a batch waits in; each has workers of its own.
 */
export type Priority = ("high" | "normal" | "low")
/**
 * Why nothing moves.
 */
export type Reason = ("queue" | "validation" | "provider_quota" | "rate_limit" | "token_limit" | "breaker" | "provider" | "budget")
export type ShardState = ("planned" | "submitting" | "submitted" | "ended" | "collected")
/**
 * What happened. Names stay as they are.
 */
export type EventKind = ("batch.completed" | "batch.failed" | "batch.cancelled" | "forecast.completed" | "forecast.failed" | "forecast.cancelled" | "writing.completed" | "writing.failed" | "writing.cancelled" | "forecast.low_confidence" | "forecast.changed" | "batch.deadline_missed" | "batch.provider_waiting" | "budget.reached" | "key.expiring" | "log.error_spike" | "schedule.file_missing" | "schedule.run_refused" | "webhook.test")
export type DeliveryState = ("pending" | "delivered" | "failed")
export type DocumentState = ("waiting" | "ready" | "failed")
/**
 * What a key may do for its tenant.
 */
export type Role = ("viewer" | "editor" | "owner")
/**
 * What a key may be limited to.
 */
export type Service = ("batches" | "forecasts" | "writing" | "logs" | "stats" | "account")
export type WritingTask = ("train" | "write")
export type ScheduleState = ("active" | "paused")
/**
 * How a run of a schedule went.
 */
export type RunState = ("started" | "missing" | "refused")
/**
 * What the requests of a batch ask.
 */
export type Endpoint = ("chat" | "responses" | "embeddings")

export interface Api {
AuditPage?: AuditPage
BatchPage?: BatchPage
BudgetView?: BudgetView
ComparisonView?: ComparisonView
DeadLetterPage?: DeadLetterPage
DeliveryPage?: DeliveryPage
DocumentList?: DocumentList
EntryPage?: EntryPage
ErrorReport?: ErrorReport
EstimateView?: EstimateView
ForecastPage?: ForecastPage
Health?: Health
IssuedEndpoint?: IssuedEndpoint
IssuedKey?: IssuedKey
IssuedSecret?: IssuedSecret
JobPage?: JobPage
JobTotals?: JobTotals
LiveText?: LiveText
LiveView?: LiveView
MoneyView?: MoneyView
PilotView?: PilotView
Problem?: Problem
ProfileView?: ProfileView
ProviderList?: ProviderList
QuotaUsage?: QuotaUsage
RequestPage?: RequestPage
RequestView?: RequestView
ScheduleList?: ScheduleList
SelfTestResult?: SelfTestResult
SeriesPage?: SeriesPage
SeriesView?: SeriesView
SessionPage?: SessionPage
Statistics?: Statistics
Stats?: Stats
SuggestionList?: SuggestionList
TemplateList?: TemplateList
Streams?: Streams
Upload?: Upload
WebhookEndpoint?: WebhookEndpoint
CreateBatch?: CreateBatch
CreateForecast?: CreateForecast
}
/**
 * Entries, newest first.
 */
export interface AuditPage {
entries: AuditEntry[]
cursor: (string | null)
}
/**
 * What somebody did, or was denied `count` times in a minute.
 */
export interface AuditEntry {
at: string
who: string
what: string
path?: string
source?: string
agent?: string
request?: string
status?: (number | null)
made?: (string | null)
denied?: number
}
export interface BatchPage {
batches: BatchView[]
cursor: (string | null)
}
/**
 * A batch as the API shows it.
 */
export interface BatchView {
id: string
state: State
name: (string | null)
provider: string
model: (string | null)
mode: Mode
lane: (LaneName | null)
lane_reason: (string | null)
priority: Priority
deadline: (string | null)
metadata: {
[k: string]: string
}
description: (string | null)
tags: string[]
from_template?: (string | null)
created_at: string
started_at: (string | null)
finished_at: (string | null)
error: (string | null)
rejected: number
rejected_lines: {
[k: string]: unknown
}[]
progress: BatchProgress
tokens: Tokens
cost: BatchCost
budget_usd?: (number | null)
estimate?: (Estimate | null)
finish_reasons?: {
[k: string]: number
}
empty?: number
notes?: string[]
note?: (string | null)
waiting_for?: Waiting[]
lanes?: {
[k: string]: Lane
}
}
/**
 * Requests: all that were taken in, those done, and those the provider says it is done with.
 * 
 * In a retry, what is tried again is not settled any more; what was cancelled with its batch never was.
 */
export interface BatchProgress {
total: number
done: number
succeeded: number
failed: number
cancelled: number
done_at_provider: number
percent: number
per_second?: (number | null)
eta_seconds?: (number | null)
}
/**
 * Tokens of results; cached ones are among the input, and reasoning among the output.
 */
export interface Tokens {
input?: number
output?: number
cached?: number
reasoning?: number
}
/**
 * What the calls so far cost, those that a retry replaced included. Money set aside is not spent.
 */
export interface BatchCost {
spent_usd: (number | null)
list_usd: (number | null)
saved_usd: (number | null)
unpriced_requests: number
}
/**
 * All requests of a job. Cached input is not foreseen; pictures and documents are not counted.
 */
export interface Estimate {
requests: number
lanes: {
[k: string]: Cost
}
unpriced_requests: number
models: ModelEstimate[]
}
/**
 * Dollars; None if the price of any of it is not known.
 */
export interface Cost {
expected_usd: (number | null)
most_usd: (number | null)
}
/**
 * The requests for one model.
 */
export interface ModelEstimate {
model: string
requests: number
input_tokens: number
output_tokens: number
most_input_tokens: number
most_output_tokens: number
lanes: {
[k: string]: Cost
}
assumed: string
}
/**
 * Why, since when, when it is tried next, and in whose words. Times are stamps of UTC.
 */
export interface Waiting {
reason: Reason
since: string
next_try?: (string | null)
said?: (string | null)
tries?: number
}
/**
 * What goes one way to the provider.
 */
export interface Lane {
requests: number
done: number
shards: ShardView[]
}
/**
 * One batch at the provider.
 */
export interface ShardView {
number: number
round: number
state: ShardState
batch: (string | null)
requests: number
done: number
submitted_at: (string | null)
stuck_since?: (string | null)
failed_over_at?: (string | null)
waiting_for?: Waiting[]
paid_twice?: (number | null)
}
/**
 * The budget, and what batches under it have spent or set aside.
 */
export interface BudgetView {
daily_usd: (number | null)
monthly_usd: (number | null)
today_usd: number
month_usd: number
}
/**
 * The answer to actuals.
 */
export interface ComparisonView {
compared: number
mean_absolute_percentage_error: (number | null)
level: (number | null)
outside_share: (number | null)
refit: string[]
unknown: string[]
series: Accuracy[]
}
/**
 * One series' forecast against what came. Errors are in the series' unit; `bias` is relative to the forecast.
 */
export interface Accuracy {
series: string
compared: number
mean_absolute_error: (number | null)
bias: (number | null)
outside: number
refit: boolean
why: string
steps: ComparedStep[]
}
/**
 * One actual against its forecast, in the series' unit; `error` is actual less forecast.
 */
export interface ComparedStep {
date: (string | number | null)
step: number
forecast: number
actual: number
error: number
low: (number | null)
high: (number | null)
outside: (boolean | null)
}
/**
 * A page of dead letters, newest first.
 */
export interface DeadLetterPage {
dead_letters: DeadLetter[]
cursor: (string | null)
}
/**
 * A request that is dead, and since when.
 */
export interface DeadLetter {
job: string
chunk: number
position: number
custom_id: string
line: number
kind?: string
died_at: string
}
/**
 * Deliveries, newest first; a page may be short and still have a cursor.
 */
export interface DeliveryPage {
deliveries: Delivery[]
cursor: (string | null)
}
/**
 * One event for one endpoint.
 */
export interface Delivery {
endpoint: string
event: string
type: EventKind
url: string
state?: DeliveryState
created_at: string
next_try_at?: (string | null)
tries?: DeliveryTry[]
}
/**
 * One call.
 */
export interface DeliveryTry {
at: string
status?: (number | null)
millis: number
said?: string
}
export interface DocumentList {
documents: DocumentView[]
}
export interface DocumentView {
id: string
title: string
kind: string
state: DocumentState
pages: number
pages_without_text: number[]
words: number
sent_as: (("file" | "text") | null)
error: (string | null)
}
/**
 * A page, newest first; `cursor` goes on with older entries, and is None at the end.
 */
export interface EntryPage {
entries: EntryView[]
cursor: (string | null)
}
/**
 * An entry as it is read.
 */
export interface EntryView {
id: string
timestamp: string
stream: string
level: string
message: string
context: {
[k: string]: unknown
}
client_id?: (string | null)
}
/**
 * What went wrong so far: requests without an answer by kind, and lines that were not taken at all.
 */
export interface ErrorReport {
state: State
failed: number
errors: ErrorKind[]
rejected: number
rejected_lines: {
[k: string]: unknown
}[]
}
/**
 * All requests that have no answer for the same kind of reason.
 */
export interface ErrorKind {
kind: string
count: number
codes: {
[k: string]: number
}
examples: ErrorExample[]
}
/**
 * A request that has no answer, and why.
 */
export interface ErrorExample {
custom_id: string
line: number
message: string
}
/**
 * What the batch would cost, and what of it would not be taken.
 */
export interface EstimateView {
estimate: Estimate
rejected: number
rejected_lines: {
[k: string]: unknown
}[]
notes?: string[]
}
export interface ForecastPage {
forecasts: ForecastView[]
cursor: (string | null)
}
/**
 * A forecast as the API shows it.
 */
export interface ForecastView {
id: string
state: State
outcome: string
created_at: string
started_at: (string | null)
finished_at: (string | null)
error: (string | null)
config: ForecastConfig
rejected: number
rejected_lines: {
[k: string]: unknown
}[]
notes: KeptNote[]
progress: ForecastProgress
summary: ({
[k: string]: unknown
} | null)
edition_of: (string | null)
editions: string[]
current: (string | null)
schedule: (Timing | null)
observations: number
}
/**
 * How a portfolio is forecast. What is None is found out, or as the preset has it.
 */
export interface ForecastConfig {
horizon?: number
frequency?: (string | null)
season?: (number | number[] | null)
/**
 * @maxItems 8
 */
levels?: []|[number]|[number, number]|[number, number, number]|[number, number, number, number]|[number, number, number, number, number]|[number, number, number, number, number, number]|[number, number, number, number, number, number, number]|[number, number, number, number, number, number, number, number]
preset?: (string | null)
validation_split?: (number | null)
models_to_try?: (number | null)
models?: (string[] | null)
hooks?: (string[] | null)
work_limit?: (number | null)
time_limit?: (number | null)
seasonal_preference?: (string | null)
intermittent_detection?: (boolean | null)
clean_outliers?: (boolean | null)
life_detection?: (boolean | null)
borrowing?: (boolean | null)
non_negative?: (boolean | null)
lead_time?: (number | null)
lead_time_deviation?: (number | null)
review_period?: (number | null)
service_level?: (number | null)
stacking?: (boolean | null)
missing?: (("line" | "zero") | null)
chunk?: (number | null)
parallel_chunks?: (number | null)
seed?: (number | null)
input_format?: (string | null)
columns?: {
[k: string]: string
}
delimiter?: (string | null)
encoding?: (string | null)
decimal?: (("." | ",") | null)
day_first?: (boolean | null)
sheet?: (string | null)
header_row?: (number | null)
skip_rows?: number
duplicates?: ("sum" | "mean" | "last" | "error")
partial?: ("drop" | "keep" | "scale")
end?: (string | null)
language?: string
retrain?: ("on_observations" | null)
retrain_pause_minutes?: number
alert_below?: number
max_series?: (number | null)
max_cost_usd?: (number | null)
name?: (string | null)
title?: (string | null)
/**
 * @maxItems 16
 */
tags?: []|[string]|[string, string]|[string, string, string]|[string, string, string, string]|[string, string, string, string, string]|[string, string, string, string, string, string]|[string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string, string, string, string, string, string, string]
metadata?: {
[k: string]: string
}
callbacks?: (Callbacks | null)
}
/**
 * Who is told of the end of this one job.
 */
export interface Callbacks {
webhook_url: string
}
/**
 * What was decided about the input: a `code`, the decision in words, the column it is about, what speaks for it,
 * and the option that decides otherwise.
 */
export interface KeptNote {
code: string
detail: string
column?: (string | null)
evidence?: (string | null)
option?: (string | null)
certain?: boolean
}
/**
 * Series: all of them, and how many are done. Seconds since the start, and those that the rest may take.
 */
export interface ForecastProgress {
total: number
done: number
succeeded: number
failed: number
percent: number
elapsed_seconds: (number | null)
eta_seconds: (number | null)
}
/**
 * When it is due: an `expression` of EventBridge Scheduler, or `every` so many units.
 */
export interface Timing {
expression?: (string | null)
every?: (number | null)
unit?: ("hours" | "days" | "weeks" | "months" | "quarters")
timezone?: string
starts_at?: (string | null)
ends_at?: (string | null)
}
export interface Health {
status: string
version: string
checks?: {
[k: string]: Check
}
active_sessions?: (number | null)
active_jobs?: (number | null)
}
/**
 * One thing asked: whether it answered, and what it raised if not.
 */
export interface Check {
ok: boolean
error?: (string | null)
}
/**
 * An endpoint with its secret: the only time that it is seen.
 */
export interface IssuedEndpoint {
id: string
url: string
kinds?: EventKind[]
filters?: {
[k: string]: string[]
}
description?: string
created_at: string
disabled_at?: (string | null)
disabled_because?: (string | null)
failing_since?: (string | null)
secret: string
}
/**
 * A new key: the only time that its text is seen.
 */
export interface IssuedKey {
id: string
name?: string
role?: Role
scopes?: Service[]
created_at: string
expires_at?: (string | null)
last_used_on?: (string | null)
tenant: string
key: string
}
/**
 * A new secret: the only time that it is seen.
 */
export interface IssuedSecret {
id: string
secret: string
old_secret_until: string
}
export interface JobPage {
jobs: JobView[]
cursor: (string | null)
}
/**
 * A job; `percent` is rounded down, `within` says whether the length is within a tenth of what was asked.
 */
export interface JobView {
id: string
session: string
task: WritingTask
state: ("pending" | "training" | "generating" | "completed" | "failed" | "cancelled")
title: string
provider: string
model: string
created_at: string
started_at: (string | null)
finished_at: (string | null)
error: (string | null)
notes: string[]
words: number
words_asked: (number | null)
within?: (boolean | null)
percent?: number
sections?: SectionView[]
tokens?: TokenTotals
cost_usd?: (number | null)
cached_from?: (string | null)
format?: (string | null)
}
export interface SectionView {
number: number
title: string
state: ("waiting" | "writing" | "written")
words?: number
asked: number
repaired?: boolean
text?: (string | null)
}
/**
 * Tokens of models; `cache_hit_ratio` is the part of the input that came from a provider's cache.
 */
export interface TokenTotals {
input?: number
output?: number
cached?: number
cache_hit_ratio?: number
}
/**
 * How many jobs a tenant has by state, among the newest `counted`; all of them if it is `complete`.
 */
export interface JobTotals {
by_state: {
[k: string]: number
}
with_failures: number
counted: number
complete: boolean
}
/**
 * What is written so far, in order; a section that is not there yet has no text.
 */
export interface LiveText {
id: string
state: ("pending" | "training" | "generating" | "completed" | "failed" | "cancelled")
title: string
sections: SectionView[]
}
/**
 * The tenant's batches that are under way, the oldest first, and what they come to.
 */
export interface LiveView {
open_jobs: number
open_shards: number
in_flight: number
waiting: number
per_second: number
jobs: LiveJob[]
more: boolean
}
/**
 * A batch that is under way.
 */
export interface LiveJob {
id: string
name: (string | null)
state: State
provider: string
model: (string | null)
requests: number
done: number
percent: number
per_second: (number | null)
eta_seconds: (number | null)
open_shards: number
in_flight: number
waiting: number
waiting_for?: Waiting[]
}
/**
 * All jobs of these days, and the same in groups, those that cost most first; by day, by day first.
 */
export interface MoneyView {
since: string
until: string
by: ("day" | "kind" | "provider" | "model" | "lane" | "template" | "tag" | "key")[]
total: MoneyFigures
groups: MoneyGroup[]
}
/**
 * What jobs cost. A job counts on the day it first ended, a forecast on the day it was planned.
 */
export interface MoneyFigures {
jobs: number
requests: number
spent_usd: number
spent_nanos: number
list_usd: number
list_nanos: number
saved_usd: number
unpriced_requests: number
input_tokens: number
output_tokens: number
}
/**
 * One of the groups: what its jobs have in common, null where they have nothing of it.
 */
export interface MoneyGroup {
jobs: number
requests: number
spent_usd: number
spent_nanos: number
list_usd: number
list_nanos: number
saved_usd: number
unpriced_requests: number
input_tokens: number
output_tokens: number
of: {
[k: string]: string | null
}
}
/**
 * A pilot so far; figures are of those that have their answer.
 */
export interface PilotView {
id: string
state: State
rows: number
requests: number
tries: PilotTry[]
finish_reasons: {
[k: string]: number
}
spent_usd: number
lanes: {
[k: string]: Extrapolated
}
}
/**
 * A request of the sample.
 */
export interface PilotTry {
custom_id: string
line: number
status: string
prompt: string
output: (string | null)
finish_reason: (string | null)
cost_usd: (number | null)
error?: (string | null)
}
/**
 * Dollars for all requests of the file: expected, and the interval that holds them with 95 % certainty.
 */
export interface Extrapolated {
expected_usd: (number | null)
low_usd: (number | null)
high_usd: (number | null)
}
/**
 * `code` never changes; `errors` has one entry per field or line that is wrong.
 */
export interface Problem {
type: string
code: string
title: string
status: number
detail: string
instance?: (string | null)
errors?: Flaw[]
}
/**
 * One thing wrong with an input: where it is, and what.
 */
export interface Flaw {
field?: (string | null)
line?: (number | null)
detail: string
}
export interface ProfileView {
style: Style
summary: string
version: number
edited: boolean
updated_at: string
documents: string[]
}
/**
 * How the documents are written.
 */
export interface Style {
voice?: string
tone?: string
sentences?: string
vocabulary?: string
structure?: string
/**
 * @maxItems 40
 */
devices?: string[]
/**
 * @maxItems 40
 */
avoid?: string[]
}
export interface ProviderList {
providers: ProviderView[]
}
/**
 * A provider as this deployment has it.
 */
export interface ProviderView {
name: string
enabled: boolean
lanes: string[]
default_model: string
structured_output: boolean
models: ModelPrices[]
}
/**
 * A model, and its prices by lane.
 */
export interface ModelPrices {
model: string
lanes: {
[k: string]: LanePrices
}
}
/**
 * Dollars a million tokens, for requests of the first price step.
 */
export interface LanePrices {
input_usd: number
cached_usd: number
output_usd: number
}
/**
 * The quotas that the operator has set, and what is used of each.
 */
export interface QuotaUsage {
calls_per_minute: QuotaUse
open_jobs: QuotaUse
requests_per_day: QuotaUse
series_per_day: QuotaUse
stored_bytes: QuotaUse
concurrency: QuotaUse
daily_usd: QuotaUse
monthly_usd: QuotaUse
providers?: (string[] | null)
models?: (string[] | null)
stored_at?: (string | null)
}
/**
 * A quota. `used` is None where it is not counted; `limit` is None without one, and then jobs and units are not.
 */
export interface QuotaUse {
limit?: (number | null)
used?: (number | null)
resets_at?: (string | null)
}
export interface RequestPage {
requests: RequestRow[]
cursor: (string | null)
}
/**
 * A request and what became of it.
 */
export interface RequestRow {
custom_id: string
line: number
status: ("pending" | "succeeded" | "failed" | "expired" | "cancelled")
error?: (Fault | null)
}
/**
 * Why a request has no answer. `kind` is ours and the same for all providers; the rest is the provider's.
 */
export interface Fault {
kind: string
message: string
code?: (string | null)
status?: (number | null)
received?: (string | null)
}
/**
 * One request: what was asked, and what came back if it is settled.
 */
export interface RequestView {
custom_id: string
line: number
status: string
request: {
[k: string]: unknown
}
result?: ({
[k: string]: unknown
} | null)
}
export interface ScheduleList {
schedules: ScheduleView[]
}
/**
 * A schedule as the API shows it.
 */
export interface ScheduleView {
id: string
name: string
state: ScheduleState
kind: string
work: {
[k: string]: unknown
}
expression: string
every: (number | null)
unit: (string | null)
timezone: string
starts_at: (string | null)
ends_at: (string | null)
next_runs: string[]
last: (RunView | null)
runs: RunView[]
created_at: string
}
/**
 * A run: when it was due, what became of it, and how the job does that it started.
 */
export interface RunView {
at: string
state: RunState
job: (string | null)
job_state: (string | null)
detail: (string | null)
}
/**
 * Milliseconds to accept each POST; to the flush of the last of them, or None if it did not come so soon.
 */
export interface SelfTestResult {
stream?: string
ids: string[]
accept_ms: number[]
flush_lag_ms: (number | null)
pending_posts: number
}
/**
 * `preview` says that the forecast still runs: the order is that of the chunks, and more will come.
 */
export interface SeriesPage {
series: SeriesRow[]
cursor: (string | null)
preview?: boolean
}
/**
 * A series in the list.
 */
export interface SeriesRow {
name: string
status: string
pattern: string
reason: (string | null)
model: string
lead_model: string
confidence: number
attention?: (string | null)
expected_error: (number | null)
}
/**
 * One series: history, forecast, and what is to be said about it in the portfolio's language or another.
 */
export interface SeriesView {
name: string
status: string
explanation: string
recommendation: string
result: {
[k: string]: unknown
}
}
export interface SessionPage {
sessions: SessionView[]
cursor: (string | null)
}
/**
 * A session as the API shows it; `cost_usd` is that of the jobs that are over.
 */
export interface SessionView {
id: string
name: (string | null)
state: ("new" | "trained")
provider: string
model: (string | null)
language: (string | null)
tone: (string | null)
metadata: {
[k: string]: string
}
created_at: string
last_activity: string
jobs?: number
tokens?: TokenTotals
cost_usd?: number
}
/**
 * `flush_lag_ms` is by entry, `batch_entries` by segment. `exact` unless flushes never stood still.
 */
export interface Statistics {
accepted?: number
flushed?: number
pending?: number
failed?: number
since: string
until: string
levels: {
[k: string]: number
}
hours: Hour[]
segments: number
bytes: number
retries: number
flush_lag_ms: LagSpread
batch_entries: LagSpread
exact: boolean
}
export interface Hour {
accepted?: number
flushed?: number
pending?: number
failed?: number
hour: string
levels?: {
[k: string]: number
}
}
/**
 * Percentiles, each the upper end of a power of two; None if there is nothing.
 */
export interface LagSpread {
p50?: (number | null)
p95?: (number | null)
p99?: (number | null)
}
/**
 * All jobs that ended in these days, and the same in groups.
 */
export interface Stats {
since: string
until: string
by: (("provider" | "model" | "lane" | "day" | "tag") | null)
total: UsageSummary
groups: StatsGroup[]
}
/**
 * What jobs came to. A job counts on the day it first ended, and what a retry changes counts there too.
 */
export interface UsageSummary {
jobs: number
completed: number
failed_jobs: number
cancelled: number
requests: number
succeeded: number
failed: number
success_rate: (number | null)
mean_seconds: (number | null)
p50_seconds: (number | null)
p95_seconds: (number | null)
requests_per_second: (number | null)
tokens: Tokens
spent_usd: number
list_usd: number
saved_usd: number
unpriced_requests: number
retries: number
breaker_openings: number
finish_reasons?: {
[k: string]: number
}
empty?: number
}
export interface StatsGroup {
jobs: number
completed: number
failed_jobs: number
cancelled: number
requests: number
succeeded: number
failed: number
success_rate: (number | null)
mean_seconds: (number | null)
p50_seconds: (number | null)
p95_seconds: (number | null)
requests_per_second: (number | null)
tokens: Tokens
spent_usd: number
list_usd: number
saved_usd: number
unpriced_requests: number
retries: number
breaker_openings: number
finish_reasons?: {
[k: string]: number
}
empty?: number
key: string
}
/**
 * Suggestions, those that save most first.
 */
export interface SuggestionList {
since: string
until: string
suggestions: Suggestion[]
}
/**
 * Something to change: what it is about, how many requests it rests on, and what it would have saved.
 */
export interface Suggestion {
code: ("use_batch_lane" | "ask_once" | "lower_the_limit")
provider: string
model: string
requests: number
spent_usd: number
saved_usd: (number | null)
mean_output_tokens?: (number | null)
limit_tokens?: (number | null)
suggested_tokens?: (number | null)
detail: string
}
export interface TemplateList {
templates: TemplateView[]
}
/**
 * A template with its latest version.
 */
export interface TemplateView {
name: string
latest: VersionView
versions: number[]
created_at: string
archived_at: (string | null)
}
/**
 * A version of a template, as the API shows it.
 */
export interface VersionView {
name: string
version: number
label: string
description: (string | null)
options: Options
variables: {
[k: string]: string | null
}
fields: string[]
created_at: string
}
/**
 * What holds for all requests of a batch that do not say otherwise themselves. It must fit into one item.
 */
export interface Options {
provider?: string
model?: (string | null)
endpoint?: Endpoint
mode?: Mode
priority?: Priority
deadline?: (string | null)
failover?: (boolean | null)
/**
 * @maxItems 3
 */
fallbacks?: []|[Fallback]|[Fallback, Fallback]|[Fallback, Fallback, Fallback]
system?: (string | null)
batch_size?: (number | null)
budget_usd?: (number | null)
max_tokens?: (number | null)
temperature?: (number | null)
top_p?: (number | null)
stop?: (string | string[] | null)
seed?: (number | null)
reasoning_effort?: (string | null)
tools?: ({
[k: string]: unknown
}[] | null)
tool_choice?: (string | {
[k: string]: unknown
} | null)
from_template?: (string | null)
variables?: {
[k: string]: string
}
template?: (string | null)
id_column?: (string | null)
keep_columns?: (string[] | "all")
allow_empty?: boolean
delimiter?: (string | null)
encoding?: (string | null)
response_schema?: ({
[k: string]: unknown
} | null)
repair?: boolean
collapse?: boolean
cache?: boolean
timeout?: (number | null)
retry_attempts?: (number | null)
requests_per_minute?: (number | null)
retention_days?: (number | null)
/**
 * @maxItems 8
 */
hooks?: []|[string]|[string, string]|[string, string, string]|[string, string, string, string]|[string, string, string, string, string]|[string, string, string, string, string, string]|[string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string]
callbacks?: (Callbacks | null)
sample?: (Sample | null)
name?: (string | null)
description?: (string | null)
/**
 * @maxItems 16
 */
tags?: []|[string]|[string, string]|[string, string, string]|[string, string, string, string]|[string, string, string, string, string]|[string, string, string, string, string, string]|[string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string, string, string, string, string, string, string]
metadata?: {
[k: string]: string
}
}
/**
 * A model that may answer in place of the one that was asked for: of the same provider, if it names none.
 */
export interface Fallback {
provider?: (string | null)
model?: (string | null)
}
/**
 * A sample of the input, which is asked in real time whatever the batch's mode.
 */
export interface Sample {
rows?: number
budget_usd?: number
}
export interface Streams {
streams: StreamView[]
}
/**
 * A stream. `since` is the hour of its oldest entries, or an earlier one.
 */
export interface StreamView {
stream: string
retention_days: number
since: string
}
/**
 * Send the file with the form, then make a job with this `upload`.
 */
export interface Upload {
upload: string
form: UploadForm
max_bytes: number
}
/**
 * A presigned POST: send `fields` and then the file to `url` as multipart/form-data.
 */
export interface UploadForm {
url: string
fields: {
[k: string]: string
}
}
/**
 * An endpoint as it can be shown.
 */
export interface WebhookEndpoint {
id: string
url: string
kinds?: EventKind[]
filters?: {
[k: string]: string[]
}
description?: string
created_at: string
disabled_at?: (string | null)
disabled_because?: (string | null)
failing_since?: (string | null)
}
/**
 * The body of `POST /v1/batches`. A draft may be without input, and gets more until it is processed.
 */
export interface CreateBatch {
requests?: ([unknown, ...(unknown)[]] | null)
upload?: (string | null)
provider?: string
model?: (string | null)
endpoint?: Endpoint
mode?: Mode
priority?: Priority
deadline?: (string | null)
failover?: (boolean | null)
/**
 * @maxItems 3
 */
fallbacks?: []|[Fallback]|[Fallback, Fallback]|[Fallback, Fallback, Fallback]
system?: (string | null)
batch_size?: (number | null)
budget_usd?: (number | null)
max_tokens?: (number | null)
temperature?: (number | null)
top_p?: (number | null)
stop?: (string | string[] | null)
seed?: (number | null)
reasoning_effort?: (string | null)
tools?: ({
[k: string]: unknown
}[] | null)
tool_choice?: (string | {
[k: string]: unknown
} | null)
from_template?: (string | null)
variables?: {
[k: string]: string
}
template?: (string | null)
id_column?: (string | null)
keep_columns?: (string[] | "all")
allow_empty?: boolean
delimiter?: (string | null)
encoding?: (string | null)
response_schema?: ({
[k: string]: unknown
} | null)
repair?: boolean
collapse?: boolean
cache?: boolean
timeout?: (number | null)
retry_attempts?: (number | null)
requests_per_minute?: (number | null)
retention_days?: (number | null)
/**
 * @maxItems 8
 */
hooks?: []|[string]|[string, string]|[string, string, string]|[string, string, string, string]|[string, string, string, string, string]|[string, string, string, string, string, string]|[string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string]
callbacks?: (Callbacks | null)
sample?: (Sample | null)
name?: (string | null)
description?: (string | null)
/**
 * @maxItems 16
 */
tags?: []|[string]|[string, string]|[string, string, string]|[string, string, string, string]|[string, string, string, string, string]|[string, string, string, string, string, string]|[string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string, string, string, string, string, string, string]
metadata?: {
[k: string]: string
}
draft?: boolean
dry_run?: boolean
}
/**
 * The body of `POST /v1/forecasts`: the configuration, and the series themselves or an upload of them.
 */
export interface CreateForecast {
horizon?: number
frequency?: (string | null)
season?: (number | number[] | null)
/**
 * @maxItems 8
 */
levels?: []|[number]|[number, number]|[number, number, number]|[number, number, number, number]|[number, number, number, number, number]|[number, number, number, number, number, number]|[number, number, number, number, number, number, number]|[number, number, number, number, number, number, number, number]
preset?: (string | null)
validation_split?: (number | null)
models_to_try?: (number | null)
models?: (string[] | null)
hooks?: (string[] | null)
work_limit?: (number | null)
time_limit?: (number | null)
seasonal_preference?: (string | null)
intermittent_detection?: (boolean | null)
clean_outliers?: (boolean | null)
life_detection?: (boolean | null)
borrowing?: (boolean | null)
non_negative?: (boolean | null)
lead_time?: (number | null)
lead_time_deviation?: (number | null)
review_period?: (number | null)
service_level?: (number | null)
stacking?: (boolean | null)
missing?: (("line" | "zero") | null)
chunk?: (number | null)
parallel_chunks?: (number | null)
seed?: (number | null)
input_format?: (string | null)
columns?: {
[k: string]: string
}
delimiter?: (string | null)
encoding?: (string | null)
decimal?: (("." | ",") | null)
day_first?: (boolean | null)
sheet?: (string | null)
header_row?: (number | null)
skip_rows?: number
duplicates?: ("sum" | "mean" | "last" | "error")
partial?: ("drop" | "keep" | "scale")
end?: (string | null)
language?: string
retrain?: ("on_observations" | null)
retrain_pause_minutes?: number
alert_below?: number
max_series?: (number | null)
max_cost_usd?: (number | null)
name?: (string | null)
title?: (string | null)
/**
 * @maxItems 16
 */
tags?: []|[string]|[string, string]|[string, string, string]|[string, string, string, string]|[string, string, string, string, string]|[string, string, string, string, string, string]|[string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string, string, string, string, string, string]|[string, string, string, string, string, string, string, string, string, string, string, string, string, string, string, string]
metadata?: {
[k: string]: string
}
callbacks?: (Callbacks | null)
series?: ((unknown[] | {
[k: string]: unknown
}) | null)
upload?: (string | null)
}
