"""NetworkPolicies: everything is closed, and what is open is what is needed."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.chart.cases import FILES, arguments, front
from tests.chart.rendering import Document, one, pod_specs, render

SELECTOR = {"app.kubernetes.io/name": "nextclose", "app.kubernetes.io/instance": "nextclose"}


def policies(objects: Sequence[Document]) -> dict[str, Any]:
    name = one(objects, "InferenceService")["metadata"]["name"]
    found = (document for document in objects if document["kind"] == "NetworkPolicy")
    return {policy["metadata"]["name"].removeprefix(f"{name}-"): policy["spec"] for policy in found}


def ports(rules: Sequence[Document]) -> set[int]:
    return {port["port"] for rule in rules for port in rule["ports"]}


@pytest.mark.parametrize("case", FILES)
def test_every_pod_is_closed_both_ways(case: str) -> None:
    objects = render(*arguments(case))
    closed = policies(objects)["default-deny"]
    assert closed == {"podSelector": {"matchLabels": SELECTOR}, "policyTypes": ["Ingress", "Egress"]}
    # KServe copies the service's labels to its pods; jobs and the test have theirs.
    labels = one(objects, "InferenceService")["metadata"]["labels"]
    assert SELECTOR.items() <= labels.items()
    assert len(pod_specs(objects)) >= 4


@pytest.mark.parametrize("case", FILES)
def test_clients_reach_the_transformer_and_never_the_predictor(case: str) -> None:
    objects = render(*arguments(case))
    clients = policies(objects)["clients"]
    assert clients["podSelector"]["matchLabels"]["component"] == front(case)
    assert ports(clients["ingress"]) == ({9080, 9081} if case == "everything" else {8080, 8081})


def test_the_predictor_is_reached_by_the_transformer_and_by_monitoring() -> None:
    found = policies(render("--set=topology=separate"))
    opened = {name for name, spec in found.items() if 8090 in ports(spec.get("ingress", []))}
    assert opened == {"predictor", "monitoring"}
    sources = found["predictor"]["ingress"][0]["from"]
    assert [source["podSelector"]["matchLabels"]["component"] for source in sources] == ["transformer"]


def test_serving_pods_go_nowhere_with_a_claim() -> None:
    leaving = {name for name, spec in policies(render()).items() if spec.get("egress")}
    assert leaving == {"jobs", "test"}
    leaving = {
        name for name, spec in policies(render("--set=storage.s3.address=s3://bucket")).items() if "egress" in spec
    }
    assert leaving == {"jobs", "test", "object-store"}


def test_jobs_leave_by_the_ways_that_are_named() -> None:
    jobs = policies(render())["jobs"]
    assert jobs["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "jobs"
    assert ports(jobs["egress"]) == {53, 443, 6443, 8080}
    proxied = policies(render(*arguments("everything")))["jobs"]
    assert 3128 in ports(proxied["egress"])


def test_the_dashboard_asks_the_model_and_a_prometheus_that_is_named() -> None:
    assert "dashboard" not in policies(render())
    plain = policies(render("--set=dashboard.enabled=true"))["dashboard"]
    assert ports(plain["ingress"]) == {8501}
    assert ports(plain["egress"]) == {53, 8080}
    assert ports(policies(render(*arguments("everything")))["dashboard"]["egress"]) == {53, 9080, 9090}


def test_nobody_may_read_metrics_where_nobody_is_named() -> None:
    closed = policies(render("--set-json=networkPolicy.monitoring=[]"))["monitoring"]
    assert not closed["ingress"]


def test_switched_off() -> None:
    assert policies(render("--set=networkPolicy.enabled=false")) == {}
