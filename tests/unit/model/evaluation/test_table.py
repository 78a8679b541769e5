from model.evaluation.baselines import EWMA, GARCH, NAIVE
from model.evaluation.evaluate import MODEL, Evaluation, evaluate
from model.evaluation.forecasts import Forecasts
from model.evaluation.table import HEADER, markdown_table, rows, text_table


def evaluated(baselines: dict[str, Forecasts]) -> Evaluation:
    return evaluate(baselines[EWMA], {name: f for name, f in baselines.items() if name != EWMA})


def test_rows_contain_the_measures(baselines: dict[str, Forecasts]) -> None:
    evaluation = evaluated(baselines)
    table = {row[0]: dict(zip(HEADER, row, strict=True)) for row in rows(evaluation)}
    assert next(iter(table)) == MODEL
    assert table[NAIVE]["MASE"] == "1.000"
    assert table[MODEL]["CRPS"] == f"{100 * evaluation.pooled[MODEL].crps:.3f} %"
    assert table[GARCH]["in 80 %"] == f"{100 * evaluation.pooled[GARCH].coverage[80]:.1f} %"
    assert table[NAIVE]["skill of model"] == f"{100 * evaluation.skill[NAIVE]:+.2f} %"
    assert table[MODEL]["skill of model"] == table[MODEL]["p"] == ""


def test_text_columns_are_aligned(baselines: dict[str, Forecasts]) -> None:
    lines = text_table(evaluated(baselines)).splitlines()
    assert len(lines) == 5
    end = lines[0].index("MASE") + len("MASE")
    assert all(line[end - 5 : end] == "1.000" for line in lines[1:])


def test_markdown_rows_have_equal_numbers_of_cells(baselines: dict[str, Forecasts]) -> None:
    lines = markdown_table(evaluated(baselines)).splitlines()
    assert len(lines) == 6
    assert {line.count("|") for line in lines} == {len(HEADER) + 1}
    assert lines[1].startswith("| --- | ---: |")


def test_empty_columns_are_omitted_for_one_symbol(baselines: dict[str, Forecasts]) -> None:
    evaluation = evaluated(baselines)
    symbol = next(iter(evaluation.by_symbol))
    assert "skill" not in text_table(evaluation, symbol)
    assert "skill" not in markdown_table(evaluation, symbol)
    assert "CRPS" in text_table(evaluation, symbol)
