"""What a writing job has used: added to its session with its end, counted for its tenant behind it."""

from fanfold.clock import stamp
from fanfold.jobs.job import Counts, State
from fanfold.jobs.usage_stats import Figures, JobUsage, UsageKey
from fanfold.ports import Change
from fanfold.writing.backend import WritingBackend
from fanfold.writing.checkpoints import Checkpoint
from fanfold.writing.job import WritingJob
from fanfold.writing.sessions import TALLY


def usage(sections: list[Checkpoint]) -> tuple[Counts, int | None]:
    """Tokens and nanodollars of a job's settled pieces; the cost is None if one of them has none."""
    settled = [section for section in sections if section.settled]
    costs = [section.cost for section in settled]
    known = None if None in costs else sum(cost for cost in costs if cost is not None)
    return sum((section.tokens for section in settled), Counts()), known


def tallied(job: WritingJob, tokens: Counts, cost: int | None) -> Change:
    """The write that adds what the job has used to its session's totals."""
    steps = tokens.model_dump(include={"input_tokens", "output_tokens", "cached_tokens"})
    return Change(key=job.session_ref.key(TALLY), add={"jobs": 1, "cost": cost or 0, **steps})


def account_for(job: WritingJob, backend: WritingBackend) -> None:
    """Count the job in its tenant's statistics and spending; done again it changes nothing."""
    usage_key, spent = UsageKey(job.provider, job.model, "realtime"), job.cost or 0
    used = job.counts.model_dump(include={"input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens"})
    figures = Figures(used | {"spent_nanos": spent, "list_nanos": spent, "unpriced": int(job.cost is None)})
    figures["failed" if job.state is State.FAILED else "succeeded"] += 1
    ending = JobUsage(job.state, job.finished_at or stamp(backend.clock()), usage_key, {usage_key: figures})
    backend.budgets.close(job.ref, spent, backend.usage_stats.record(job, ending))
