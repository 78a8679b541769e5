"""Promotion by the local pointer, verified against an HTTP server that follows the pointer."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from jobs.promotion.local_target import LocalTarget
from jobs.promotion.promoter import Promoter, rollback_version
from model.artefact.folder import Artefact, publish
from model.artefact.golden import Golden
from model.artefact.local_registry import LocalRegistry
from model.contract.errors import CorruptArtefactError, NoVersionError, PromotionError
from model.state.folder import StateFolder
from model.state.ledger import Ledger, current_time, unfinished_promotion
from tests.unit.model.artefact.conftest import make_manifest

CLOSE = [30 + 0.1 * day for day in range(60)]
Publish = Callable[..., str]


@pytest.fixture
def registry(tmp_path: Path) -> LocalRegistry:
    return LocalRegistry(tmp_path / "models", "nextclose")


@pytest.fixture
def version(registry: LocalRegistry) -> Publish:
    """Publish versions with a given forecast in their golden file. Served answers can be made to differ from it."""
    count = 0

    def make(price: float, *, answers: float | None = None) -> str:
        nonlocal count
        count += 1
        created = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=count)
        golden = {"close": [CLOSE], "forecast": [price], "quantiles": [[price + level for level in range(7)]]}

        def fill(folder: Path) -> None:
            (folder / "golden.json").write_text(json.dumps(golden))
            (folder / "answers").write_text(str(price if answers is None else answers))

        return publish(registry.folder, fill, lambda files: make_manifest(files, created)).version

    return make


@pytest.fixture
def url(registry: LocalRegistry) -> Iterator[str]:
    """Base URL of a server that answers by the version that the pointer names."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            current = registry.current()
            status: int = 503
            document: dict[str, object] = {"error": "no version yet"}
            if current is not None:
                price = float((registry.folder / current / "answers").read_text())
                status, document = (
                    200,
                    {
                        "model_version": current,
                        "outputs": [
                            {"name": "forecast", "datatype": "FP64", "shape": [1], "data": [price]},
                            {
                                "name": "quantiles",
                                "datatype": "FP64",
                                "shape": [1, 7],
                                "data": [price + level for level in range(7)],
                            },
                        ],
                    },
                )
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def promoter(registry: LocalRegistry, url: str, tmp_path: Path) -> Promoter:
    return Promoter(registry, LocalTarget(registry, url), Ledger(StateFolder(str(tmp_path))), "test", 0.5, 0.05)


def test_promotion_and_rollback_are_recorded_in_the_ledger(promoter: Promoter, version: Publish) -> None:
    first, second = version(36.0), version(37.0)
    promoter.promote(first)
    promoter.promote(second)
    assert promoter.serving() == second
    assert rollback_version(promoter, first)[0] == first
    assert promoter.serving() == first
    lines = [(one.action, one.outcome, one.version, one.former) for one in promoter.ledger.entries()]
    assert lines == [
        ("promote", "begun", first, None),
        ("promote", "done", first, None),
        ("promote", "begun", second, first),
        ("promote", "done", second, first),
        ("rollback", "begun", first, second),
        ("rollback", "done", first, second),
    ]


def test_promoting_the_served_version_changes_nothing(promoter: Promoter, version: Publish) -> None:
    first = version(36.0)
    promoter.promote(first)
    before = promoter.ledger.entries()
    promoter.promote(first)
    assert promoter.ledger.entries() == before


def test_wrong_answers_restore_the_former_version(promoter: Promoter, version: Publish) -> None:
    good, bad = version(36.0), version(37.0, answers=37.001)
    promoter.promote(good)
    with pytest.raises(PromotionError, match=rf"check 'golden' failed: .*'forecast'.* 37 .*{good} is served again"):
        promoter.promote(bad)
    assert promoter.serving() == good
    last = promoter.ledger.entries()[-1]
    assert (last.outcome, last.check, last.restored) == ("failed", "golden", True)


def _refuse(_artefact: Artefact, _golden: Golden) -> None:
    raise PromotionError("the results differ", check="smoke")


def test_version_that_fails_the_smoke_prediction_is_never_served(promoter: Promoter, version: Publish) -> None:
    good, bad = version(36.0), version(37.0)
    promoter.promote(good)
    with_smoke_check = replace(promoter, smoke=_refuse)
    with pytest.raises(PromotionError, match=r"check 'smoke' failed: the results differ; nothing was changed"):
        with_smoke_check.promote(bad)
    assert promoter.serving() == good
    last = promoter.ledger.entries()[-1]
    assert (last.version, last.outcome, last.check, last.restored) == (bad, "failed", "smoke", None)


def test_rollback_skips_the_smoke_prediction(promoter: Promoter, version: Publish) -> None:
    first, second = version(36.0), version(37.0)
    promoter.promote(first)
    promoter.promote(second)
    rollback_version(replace(promoter, smoke=_refuse), first)
    assert promoter.serving() == first


class FailedRollout(LocalTarget):
    """A target whose new pods never start."""

    def settle(self, address: str) -> None:
        raise PromotionError(f"{address}: no image", check="rollout")


def test_version_served_by_its_old_pods_counts_as_restored(promoter: Promoter, version: Publish, url: str) -> None:
    good, bad = version(36.0), version(37.0)
    promoter.promote(good)
    with pytest.raises(PromotionError, match=rf"{good} is served again, by its old pods only: {good}: no image"):
        replace(promoter, target=FailedRollout(promoter.registry, url)).promote(bad)
    assert promoter.ledger.entries()[-1].restored


def test_answers_within_the_tolerance_pass(promoter: Promoter, version: Publish) -> None:
    promoter.promote(version(36.0, answers=36.0 * (1 + 5e-6)))


def test_failed_first_promotion_leaves_nothing_served(promoter: Promoter, version: Publish) -> None:
    with pytest.raises(PromotionError, match="as before, nothing is served"):
        promoter.promote(version(36.0, answers=1.0))
    assert promoter.serving() is None


def test_unreachable_service_fails_the_promotion(promoter: Promoter, version: Publish) -> None:
    unreachable = replace(promoter, target=LocalTarget(promoter.registry, "http://127.0.0.1:9"))
    with pytest.raises(PromotionError, match=r"no correct answer within 0\.5 s: http://127.0.0.1:9"):
        unreachable.promote(version(36.0))


def test_concurrent_switch_is_refused(promoter: Promoter, version: Publish) -> None:
    first, second = version(36.0), version(37.0)
    promoter.promote(first)
    with pytest.raises(PromotionError, match="moved meanwhile"):
        promoter.target.switch(None, second)
    assert promoter.serving() == first


def test_corrupt_and_unknown_versions_are_not_recorded(promoter: Promoter, version: Publish) -> None:
    broken = version(36.0)
    (Path(promoter.registry.address) / broken / "answers").write_text("1")
    with pytest.raises(CorruptArtefactError, match="answers was changed"):
        promoter.promote(broken)
    with pytest.raises(NoVersionError):
        promoter.promote("20200101T000000Z-00000000")
    assert promoter.ledger.entries() == []


@pytest.mark.parametrize("correct", [True, False])
def test_interrupted_promotion_is_resumed(promoter: Promoter, version: Publish, correct: bool) -> None:
    first, second = version(36.0), version(37.0, answers=None if correct else 1.0)
    promoter.promote(first)
    begun = promoter.ledger.entries()[0].model_copy(
        update={"at": current_time(), "version": second, "address": second, "former": first, "former_address": first}
    )
    promoter.ledger.write(begun)
    promoter.registry.set_current(second)
    assert unfinished_promotion(promoter.ledger.entries()) == begun
    if correct:
        assert promoter.finish_interrupted()
        assert promoter.serving() == second
    else:
        with pytest.raises(PromotionError, match=f"{first} is served again"):
            promoter.finish_interrupted()
        assert promoter.serving() == first
    assert not promoter.finish_interrupted(), "there is nothing left to resume"


def test_promotion_interrupted_before_the_switch_is_abandoned(promoter: Promoter, version: Publish) -> None:
    first, second = version(36.0), version(37.0)
    promoter.promote(first)
    begun = promoter.ledger.entries()[0].model_copy(update={"version": second, "address": second})
    promoter.ledger.write(begun)
    assert promoter.finish_interrupted()
    assert promoter.serving() == first
    assert promoter.ledger.entries()[-1].check == "interrupted"
