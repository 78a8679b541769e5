"""The words of the page in English. `portuguese.py` has the same keys; a test compares them."""

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    "title": "Next close",
    "language": "Language",
    "page.forecast": "Forecast",
    "page.track_record": "Track record",
    "page.operations": "Operations",
    "no_advice": "No advice, and no claim about direction. An 80 % interval is meant to hold the close in 80 of 100 sessions, no more.",
    "loading": "Asking the service …",
    "retry": "Try again",
    # --- what can go wrong ---
    "away": "The service cannot be reached at the moment. Nothing is lost: the page asks again when you press the button.",
    "not_ready": "The service is there and cannot answer at the moment: {reason}",
    "late": "The service did not answer in time. Try again in a moment.",
    "refused": "The service cannot answer this request: {reason}",
    "missing": "The service does not have this: {reason}",
    "detail": "In detail: {reason}",
    # --- forecast ---
    "forecast.source": "Closes from",
    "forecast.symbol": "Symbol",
    "source.upload": "a file",
    "source.paste": "pasted text",
    "source.stored": "the service",
    "forecast.no_symbols": "The service has no prices of any symbol yet.",
    "forecast.unknown_symbol": "There are no prices of {symbol}; {other} is shown instead.",
    "forecast.file": "A CSV file with at least {count} closes",
    "forecast.text": "At least {count} closes, oldest first",
    "forecast.text_button": "Forecast",
    "forecast.format": "What is understood",
    "forecast.format_text": (
        "A table with the columns Date and Close, oldest row first; Open, High and Low are drawn as candles when they are there. "
        "Commas, semicolons or tabs between fields, point or comma for decimals, dates as 2024-12-30 or 30/12/2024. Closes "
        "alone, one a line, will do. Prices must be adjusted for splits, and not for dividends. Of more than {count} rows "
        "the last {count} are taken."
    ),
    "forecast.allow_jumps": "A change by more than a factor of {factor} in a day is right",
    "forecast.left_out": "The last {count} closes are taken; {left_out} older ones are left out.",
    "forecast.wait_file": "Choose a file to see its forecast.",
    "forecast.wait_text": "Paste closes to see their forecast.",
    "forecast.median": "Forecast (median)",
    "forecast.last": "Last close = naive forecast",
    "forecast.interval90": "90 % interval",
    "forecast.target": "Session forecast",
    "forecast.next": "the next one",
    "forecast.after": "after {date}",
    "forecast.against_last": "{change} against the last close",
    "forecast.model": "Model version {version}, trained on prices from {source}.",
    "forecast.age": "Prices until {date}, downloaded {ago} from {source}.",
    "wrong_answer": "What answers is not the service, or it has a fault.",
    "forecast.behind": "No session has ended since.|One session has ended since.|{count} sessions have ended since.",
    "forecast.stale": "The prices are old: at least {count} sessions have ended since {date}. The forecast is for {target}.",
    "forecast.intervals": "How far the close may move",
    "forecast.chance": "Interval",
    "forecast.from": "from",
    "forecast.to": "to",
    "forecast.width": "width",
    "whatif.title": "What if",
    "whatif.text": "Move the last closes and see what the model would say.",
    "whatif.close": "Close of {date}",
    "whatif.close_number": "Close {number} of {count}",
    "whatif.reset": "Back to the true closes",
    "whatif.active": "What if: the last closes are moved. True closes give {forecast}.",
    "take.title": "Take it along",
    "take.request": "The request as",
    "take.csv": "Answer as CSV",
    "take.json": "Answer as JSON",
    # --- charts ---
    "chart.close": "close",
    "chart.moved": "close, moved",
    "chart.median": "forecast (median)",
    "chart.naive": "naive (last close)",
    "chart.band": "{percent} % interval",
    "chart.price": "price",
    "chart.next": "next",
    "chart.number": "session",
    "chart.window_alt": (
        "{count} closes, the last one {last}. Next close: median {median}, 50 % interval {low50} to {high50}, 80 % {low80} to "
        "{high80}, 90 % {low90} to {high90}."
    ),
    # --- track record ---
    "record.range": "Sessions {first} to {last}, {sessions} of them, none of which the judged fit had seen. Version {version}.",
    "record.verdict": "Does it beat “tomorrow = today”?",
    "verdict.point.better": "Yes for the point forecast: its mean absolute error is smaller than that of the last close.",
    "verdict.point.tie": (
        "No for the point forecast: its mean absolute error and that of the last close differ by no more than chance explains. It "
        "ties."
    ),
    "verdict.point.worse": "No for the point forecast: its mean absolute error is larger than that of the last close.",
    "verdict.distribution.better": (
        "Yes for the distribution: its intervals tell more than the last close with the quantiles of past returns around it (CRPS)."
    ),
    "verdict.distribution.tie": (
        "No for the distribution: against the last close with the quantiles of past returns around it the difference is chance "
        "(CRPS). It ties."
    ),
    "verdict.distribution.worse": (
        "No for the distribution: the last close with the quantiles of past returns around it tells more (CRPS)."
    ),
    "record.disclaimer": "None of this says whether a price will rise or fall.",
    "record.numbers": "Mean absolute error {mae} against {naive_mae} of the last close; CRPS {crps} against {naive_crps}.",
    "record.outcomes": "Forecasts and what then happened",
    "record.no_forecasts": "The report of this version has no single forecasts: it was made by an older release.",
    "record.inside": "{inside} of {count} closes lie within the 90 % interval ({share}).",
    "record.section.coverage": "Coverage over time",
    "record.under.coverage": "Share of closes within each interval, over the {window} sessions before. Dotted: as stated.",
    "record.section.error": "Error against “tomorrow = today”",
    "record.under.error": (
        "Mean absolute error as a share of the price, over the {window} sessions before. Lines that lie on each other are a tie."
    ),
    "record.model": "model",
    "record.naive": "tomorrow = today",
    "record.section.calibration": "Calibration",
    "record.under.calibration": (
        "On the diagonal, what was said to happen in x % of sessions did happen in x %. The grey range holds 95 % of what chance "
        "gives."
    ),
    "record.stated": "stated probability",
    "record.observed": "share of closes below",
    "record.calibrated": "calibrated",
    "record.chance": "chance",
    "record.share": "share of closes inside",
    "record.mae": "mean absolute error",
    "record.table": "Against other forecasts",
    "record.row": "forecast",
    "record.skill": "CRPS saved",
    "record.live": "Since the service started",
    "record.live_text": "{inside} of {count} new closes were inside the 90 % interval ({share}).",
    "record.live_none": "No new close has come in since the service started.",
    # --- operations ---
    "ops.every": "Refresh",
    "ops.off": "off",
    "ops.seconds": "every {count} s",
    "ops.seen": "As of {time}.",
    "ops.ready": "Ready?",
    "ops.is_ready": "ready",
    "ops.not_ready": "not ready",
    "ops.reason": "why",
    "ops.pods": "{ready} of {count} pods ready",
    "ops.traffic": "Requests",
    "ops.rate": "requests a second",
    "ops.errors": "answered with a fault of the service",
    "ops.p50": "median latency",
    "ops.p99": "99 % latency",
    "ops.ms": "{value} ms",
    "ops.no_requests": "no requests",
    "ops.from_prometheus": "From Prometheus, over the last five minutes, all pods.",
    "ops.from_start": "From the service's own metrics since it started ({since}), one pod; the next look shows what came between.",
    "ops.from_look": "From the service's own metrics, over the last {seconds} s, one pod.",
    "ops.versions": "Versions",
    "ops.served": "served",
    "ops.version": "version",
    "ops.created": "made",
    "ops.data_until": "prices until",
    "ops.trained_on": "symbols",
    "ops.refresh": "Last refresh",
    "ops.refresh_none": "No refresh has run yet, or its status lies elsewhere.",
    "ops.refresh_line": "{result}, {ago} ({time}), in {seconds}.",
    "ops.step": "step",
    "ops.result": "result",
    "ops.detail": "detail",
    "ops.took": "took",
    "ops.gate": "Last decision of the gate",
    "ops.prometheus_away": "Prometheus does not answer as expected; what follows is from the service itself. ({reason})",
    "ops.prometheus_empty": (
        "In Prometheus ({address}) there are no requests of this service in the last five minutes: check its address and the "
        "selector ({selector}), or wait a minute if the service has just started. What follows is from the service itself."
    ),
    "ops.no_selector": "none set",
    "ops.asking_prometheus": "Asking Prometheus …",
    "ops.gate_unknown": "Nothing is known of it yet.",
    "ops.gate_none": "No refresh has come before the gate yet. When the served version was evaluated it said:",
    "ops.gate_passed": "let pass",
    "ops.gate_refused": "refused",
    "ops.gate_line": "{version}: {decision}, {ago} ({time}).",
    "ops.promotions": "Promotions",
    "ops.promotions_none": "None has been made by a job yet.",
    "ops.when": "when",
    "ops.action": "what",
    "ops.by": "by",
    "ops.outcome": "outcome",
    # --- a table that cannot be used ---
    "closes.at.line": "Line {line}",
    "closes.at.column": "Line {line}, column {column}",
    "closes.at.value": "Value {value}",
    "closes.not_text": "The file is no text: a CSV file is expected.",
    "closes.too_long": "At most {limit} characters are expected, got {got}.",
    "closes.empty": "There is nothing in it: a table with the columns Date and Close is expected.",
    "closes.too_few": "At least {expected} closes are expected, got {got}.",
    "closes.no_header": "The first line names no columns and there are {got} of them: a line such as Date,Close is expected above.",
    "closes.no_column": "There is no column Close; the first line is: {got}",
    "closes.cells": "{where}: {expected} fields are expected, got {got}.",
    "closes.missing": "{where}: a price is expected, the field is empty.",
    "closes.not_number": "{where}: a price is expected, got “{got}”.",
    "closes.not_positive": "{where}: a price above zero is expected, got {got}.",
    "closes.date": "{where}: a date as 2024-12-30 or 30/12/2024 is expected, got “{got}”.",
    "closes.order": "{where}: a date after {former} is expected (oldest first, each day once), got {got}.",
    "closes.jump": (
        "{where}: a change by at most a factor of {limit} from one close to the next is expected, got {former} → {got}. A split "
        "that was not adjusted, or two shares mixed? Tick the box if it is right."
    ),
}
