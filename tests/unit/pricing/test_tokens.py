# ruff: noqa: E501, RUF001
"""How many tokens a text is taken to have. The counts are those of o200k and of the vocabulary that needs most."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanfold.pricing.estimate import ASSUMED_OUTPUT, MOST_OUTPUT, Meter, estimated
from fanfold.pricing.tokens import TokenEstimate, count, texts, tokens
from fanfold.providers import provider, whole
from tests.fakes.prices import MemoryPrices, flat

COUNTED = {
    "Classify this review: great phone, terrible battery.": (11, 11),
    "Die Lieferung kam zwei Tage später als angekündigt, und der Karton war an einer Ecke eingedrückt. Der Kundendienst hat sich entschuldigt und mir einen Gutschein über zehn Euro geschickt. Für das nächste Mal wünsche ich mir eine genauere Angabe der Lieferzeit, weil ich tagsüber nicht zu Hause bin und die Nachbarn nicht jedes Paket annehmen möchten.": (
        75,
        112,
    ),
    "Посылка пришла на два дня позже, чем было обещано, и коробка была помята. Служба поддержки извинилась и прислала мне купон на десять евро. В следующий раз хотелось бы, чтобы срок доставки указывали точнее, потому что днём меня нет дома, а соседи не всегда готовы принимать мои посылки.": (
        77,
        152,
    ),
    "包裹比承诺的晚到了两天，而且纸箱有一角被压坏了。客服向我道歉，并寄来了一张十欧元的代金券。下次我希望配送时间能写得更准确一些，因为我白天不在家，邻居也不是每次都愿意帮我收包裹。": (
        76,
        108,
    ),
    "พัสดุมาถึงช้ากว่ากำหนดสองวันและกล่องบุบ ฝ่ายบริการลูกค้าขอโทษและส่งคูปองสิบยูโรมาให้ ครั้งหน้าอยากให้ระบุเวลาจัดส่งให้แม่นยำกว่านี้ เพราะตอนกลางวันไม่อยู่บ้านและเพื่อนบ้านไม่ได้อยากรับพัสดุแทนเสมอไป": (
        86,
        340,
    ),
    "소포가 약속보다 이틀 늦게 도착했고 상자 모서리가 찌그러져 있었습니다. 고객센터는 사과하며 십 유로짜리 쿠폰을 보내 주었습니다. 다음에는 배송 시간을 더 정확하게 알려 주셨으면 합니다. 낮에는 집에 없고 이웃들도 항상 제 소포를 받아 주려고 하지는 않습니다.": (
        79,
        147,
    ),
    "Great product 😀😀👍 would buy again 🎉🎉 delivery was slow 🚚😡 but support helped ❤️🙏": (24, 36),
}
"""Tokens of o200k_base, and the most among cl100k_base, Claude 2's and DeepSeek's."""


@pytest.mark.parametrize("text", COUNTED)
def test_the_estimate_is_near_and_the_bound_holds(text: str) -> None:
    usual, most = COUNTED[text]
    found = count(text)
    assert 0.75 * usual <= found.expected <= 1.4 * usual
    assert most <= found.most <= 3 * most


@given(st.text(), st.text())
def test_tokens_of_texts_add_up_but_for_rounding(one: str, other: str) -> None:
    whole, parts = count(one + other), (count(one), count(other))
    for at in (0, 1):
        assert 0 <= sum(part[at] for part in parts) - whole[at] <= 1
    assert whole.expected <= whole.most


def test_every_text_of_a_request_counts_and_names_do_not() -> None:
    body = {
        "model": "gpt-" + "x" * 1000,
        "system": [{"type": "text", "text": "one"}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "two"}, {"type": "image", "data": "x" * 9999}]}
        ],
        "n": 3,
    }
    found: list[str] = []
    assert texts(body, found) == 1
    assert sorted(found) == ["one", "two"]
    assert tokens(body) == TokenEstimate(count("onetwo").expected + 7, count("onetwo").most + 7)


@pytest.mark.parametrize(
    ("name", "body", "limit"),
    [
        ("openai", {"max_completion_tokens": 5, "max_tokens": 7}, 5),
        ("openai", {"max_tokens": 7, "n": 3}, 21),
        ("openai", {"max_tokens": "many", "n": []}, None),
        ("anthropic", {"max_tokens": 9}, 9),
        ("anthropic", {}, None),
        ("gemini", {"generationConfig": {"maxOutputTokens": 8}}, 8),
        ("gemini", {"generation_config": {"max_output_tokens": 8}}, 8),
        ("gemini", {"generationConfig": "none"}, None),
    ],
)
def test_a_body_tells_how_much_output_it_allows(name: str, body: dict[str, Any], limit: int | None) -> None:
    assert provider(name, lambda: "key", 1).most_tokens(body) == limit


def test_a_number_of_tokens_is_a_positive_number() -> None:
    assert [whole(value) for value in (3, 0, -1, 2.5, "3", None)] == [3, None, None, None, None, None]


def metered(*limits: int | None, text: str = "x" * 100) -> Meter:
    meter = Meter()
    for limit in limits:
        meter.add({"messages": [{"role": "user", "content": text}]}, limit)
    return meter


class TestEstimate:
    prices = MemoryPrices()
    prices.tariffs["m"] = flat(input=10, output=40)
    prices.unknown.add("new")

    def of(self, meter: Meter, mean: float | None = None, model: str = "m") -> Any:
        return estimated({model: meter.volume}, "echo", self.prices, lambda model: mean, None).estimate  # type: ignore[arg-type]

    def test_a_meter_counts_what_one_request_at_a_time_has(self) -> None:
        meter = metered(*[10] * 2000, text="a text of some length, 123! " * 9)
        one = tokens({"messages": [{"role": "user", "content": "a text of some length, 123! " * 9}]})
        assert abs(meter.volume.input.expected - 2000 * one.expected) <= 2000
        assert meter.volume.requests == 2000

    def test_the_most_is_what_limits_allow(self) -> None:
        found = self.of(metered(100, 200, None))
        assert found.models[0].most_output_tokens == 300 + MOST_OUTPUT
        assert f"{MOST_OUTPUT:,} for the 1 without" in found.models[0].assumed

    def test_output_is_expected_as_it_was_before(self) -> None:
        assert self.of(metered(1000, 1000), mean=12.5).models[0].output_tokens == 25
        assert self.of(metered(1000, 1000)).models[0].output_tokens == 2 * ASSUMED_OUTPUT

    def test_never_more_is_expected_than_is_possible(self) -> None:
        assert self.of(metered(5, 5), mean=1000).models[0].output_tokens == 10

    def test_both_lanes_are_told(self) -> None:
        lanes = self.of(metered(100)).lanes
        assert lanes["realtime"].most_usd == 2 * lanes["batch"].most_usd
        assert 0 < lanes["batch"].expected_usd <= lanes["batch"].most_usd

    def test_a_price_that_is_not_known_makes_the_sum_unknown(self) -> None:
        found = self.of(metered(100), model="new")
        assert (found.unpriced_requests, found.lanes["batch"].expected_usd, found.lanes["batch"].most_usd) == (
            1,
            None,
            None,
        )

    def test_nothing_costs_nothing(self) -> None:
        found = estimated({}, "echo", self.prices, lambda model: None, None).estimate  # type: ignore[arg-type]
        assert (found.requests, found.lanes["batch"].most_usd) == (0, 0)
