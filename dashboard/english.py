"""English texts of the dashboard. `portuguese.py` has the same keys; a test compares them."""

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    "title": "Next close",
    "language": "Language",
    "page.forecast": "Forecast",
    "page.track_record": "Track record",
    "page.operations": "Operations",
    "no_advice": (
        "Not investment advice. The forecast does not say whether the price will rise or fall. Expect the close inside an 80 % "
        "interval in about 80 of 100 sessions."
    ),
    "loading": "Waiting for the service …",
    "retry": "Try again",
    "percent": "{value} %",
    # --- errors ---
    "unreachable": "Cannot connect to the service. Try again.",
    "not_ready": "The service is running but not ready: {reason}",
    "timeout": "The service did not answer in time. Try again in a moment.",
    "refused": "The service refused the request: {reason}",
    "not_found": "Not found: {reason}",
    "unexpected_response": "Unexpected response: is this a nextclose service?",
    "details": "Details: {reason}",
    # --- forecast ---
    "forecast.source": "Data source",
    "forecast.symbol": "Symbol",
    "source.stored": "Stored prices",
    "source.upload": "File",
    "source.paste": "Pasted text",
    "forecast.no_symbols": "The service has no stored prices yet.",
    "forecast.unknown_symbol": "No prices for {symbol}; showing {other} instead.",
    "forecast.file": "A CSV file with at least {count} closes",
    "forecast.text": "At least {count} closes, oldest first",
    "forecast.text_button": "Forecast",
    "forecast.format": "Accepted formats",
    "forecast.format_text": (
        "A table with the columns Date and Close, oldest row first. With the columns Open, High and Low it is drawn as candles. "
        "Fields are separated by commas, semicolons or tabs; decimals have a point or a comma; dates are written 2024-12-30 or "
        "30/12/2024. Closes without dates, one per line, are accepted too. Prices must be adjusted for splits, but not for "
        "dividends. If there are more than {count} rows, the last {count} are used."
    ),
    "forecast.allow_jumps": "Allow daily moves larger than {factor}x",
    "forecast.left_out": "The last {count} closes are used; {ignored_rows} older ones are ignored.",
    "forecast.wait_file": "Choose a file to see its forecast.",
    "forecast.wait_text": "Paste closes to see their forecast.",
    "forecast.median": "Forecast (median)",
    "forecast.last": "Last close = naive forecast",
    "forecast.interval90": "90 % interval",
    "forecast.target": "Forecast for",
    "forecast.next": "the next session",
    "forecast.after": "next session after {date}",
    "forecast.against_last": "{change} from the last close",
    "forecast.model": "Model version {version}, trained on prices from {source}.",
    "forecast.age": "Prices until {date}, imported from {source} {ago}.",
    "forecast.behind": "No session has ended since.|One session has ended since.|{count} sessions have ended since.",
    "forecast.stale": "Prices are out of date: at least {count} sessions have ended since {date}. The forecast is for {target}.",
    "forecast.intervals": "Likely range of the next close",
    "forecast.interval": "Interval",
    "forecast.from": "from",
    "forecast.to": "to",
    "forecast.width": "width",
    "whatif.title": "What if",
    "whatif.text": "Change the last closes and see the new forecast.",
    "whatif.close": "Close of {date}",
    "whatif.close_number": "Close {number} of {count}",
    "whatif.reset": "Reset",
    "whatif.active": "What if: the last closes are changed. Actual closes give {forecast}.",
    "export.title": "Export",
    "export.request": "Request",
    "export.csv": "Download CSV",
    "export.json": "Download JSON",
    # --- charts ---
    "chart.close": "close",
    "chart.changed": "close, changed",
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
    "record.range": (
        "{sessions} sessions from {first} to {last}, all held out from the training of the evaluated model. Version {version}."
    ),
    "record.verdict": "Does the model beat “tomorrow = today”?",
    "verdict.point.better": "Point forecast: yes. Its mean absolute error is smaller than that of the last close.",
    "verdict.point.tie": (
        "Point forecast: no, a tie. The difference between its mean absolute error and that of the last close can be chance."
    ),
    "verdict.point.worse": "Point forecast: no. Its mean absolute error is larger than that of the last close.",
    "verdict.distribution.better": (
        "Intervals: yes. They are more informative than intervals built from past returns (lower CRPS)."
    ),
    "verdict.distribution.tie": (
        "Intervals: no, a tie. The difference to intervals built from past returns can be chance (CRPS)."
    ),
    "verdict.distribution.worse": (
        "Intervals: no. Intervals built from past returns are more informative (lower CRPS)."
    ),
    "record.disclaimer": "None of this says whether a price will rise or fall.",
    "record.numbers": "Mean absolute error {mae}, against {naive_mae} for the last close; CRPS {crps}, against {naive_crps}.",
    "record.outcomes": "Forecasts and actual closes",
    "record.no_forecasts": "The report of this version has no individual forecasts: an older release created it.",
    "record.inside": "{inside} of {count} closes are within the 90 % interval ({share}).",
    "record.section.coverage": "Coverage over time",
    "record.caption.coverage": "Share of closes within each interval, over the previous {window} sessions. Dotted: target.",
    "record.section.error": "Error against “tomorrow = today”",
    "record.caption.error": (
        "Mean absolute error as a share of the price, over the previous {window} sessions. Overlapping lines are a tie."
    ),
    "record.model": "model",
    "record.naive": "tomorrow = today",
    "record.section.calibration": "Calibration",
    "record.caption.calibration": "On the diagonal, the model is calibrated. Grey: 95 % range expected by chance.",
    "record.predicted": "predicted probability",
    "record.observed": "share of closes below",
    "record.calibrated": "calibrated",
    "record.chance": "chance",
    "record.share": "share of closes inside",
    "record.mae": "mean absolute error",
    "record.table": "Comparison with other forecasts",
    "record.row": "forecast",
    "record.skill": "CRPS improvement",
    "record.live": "Since the service started",
    "record.live_text": "{inside} of {count} new closes were inside the 90 % interval ({share}).",
    "record.live_none": "No new close has arrived since the service started.",
    # --- operations ---
    "ops.every": "Refresh",
    "ops.off": "off",
    "ops.seconds": "every {count} s",
    "ops.updated": "As of {time}.",
    "ops.health": "Health",
    "ops.is_ready": "ready",
    "ops.not_ready": "not ready",
    "ops.pods": "{ready} of {count} pods ready",
    "ops.traffic": "Requests",
    "ops.rate": "requests per second",
    "ops.errors": "error rate",
    "ops.p50": "median latency",
    "ops.p99": "p99 latency",
    "ops.ms": "{value} ms",
    "ops.no_requests": "no requests",
    "ops.from_prometheus": "From Prometheus: all pods, last five minutes.",
    "ops.from_start": (
        "From the service's own metrics: one pod, since it started ({since}). Later refreshes cover the time since the previous one."
    ),
    "ops.from_former": "From the service's own metrics: one pod, over the last {seconds} s.",
    "ops.prometheus_failed": (
        "Prometheus did not answer as expected; the figures below are from the service itself. ({reason})"
    ),
    "ops.prometheus_empty": (
        "Prometheus ({address}) has no requests of this service in the last five minutes. Check the address and the selector "
        "({selector}), or wait a minute if the service has just started. The figures below are from the service itself."
    ),
    "ops.no_selector": "not set",
    "ops.prometheus_loading": "Waiting for Prometheus …",
    "ops.versions": "Versions",
    "ops.served": "served",
    "ops.version": "version",
    "ops.created": "created",
    "ops.data_until": "prices until",
    "ops.trained_on": "symbols",
    "ops.refresh": "Last refresh",
    "ops.refresh_none": "No refresh has run yet, or its status is stored elsewhere.",
    "ops.refresh_line": "{result}, {ago} ({time}). Duration: {seconds}.",
    "ops.step": "step",
    "ops.result": "result",
    "ops.detail": "details",
    "ops.duration": "duration",
    "ops.gate": "Last gate decision",
    "ops.gate_unknown": "No decision yet.",
    "ops.gate_none": "No refresh has reached the gate yet. Gate result in the evaluation of the served version:",
    "ops.gate_passed": "passed",
    "ops.gate_refused": "refused",
    "ops.gate_line": "{version}: {decision}, {ago} ({time}).",
    "ops.promotions": "Promotions",
    "ops.promotions_none": "No job has promoted a version yet.",
    "ops.when": "when",
    "ops.action": "action",
    "ops.outcome": "outcome",
    "ops.by": "by",
    "ops.reason": "reason",
    # --- errors in a table of closes ---
    "closes.at.line": "Line {line}",
    "closes.at.column": "Line {line}, column {column}",
    "closes.at.value": "Value {value}",
    "closes.not_text": "This is not a text file: expected a CSV file.",
    "closes.too_long": "Expected at most {limit} characters, got {got}.",
    "closes.empty": "No text found: expected a table with the columns Date and Close.",
    "closes.too_few": "Expected at least {expected} closes, got {got}.",
    "closes.no_header": "The first line has {got} fields and no column names: expected a header such as Date,Close.",
    "closes.no_column": "Expected a column Close; the first line is: {got}",
    "closes.cells": "{where}: expected {expected} fields, got {got}.",
    "closes.missing": "{where}: expected a price, got an empty field.",
    "closes.not_number": "{where}: expected a price, got “{got}”.",
    "closes.not_positive": "{where}: expected a price above zero, got {got}.",
    "closes.date": "{where}: expected a date such as 2024-12-30 or 30/12/2024, got “{got}”.",
    "closes.order": "{where}: expected a date after {former} (oldest first, each day once), got {got}.",
    "closes.jump": (
        "{where}: expected a move of at most {limit}x from one close to the next, got {former} → {got}. Is a split not adjusted, "
        "or are two shares mixed? If the move is correct, tick the box."
    ),
}
