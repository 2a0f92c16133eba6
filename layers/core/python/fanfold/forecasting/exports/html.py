"""A report in one HTML file: no network, light and dark, readable without sight, in print and on a phone.

All series are counted. Of a large portfolio the table and the charts show those to look at first and an even sample
of the rest, and say so. Styles and script are `report.css` and `report.js`, put into the page; a content security
policy lets no other script run.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from fanfold.forecasting import texts
from fanfold.forecasting.exports import Details
from fanfold.forecasting.exports._page import page
from fanfold.forecasting.exports._sample import ReportSample
from fanfold.forecasting.exports._tally import ReportTally
from fanfold.forecasting.exports._text import text
from fanfold.forecasting.result import SeriesForecast


@dataclass(frozen=True)
class ForecastHtmlExport:
    content_type: str = "text/html; charset=utf-8"
    extension: str = "html"
    light: bool = True
    charted: int = 250
    """Most series with a chart, besides those to look at first."""
    listed: int = 2000
    """Most series in the table."""
    attention: int = 50
    """Most failed series to look at first, and as many of low confidence."""

    def write(self, results: Iterable[SeriesForecast], out: BinaryIO, details: Details) -> None:
        sample, tally = ReportSample.of(self.charted, self.listed, self.attention), ReportTally()
        for one in results:
            sample.add(one)
            tally.add(one)
        with text(out) as file:
            for part in page(sample, tally, details, texts.language(details.language)):
                file.write(part)


PLUGIN = ForecastHtmlExport()
