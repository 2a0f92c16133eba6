"""Sessions from their opening to the text that they write."""

from typing import Any

import pytest

from fanfold.errors import Conflict, Invalid, KeyReused, NotFound, ProviderRefused, ProviderUnavailable
from fanfold.jobs.identity import Caller
from fanfold.jobs.job import State
from fanfold.jobs.life_cycle import cancel
from fanfold.writing import job_views, session_views, words
from fanfold.writing.create import Generate, Train, generate, train
from fanfold.writing.documents import Style
from fanfold.writing.session import SessionOptions
from fanfold.writing.session_commands import EditProfile, EditSession, create_session, edit, edit_profile
from tests.fakes.writer import said
from tests.fakes.writing import TEXT, Studio


@pytest.fixture
def studio() -> Studio:
    return Studio()


def test_a_text_is_written_in_sections_of_the_words_asked_for(studio: Studio) -> None:
    job = studio.generate(studio.trained())
    studio.run()
    done = studio.job(job)
    assert (done.state, done.words, done.notes) == (State.COMPLETED, 600, ())
    assert words.count(studio.text(job)) == 600
    headings = [line for line in studio.text(job).splitlines() if line.startswith("#")]
    assert headings == ["# A title", "## Part 1", "## Part 2", "## Part 3"]
    assert set(studio.writer.paid.values()) == {1}
    assert studio.unfinished() == []


def test_a_session_of_no_training_writes_nothing(studio: Studio) -> None:
    with pytest.raises(Conflict, match="not trained"):
        studio.generate(studio.open())
    assert studio.writer.asked == []


def test_training_makes_a_profile_that_its_owner_reads_and_changes(studio: Studio) -> None:
    session = studio.trained()
    learnt = session_views.show_profile(session.ref, studio.backend)
    assert (learnt.style.voice, learnt.style.devices, learnt.summary) == ("voice", ("devices",), "summary")
    body = EditProfile(style=Style(voice="like a sailor"), summary="All about harbours")
    edited = edit_profile(session.ref, body, studio.backend)
    assert (edited.style.voice, edited.style.tone, edited.version) == ("like a sailor", "tone", 2)
    job = studio.generate(session)
    studio.run()
    assert studio.job(job).state is State.COMPLETED
    assert all("like a sailor" in said(q.body["messages"][0]) for q in studio.writer.asked[1:])


def test_what_an_owner_wrote_survives_the_next_document(studio: Studio) -> None:
    session = studio.trained()
    edit_profile(session.ref, EditProfile(style=Style(voice="mine")), studio.backend)
    studio.train(session, text="# Another\n\nIt is written otherwise.")
    studio.run()
    profile = session_views.show_profile(session.ref, studio.backend)
    assert profile.style.voice == "mine voice"
    assert len(profile.documents) == 2
    assert profile.style.devices == ("devices",)


def test_documents_learnt_from_at_the_same_moment_are_all_in_the_profile(studio: Studio) -> None:
    session = studio.open()
    jobs = [studio.train(session, text=f"# Text {n}\n\nwords") for n in range(4)]
    studio.run()
    assert set(session_views.show_profile(session.ref, studio.backend).documents) == {job.id for job in jobs}


def test_the_same_question_is_the_same_job(studio: Studio) -> None:
    session = studio.trained()
    caller = Caller(tenant="acme", correlation_id="c", idempotency_key="k")
    body = Generate(topic="The harbour", words=300)
    jobs = {generate(session.ref, body, caller, studio.backend).id for _ in range(3)}
    assert len(jobs) == 1
    studio.run()
    assert generate(session.ref, body, caller, studio.backend).id in jobs
    with pytest.raises(KeyReused):
        generate(session.ref, body.model_copy(update={"words": 301}), caller, studio.backend)
    assert len(job_views.history(session.ref, 10, None, studio.backend).jobs) == 2
    opened = [create_session(SessionOptions(name="x"), caller, studio.backend).id for _ in range(2)]
    assert len(set(opened)) == 1
    with pytest.raises(KeyReused):
        create_session(SessionOptions(name="y"), caller, studio.backend)


def test_a_wish_that_came_before_is_served_again_without_the_model(studio: Studio) -> None:
    session = studio.trained()
    first = studio.generate(session)
    studio.run()
    asked = len(studio.writer.asked)
    second = studio.generate(session, format="html")
    studio.run()
    done = studio.job(second)
    assert (done.state, done.cached_from, done.words) == (State.COMPLETED, first.id, 600)
    assert studio.text(second) == studio.text(first)
    assert len(studio.writer.asked) == asked
    assert (done.counts.input_tokens, done.cost) == (0, 0)
    fresh = studio.generate(session, fresh=True)
    edit_profile(session.ref, EditProfile(summary="otherwise"), studio.backend)
    changed = studio.generate(session)
    studio.run()
    assert studio.job(fresh).cached_from is None
    assert studio.job(changed).cached_from is None
    assert len(studio.writer.asked) == asked + 8


def test_texts_are_never_taken_over_from_another_session(studio: Studio) -> None:
    one, other = studio.trained(), studio.trained()
    studio.generate(one)
    studio.run()
    job = studio.generate(other)
    studio.run()
    assert studio.job(job).cached_from is None


def test_a_taken_over_text_that_goes_meanwhile_is_written(studio: Studio) -> None:
    session = studio.trained()
    first = studio.generate(session)
    studio.run()
    second = studio.generate(session)
    studio.blobs.remove_under(first.ref.folder)
    studio.run()
    assert studio.job(second).state is State.COMPLETED
    assert studio.job(second).words == 600


def test_an_answer_that_is_cut_is_gone_on_with(studio: Studio) -> None:
    studio.writer.cut = 90
    job = studio.generate(studio.trained())
    studio.run()
    assert studio.job(job).words == 600
    assert studio.text(job).split("## Part 1")[1].split()[:200] == [f"word{n}" for n in range(200)]
    calls = [section.calls for section in studio.backend.sections.all(job.ref)]
    assert calls == [1, 3, 3, 3]
    assert set(studio.writer.paid.values()) == {1}


def test_a_section_of_the_wrong_length_is_written_once_more_and_no_more(studio: Studio) -> None:
    lengths = iter([120, 210, 200, 400, 150])
    studio.writer.length = lambda asked: next(lengths)
    job = studio.generate(studio.trained())
    studio.run()
    done = studio.job(job)
    sections = list(studio.backend.sections.all(job.ref))[1:]
    taken = [(each.words, each.repaired, each.calls) for each in sections]
    assert taken == [(210, True, 2), (200, False, 1), (150, True, 2)]
    assert done.notes == ("sections written twice for their length: 1, 3",)
    assert done.words == 560


def test_a_model_that_always_writes_too_much_is_asked_for_less(studio: Studio) -> None:
    studio.writer.length = lambda asked: asked * 5 // 4
    job = studio.generate(studio.trained())
    studio.run()
    assert (studio.job(job).words, job_views.job_view(studio.job(job)).within) == (600, True)


def test_a_text_that_stays_too_short_says_so(studio: Studio) -> None:
    studio.writer.length = lambda asked: 100
    job = studio.generate(studio.trained())
    studio.run()
    assert "the text has 300 words instead of 600" in studio.job(job).notes
    view = job_views.job_view(studio.job(job))
    assert view.within is False


def test_an_outline_of_the_users_own_costs_no_call(studio: Studio) -> None:
    outline = [{"title": "First", "about": "boats"}, {"title": "Second"}]
    job = studio.generate(studio.trained(), words=301, outline=outline)
    studio.run()
    assert "## First" in studio.text(job)
    assert sorted(studio.writer.paid) == sorted([f"{job.id}-1", f"{job.id}-2", studio.writer.asked[0].id[:-4]])
    assert [each.asked for each in job_views.show_job(job.ref, studio.backend)[0].sections] == [150, 151]


def test_an_outline_of_more_sections_than_the_words_allow_is_shortened(studio: Studio) -> None:
    studio.writer.sections = 30
    job = studio.generate(studio.trained(), words=350)
    studio.run()
    assert studio.job(job).chunks == 2


def test_sources_name_the_documents(studio: Studio) -> None:
    job = studio.generate(studio.trained(), sources=True)
    studio.run()
    assert studio.text(job).endswith("## Sources\n\n1. How we write\n")
    assert studio.job(job).words == 600
    assert all("as in [1]" in said(q.body["messages"][0]) for q in studio.writer.asked[1:])


def test_what_a_provider_keeps_is_read_from_its_cache(studio: Studio) -> None:
    session = studio.trained()
    job = studio.generate(session, outline=[{"title": f"Part {n}"} for n in range(4)])
    studio.run()
    view = session_views.session_view(session, studio.backend)
    assert (view.jobs, view.tokens.input, view.tokens.cached) == (2, 500, 240)
    assert view.tokens.cache_hit_ratio == 0.48
    prompts = [q.body["messages"] for q in studio.writer.asked if q.id.startswith(job.id)]
    assert len({repr(prompt[0]) for prompt in prompts}) == 1
    parts: list[Any] = [prompt[1]["content"] for prompt in prompts]
    assert [part[0].get("cached") for part in parts] == [True] * 4
    assert len({repr(part[0]) for part in parts}) == 1


def test_cost_and_tokens_of_a_session_are_those_of_its_jobs(studio: Studio) -> None:
    session = studio.trained()
    jobs = [studio.generate(session, words=200 + n) for n in range(3)]
    studio.run()
    done = [studio.job(job) for job in jobs]
    view = session_views.session_view(session, studio.backend)
    trained = job_views.history(session.ref, 10, None, studio.backend).jobs[-1]
    assert view.tokens.output == sum(job.counts.output_tokens for job in done) + trained.tokens.output
    assert view.cost_usd == pytest.approx(view.tokens.output * 1e-8)


def test_models_that_keep_no_files_get_the_same_as_text(studio: Studio) -> None:
    session = studio.trained(provider="plain")
    job = studio.generate(session)
    studio.run()
    assert studio.job(job).words == 600
    contents = [q.body["messages"][1]["content"] for q in studio.plain.asked]
    assert all(isinstance(content, str) and "The harbour wakes" in content for content in contents)
    other = studio.generate(session, provider="anthropic")
    studio.run()
    assert (studio.job(other).provider, studio.job(other).words) == ("anthropic", 600)


def test_a_provider_that_is_away_for_a_while_costs_nothing_twice(studio: Studio) -> None:
    session = studio.trained()
    studio.writer.trouble = [ProviderUnavailable("away")] * 3
    job = studio.generate(session)
    studio.run()
    assert studio.job(job).state is State.COMPLETED
    assert set(studio.writer.paid.values()) == {1}


def test_a_provider_that_stays_away_fails_the_job_with_its_reason(studio: Studio) -> None:
    session = studio.trained()
    studio.writer.trouble = [ProviderUnavailable("away")] * 100
    job = studio.generate(session)
    studio.settle()
    assert (studio.job(job).state, studio.job(job).error) == (State.FAILED, "away")
    assert studio.job(job).mishaps == studio.settings.max_mishaps


def test_a_model_that_refuses_fails_the_job_at_once(studio: Studio) -> None:
    session = studio.trained()
    studio.writer.refuses = True
    job = studio.generate(session)
    studio.run()
    assert (studio.job(job).state, studio.job(job).error) == (State.FAILED, "the model refuses to write this")
    studio.writer.refuses, studio.writer.trouble = False, [ProviderRefused("no such model")]
    job = studio.train(session)
    studio.run()
    assert studio.job(job).error == "no such model"
    documents = session_views.documents_view(session.ref, studio.backend).documents
    assert [(each.state, each.error) for each in documents] == [("ready", None), ("failed", "no such model")]


@pytest.mark.parametrize("says", ["", "no JSON", "[]", '{"title": "x"}', '{"title": "x", "sections": []}'])
def test_an_answer_that_is_no_outline_is_asked_for_again(studio: Studio, says: str) -> None:
    session = studio.trained()
    studio.writer.says = says
    job = studio.generate(session)
    studio.settle()
    assert studio.job(job).state is State.FAILED


def test_a_job_that_is_cancelled_is_over_at_once(studio: Studio) -> None:
    session = studio.trained()
    job = studio.generate(session)
    cancelled = cancel(job.ref, studio.backend)
    assert (cancelled.state, cancelled.error) == (State.CANCELLED, "it was cancelled")
    assert cancel(job.ref, studio.backend).state is State.CANCELLED
    assert studio.unfinished() == []
    studio.run()
    assert studio.job(job).state is State.CANCELLED
    done = studio.generate(session)
    studio.run()
    with pytest.raises(Conflict, match="is over"):
        cancel(done.ref, studio.backend)


def test_live_text_and_its_tag_follow_the_sections(studio: Studio) -> None:
    session = studio.trained()
    job = studio.generate(session)
    start = {"tenant": "acme", "job": job.id, "run": 1}
    seen = [job_views.show_job(job.ref, studio.backend)]
    studio.step({"step": "outline", **start})
    for number in (1, 2):
        seen.append(job_views.show_job(job.ref, studio.backend))
        studio.step({"step": "section", "section": number, **start})
    seen.append(job_views.show_job(job.ref, studio.backend))
    assert [view.percent for view, _ in seen] == [0, 0, 33, 66]
    assert len({tag for _, tag in seen}) == len(seen)
    assert job_views.show_job(job.ref, studio.backend)[1] == seen[-1][1] == job_views.live_tag(job.ref, studio.backend)
    texts = [each.text for each in job_views.live(job.ref, studio.backend).sections]
    assert [bool(text) for text in texts] == [True, True, False]
    assert seen[-1][0].state == "generating"


def test_results_are_there_in_every_form(studio: Studio) -> None:
    session = studio.trained()
    job = studio.generate(session, format="html")
    with pytest.raises(Conflict, match="it has no result"):
        job_views.result(job.ref, None, studio.backend)
    studio.run()
    page = studio.blobs.follow(job_views.result(job.ref, None, studio.backend))
    assert b"<h1>A title</h1>" in page
    assert studio.blobs.follow(job_views.result(job.ref, "markdown", studio.backend)).decode() == studio.text(job)
    trained = job_views.history(session.ref, 10, None, studio.backend).jobs[-1]
    with pytest.raises(Conflict, match="profile"):
        job_views.result(job.ref.model_copy(update={"job": trained.id}), None, studio.backend)


def test_a_session_is_changed_by_its_owner(studio: Studio) -> None:
    session = studio.open(name="one", language="Italian", metadata={"a": "b"})
    edited = edit(session.ref, EditSession(name="two", language=None, model="echo-9"), studio.backend)
    assert (edited.options.name, edited.options.language, edited.options.model) == ("two", None, "echo-9")
    assert edited.options.metadata == {"a": "b"}
    assert studio.backend.sessions.get(session.ref) == edited
    assert edit(session.ref, EditSession(provider="plain"), studio.backend).options.model is None
    for wrong in ({"model": "gpt-5"}, {"provider": "nobody"}):
        with pytest.raises(Invalid):
            edit(session.ref, EditSession(**wrong), studio.backend)


@pytest.mark.parametrize("words", [0, 49, 1_000_000, -5])
def test_a_length_that_nobody_can_want_is_refused(words: int) -> None:
    with pytest.raises(ValueError, match="words"):
        Generate(topic="x", words=words)


def test_what_is_not_there_is_not_found(studio: Studio) -> None:
    session = studio.open()
    stranger = session.ref.model_copy(update={"tenant": "other"})
    missing = session.ref.model_copy(update={"session": "s0"})
    for ref in (stranger, missing):
        with pytest.raises(NotFound):
            train(ref, Train(text=TEXT), studio.caller(), studio.backend)
        with pytest.raises(NotFound):
            generate(ref, Generate(topic="x", words=100), studio.caller(), studio.backend)
        with pytest.raises(NotFound):
            job_views.history(ref, 10, None, studio.backend)


def test_listings_show_a_tenants_own(studio: Studio) -> None:
    for tenant in ("acme", "acme", "other"):
        studio.trained(tenant)
    page = session_views.session_page("acme", 10, None, studio.backend)
    assert [each.state for each in page.sessions] == ["trained", "trained"]
    assert len(job_views.job_page("acme", 10, None, studio.backend).jobs) == 2
    assert studio.backend.sessions.count() == 3
