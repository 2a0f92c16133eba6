"""Observing: observations that are taken for the next edition, listed, and taken back."""

from hashlib import blake2b

from pydantic import BaseModel

from fanfold.clock import stamp
from fanfold.errors import Conflict, Flaw, Invalid, KeyReused, NotFound
from fanfold.forecasts.backend import ForecastBackend
from fanfold.forecasts.editions import retrain_after, shown
from fanfold.forecasts.merge import LONGEST_LINE
from fanfold.forecasts.observation_store import KeptPost
from fanfold.forecasts.observations import MOST_OBSERVATIONS, PostObservations
from fanfold.forecasts.results import unknown_names
from fanfold.jobs.identity import Caller, job_id
from fanfold.jobs.job import JobRef

NAMED = 20
"""Unknown names that are told one by one."""


class ObservationReceipt(BaseModel):
    """The answer to observations: the id of the post, and how many are kept for the next edition by now."""

    post: str | None
    """By which it can be deleted; None if it was only a check."""
    observations: int
    kept: int


class PostView(BaseModel):
    """A post of observations."""

    id: str
    created_at: str
    observations: int


class PostList(BaseModel):
    """The posts that the next edition will use, the newest first; `total` counts all of them."""

    posts: list[PostView]
    total: int
    kept: int


def observe(job: str, post: PostObservations, caller: Caller, backend: ForecastBackend) -> ObservationReceipt:
    """Keep the observations for the next edition; a post twice under one idempotency key is there once.

    Raises NotFound, Invalid for names that the forecast does not have, Conflict for more than are kept and while it is
    not planned, KeyReused for other observations under the same key.
    """
    found = backend.jobs.get(JobRef(tenant=caller.tenant, job=job))
    first = JobRef(tenant=caller.tenant, job=found.edition_of or job)
    check_names(first, post, backend)
    count, observed = len(post.observations), backend.jobs.get(first).observed
    if observed + count > MOST_OBSERVATIONS:
        raise Conflict(f"forecast {first.job} has {observed:,} observations: submit the portfolio anew", field="id")
    if post.dry_run:
        return ObservationReceipt(post=None, observations=count, kept=observed)
    lines = b"".join(each.model_dump_json().encode() + b"\n" for each in post.observations)
    name, content = job_id("observations", caller.idempotency_key), blake2b(lines, digest_size=8).hexdigest()
    key = f"{first.folder}observations/{name}-{content}.jsonl"
    backend.blobs.put(key, lines)
    if not backend.posts.add(first, name, key, count, stamp(backend.clock())):
        _check_same(first, name, key, backend)
    kept = backend.jobs.get(first)
    retrain_after(kept, backend)
    return ObservationReceipt(post=name, observations=count, kept=kept.observed)


def check_names(first: JobRef, post: PostObservations, backend: ForecastBackend) -> None:
    """A typing error must not become a product. Raises Invalid with the names that the forecast does not have."""
    if post.new_series:
        return
    if names := unknown(first, post, backend):
        told = ", ".join(repr(name) for name in names[:NAMED])
        more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
        flaws = [Flaw(field=name, detail="the forecast has no series of that name") for name in names[:NAMED]]
        said = f"the forecast has no series {told}{more}: with new_series they begin; nothing was taken"
        raise Invalid(said, *flaws, field="observations")


def unknown(first: JobRef, post: PostObservations, backend: ForecastBackend) -> list[str]:
    """The names that neither the first edition nor the one that is shown has."""
    names = list(dict.fromkeys(each.series for each in post.observations))
    for job in {each.id: each for each in (shown(first, backend), backend.jobs.get(first))}.values():
        names = unknown_names(job, names, backend)
    return names


def list_posts(ref: JobRef, limit: int, backend: ForecastBackend) -> PostList:
    """The posts of the portfolio, whichever edition is named. Raises NotFound."""
    first = first_of(ref, backend)
    posts = backend.posts.all(first)[::-1]
    views = [PostView(id=each.id, created_at=each.at, observations=_count(each, backend)) for each in posts[:limit]]
    return PostList(posts=views, total=len(posts), kept=backend.jobs.get(first).observed)


def delete_post(ref: JobRef, post: str, backend: ForecastBackend) -> ObservationReceipt:
    """Take a post back: the next edition is made without it. Raises NotFound."""
    first = first_of(ref, backend)
    kept = backend.posts.get(first, post)
    count = _count(kept, backend) if kept else 0
    if kept is None or not backend.posts.drop(first, kept, count):
        raise NotFound(f"forecast {first.job} has no post of observations {post!r}", field="post")
    backend.blobs.remove_under(kept.object)
    return ObservationReceipt(post=post, observations=count, kept=backend.jobs.get(first).observed)


def _count(post: KeptPost, backend: ForecastBackend) -> int:
    """How many observations it has; of posts from before that was kept, the lines are counted."""
    return sum(1 for _ in backend.blobs.lines(post.object, LONGEST_LINE)) if post.size is None else post.size


def first_of(ref: JobRef, backend: ForecastBackend) -> JobRef:
    """The portfolio's first edition, whichever is named. Raises NotFound."""
    return JobRef(tenant=ref.tenant, job=backend.jobs.get(ref).edition_of or ref.job)


def _check_same(first: JobRef, name: str, key: str, backend: ForecastBackend) -> None:
    """A post that is there already must have been this one. Raises KeyReused, NotFound if the forecast is gone."""
    before = backend.posts.get(first, name)
    if before is None:
        raise NotFound(f"there is no forecast {first.job!r}", field="id")
    if before.object != key:
        raise KeyReused("this Idempotency-Key was used with other observations", field="Idempotency-Key")
