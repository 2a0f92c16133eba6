"""Settings and money: keys that are shown once, quotas, who did what, budgets, and the zone that times are shown in."""

import re

from playwright.sync_api import Page, Route, expect

from fanfold_client import Fanfold
from local import corpus
from local.pages import Pages
from tests.receiver import receiving
from tests.web.conftest import PATIENCE_MS, Open

expect.set_options(timeout=PATIENCE_MS)
PLANTED = "<img src=x onerror=\"document.title='planted'\">"


def new_key(page: Page, name: str) -> str:
    """The text of a key that is made on the page."""
    page.get_by_text("New key", exact=True).click()
    page.locator("[name=name]").fill(name)
    page.locator("[name=role]").select_option("viewer")
    page.get_by_role("checkbox", name="Batches").check()
    page.get_by_role("button", name="Create", exact=True).click()
    return page.locator(".secret").inner_text()


def test_a_key_is_made_seen_once_rotated_and_revoked(open_page: Open, pages: Pages) -> None:
    page = open_page("settings")
    text = new_key(page, PLANTED)
    assert text.startswith("ff_acme-settings-pages_")
    row = page.locator("tbody tr").filter(has_text=PLANTED)
    expect(row).to_contain_text("Viewer")
    expect(row).to_contain_text("Batches")
    page.get_by_role("button", name="I have kept it").click()
    expect(page.locator(".secret")).to_have_count(0)

    other = page.context.browser.new_page(locale="en")  # type: ignore[union-attr]
    other.set_default_timeout(PATIENCE_MS)
    other.goto(pages.link(text))
    other.locator(".top nav").wait_for()
    other.goto(f"{pages.origin}/#/settings/keys")
    expect(other.locator(".trouble").first).to_be_visible()

    row.get_by_role("button", name="Rotate").click()
    page.get_by_role("dialog").get_by_role("button", name="Rotate").click()
    expect(page.locator(".secret")).not_to_have_text(text)
    expect(row).to_have_count(2)
    row.first.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("dialog")).to_contain_text("It opens nothing any more")
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(row).to_have_count(1)
    other.goto(f"{pages.origin}/#/batches")
    expect(other.get_by_text("This key is not valid")).to_be_visible()
    other.close()
    assert page.title() == "Fanfold"


def test_a_webhook_is_made_tested_looked_into_and_sent_again(open_page: Open, fanfold: Fanfold) -> None:
    with receiving() as receiver:
        page = open_page("settings/webhooks")
        page.get_by_text("New webhook", exact=True).click()
        page.locator("[name=url]").fill(receiver.url + "/hook")
        page.locator("[name=description]").fill(PLANTED)
        page.get_by_role("checkbox", name="Batch completed").check()
        page.get_by_role("button", name="Create", exact=True).click()
        secret = page.locator(".secret").inner_text()
        page.get_by_role("button", name="I have kept it").click()
        row = page.locator("tbody tr").filter(has_text=PLANTED)
        expect(row).to_contain_text("works")
        row.get_by_role("button", name="Test").click()
        expect(row.get_by_role("status")).to_contain_text("delivered")
        receiver.of("/hook", "webhook.test")[0].verify(secret)

        receiver.statuses[:] = [500]
        fanfold.batches.wait(fanfold.batches.create(corpus.requests(1), mode="realtime").id)
        row.get_by_role("link").click()
        told = page.locator("tbody tr").filter(has_text="Batch completed")
        expect(told).to_contain_text("500")
        expect(told).to_contain_text("pending")
        told.get_by_role("button", name="Send again").click()
        expect(told).to_contain_text("delivered")
        assert len({call.id for call in receiver.of("/hook", "batch.completed")}) == 1
        page.get_by_role("link", name="All webhooks").click()
        row.get_by_role("button", name="Disable").click()
        expect(row).to_contain_text("disabled")
        row.get_by_role("button", name="Enable").click()
        expect(row).to_contain_text("works")
        row.get_by_role("button", name="New secret").click()
        page.get_by_role("dialog").get_by_role("button", name="New secret").click()
        expect(page.locator(".secret")).not_to_have_text(secret)
        row.get_by_role("button", name="Delete").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(page.get_by_text("No webhooks yet")).to_be_visible()
        assert page.title() == "Fanfold"


def test_what_was_done_is_in_the_audit_log_and_quotas_are_shown(open_page: Open, fanfold: Fanfold) -> None:
    made = fanfold.keys.create("for the log")
    page = open_page("settings/audit")
    expect(page.locator("tbody")).to_contain_text("POST /v1/keys")
    page.get_by_role("link", name="Quotas").click()
    expect(page.get_by_role("row", name=re.compile("Requests a day"))).to_be_visible()
    fanfold.keys.revoke(made.id)


def test_the_same_in_french_with_a_zone_that_is_remembered(open_page: Open, fanfold: Fanfold) -> None:
    made = fanfold.keys.create("zone", expires_at="2030-01-15T12:00:00Z")
    page = open_page("settings/keys", language="fr", timezone_id="UTC")
    row = page.locator("tbody tr").filter(has_text="zone")
    expect(row).to_contain_text("15 janv. 2030, 12:00")
    page.get_by_role("link", name="Affichage").click()
    page.get_by_label("Fuseau horaire").select_option("Asia/Tokyo")
    page.reload()
    page.get_by_role("link", name="Clés").click()
    expect(row).to_contain_text("15 janv. 2030, 21:00")
    page.get_by_text("Nouvelle clé", exact=True).click()
    page.locator("[name=name]").fill("à Tokyo")
    page.locator("[name=expires_at]").fill("2030-01-15T21:00")
    page.get_by_role("button", name="Créer", exact=True).click()
    expect(page.locator("tbody tr").filter(has_text="à Tokyo")).to_contain_text("15 janv. 2030, 21:00")
    found = {each.name: each for each in fanfold.keys.list()}
    assert str(found["à Tokyo"].expires_at)[:16].replace(" ", "T") == "2030-01-15T12:00"
    for each in (made.id, found["à Tokyo"].id):
        fanfold.keys.revoke(each)


def test_money_by_day_and_an_alarm_near_the_budgets_end(open_page: Open, fanfold: Fanfold) -> None:
    fanfold.budget.set(monthly_usd=1)
    fanfold.batches.wait(fanfold.batches.create(corpus.requests(5), mode="realtime").id)
    page = open_page("money")
    expect(page.get_by_role("heading", name="Spent by day")).to_be_visible()
    expect(page.locator(".days rect")).to_have_count(30)
    page.get_by_text("Change the budget").click()
    page.get_by_label("A month (USD)").fill("0.00001")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("this budget is used up")).to_be_visible()
    page.get_by_role("link", name="Provider").click()
    expect(page.locator("tbody tr").filter(has_text="OpenAI").first).to_be_visible()
    fanfold.budget.set()


def test_days_that_cost_nothing_are_drawn_as_nothing(open_page: Open, fanfold: Fanfold) -> None:
    fanfold.batches.wait(fanfold.batches.create(corpus.requests(1), mode="realtime").id)
    page = open_page("overview")

    def free(route: Route) -> None:
        headers = {name: said for name, said in route.request.headers.items() if name != "if-none-match"}
        reply = route.fetch(headers=headers)
        said = reply.json()
        route.fulfill(response=reply, json=said | {"groups": [each | {"spent_usd": 0} for each in said["groups"]]})

    page.route(re.compile(r"/v1/stats\?"), free)
    page.goto(page.url.partition("#")[0] + "#/money")
    expect(page.locator(".days rect")).to_have_count(30)
    assert {bar.get_attribute("height") for bar in page.locator(".days rect").all()} == {"0"}
    page.unroute_all(behavior="wait")


def test_what_one_just_did_is_there_as_commands(open_page: Open, fanfold: Fanfold) -> None:
    page = open_page("money?by=lane")
    expect(page.get_by_role("heading", name="Budget")).to_be_visible()
    page.get_by_text("Change the budget").click()
    page.get_by_label("A day (USD)").fill("250")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("of $250")).to_be_visible()
    page.get_by_role("button", name="What you just did").click()
    first = page.get_by_role("dialog").locator("section").first
    expect(first).to_contain_text("fanfold budget set --daily 250")
    expect(first).to_contain_text("fanfold.budget.set(daily_usd=250)")
    expect(first).to_contain_text('-H "Authorization: Bearer $FANFOLD_KEY"')
    assert "ff_acme" not in page.get_by_role("dialog").inner_text()
    page.get_by_role("button", name="Close").click()
    fanfold.budget.set()


def test_what_stands_in_a_filter_stays_one_word_of_a_command(open_page: Open) -> None:
    page = open_page("journal?text=it%27s+%24%28reboot%29")
    expect(page.get_by_role("heading", name="Journal")).to_be_visible()
    page.locator(".empty").wait_for()
    page.get_by_role("button", name="What you just did").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("fanfold logs list --text 'it'\\''s $(reboot)' --limit 50")
    expect(dialog).to_contain_text('fanfold.logs.list(text="it\'s $(reboot)")')
