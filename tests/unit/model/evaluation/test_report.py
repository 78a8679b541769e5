import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import numpy as np
import pytest

from model.evaluation.baselines import EWMA, GARCH, NAIVE
from model.evaluation.charts import learning_chart
from model.evaluation.evaluate import Evaluation, evaluate
from model.evaluation.facts import LossCurves, Range, ReportFacts, SymbolFacts
from model.evaluation.forecasts import Forecasts, concatenate
from model.evaluation.gate import ChallengerKind, EvaluatedModel, evaluate_gate
from model.evaluation.report import render
from model.prices.series import DailyBars, PriceSeries
from tests.unit.model.evaluation.conftest import Closes

NOW = datetime(2025, 1, 2, 21, 30, tzinfo=UTC)
LEARNING = LossCurves(train=(0.32, 0.31, 0.305), validation=(0.311, 0.3085, 0.309), initial=0.312)


class Page(HTMLParser):
    """Tags, ids, links and text of a page. Fails if a tag is not closed in order."""

    VOID = frozenset({"meta"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.labels: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name in {"href", "src", "xlink:href"}:
                self.links.append(value or "")
            elif name == "aria-label":
                self.labels.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def facts(closes: Closes, baselines: dict[str, Forecasts]) -> ReportFacts:
    champion = EvaluatedModel(baselines[EWMA], closes.trained_until)
    bars = DailyBars.unknown(len(closes.closes))
    series = PriceSeries(closes.symbol, closes.dates, closes.closes, closes.closes, bars, "csv", NOW, "BVMF", ())
    return ReportFacts(
        model="nextclose",
        version=None,
        recipe="LSTM(16), one symbol",
        shrink=1.0,
        created=NOW,
        symbols=(SymbolFacts.of(series, ("Split 2:1 on <2020-01-02>.",)),),
        ranges=(Range("training", date(2018, 1, 2), date(2022, 1, 3)),),
        gate=evaluate_gate(
            replace(champion, forecasts=baselines[GARCH]),
            champion,
            baselines[NAIVE],
            closes.dates,
            kind=ChallengerKind.REPLACE,
        ),
        notes=("Tuned from an older version.",),
    )


@pytest.fixture(scope="module")
def evaluation(baselines: dict[str, Forecasts]) -> Evaluation:
    return evaluate(baselines[EWMA], baselines)


@pytest.fixture(scope="module")
def html(evaluation: Evaluation, facts: ReportFacts) -> str:
    return render(evaluation, facts, LEARNING)


def test_page_is_self_contained(html: str) -> None:
    page = Page(html)
    assert len(html.encode()) < 2_000_000
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert all(link.startswith("#") for link in page.links)
    assert not re.search(r"url\((?!#)|@import", html)
    # Charts must not share ids of clip paths and markers.
    assert len(page.ids) == len(set(page.ids))
    referred = {link[1:] for link in page.links} | set(re.findall(r"url\(#([^)]*)\)", html))
    assert referred <= set(page.ids)


def test_page_shows_verdict_gate_and_facts(html: str, evaluation: Evaluation, facts: ReportFacts) -> None:
    page = Page(html)
    assert all(sentence in page.text for sentence in evaluation.verdict.sentences)
    assert facts.gate is not None
    assert all(check.sentence in page.text for check in facts.gate.checks)
    for text in ("LSTM(16), one symbol", "Split 2:1 on <2020-01-02>.", "2018-01-02 to 2022-01-03", *facts.notes):
        assert text in page.text
    assert "2025-01-02 21:30 UTC" in page.text
    assert f"{100 * evaluation.skill[NAIVE]:+.2f} %" in page.text
    assert "lambda = 0" not in page.text
    assert "lambda = 0" in Page(render(evaluation, replace(facts, shrink=0.0), LEARNING)).text


def test_every_chart_has_a_caption_and_a_text_alternative(html: str) -> None:
    page = Page(html)
    assert page.tags.count("figure") == page.tags.count("figcaption") == 7
    # One chart has two versions, for wide and for narrow screens.
    assert page.tags.count("svg") == 8
    assert any("of the closes are within the 90 % band" in label for label in page.labels)
    assert all(page.labels)


def test_charts_use_the_colours_of_the_page(html: str) -> None:
    drawings = "".join(re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL))
    assert set(re.findall(r"#[0-9a-f]{6}\b", drawings)) <= {"#000000"}
    used = set(re.findall(r"var\((--[a-z]+)\)", html))
    for block in (r":root \{(.*?)\}", r"dark\) \{\s*:root \{(.*?)\}", r"print \{\s*:root \{(.*?)\}"):
        found = re.search(block, html, flags=re.DOTALL)
        assert found is not None
        assert used <= set(re.findall(r"(--[a-z]+):", found[1]))


def test_same_evaluation_gives_the_same_page(html: str, facts: ReportFacts, baselines: dict[str, Forecasts]) -> None:
    assert render(evaluate(baselines[EWMA], baselines), facts, LEARNING) == html


def test_page_of_many_symbols_is_below_two_megabytes(facts: ReportFacts, baselines: dict[str, Forecasts]) -> None:
    many = {
        name: concatenate([replace(f, symbol=np.full(250, f"S{i:02}")) for i in range(20)])
        for name, f in baselines.items()
    }
    html = render(evaluate(many[EWMA], many), replace(facts, gate=None), None)
    page = Page(html)
    assert len(html.encode()) < 2_000_000
    assert "16 more symbols are in the tables only." in page.text
    assert page.tags.count("table") == 20 + 2
    # Without loss curves there is no chart of them.
    assert page.tags.count("figure") == 4 + 5


def test_learning_chart_names_the_best_epoch() -> None:
    assert LEARNING.best_epoch == 2
    assert "0.3120 before training and 0.3085 at epoch 2 of 3" in learning_chart(LEARNING).alt
    assert replace(LEARNING, initial=0.3).best_epoch == 0
