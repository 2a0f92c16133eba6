"""Providers and their models, as the list shows them."""

from datetime import UTC, datetime

from fanfold.batches.views.providers import list_providers
from fanfold.pricing.catalogue import PriceCatalogue
from fanfold.providers import names
from tests.fakes.cloud import FakeCloud
from tests.fakes.prices import flat

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def cloud_with_all() -> FakeCloud:
    cloud = FakeCloud()
    cloud.plugins |= dict.fromkeys(names(), cloud.provider)
    return cloud


def test_each_provider_is_listed_with_what_it_can_and_costs() -> None:
    cloud = cloud_with_all()
    cloud.prices.tariffs["echo-mini"] = flat(input=1000, output=4000)
    found = list_providers(cloud.backend).providers
    assert [each.name for each in found] == list(names())
    priced = next(each for each in found if each.models)
    assert priced.enabled
    (model,) = priced.models
    assert (model.model, model.lanes["realtime"].input_usd, model.lanes["batch"].output_usd) == ("echo-mini", 1, 2)


def test_a_provider_that_is_switched_off_says_so() -> None:
    cloud = cloud_with_all()
    cloud.configure(disabled_providers=(names()[0],))
    assert [each.enabled for each in list_providers(cloud.backend).providers] == [False, *[True] * (len(names()) - 1)]


def test_the_catalogue_names_models_that_it_has_prices_of() -> None:
    catalogue = PriceCatalogue({"openai/our-own": {"input_usd": 1, "output_usd": 2}})
    models = catalogue.models("openai")
    assert {"our-own", "gpt-5.4-mini"} <= set(models)
    assert catalogue.tariff("openai", "gpt-5.4-mini", NOW) is not None
    assert catalogue.models("gemini")
