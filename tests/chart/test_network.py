"""NetworkPolicies: all traffic is denied except the connections that are needed."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.chart.cases import FILES, frontend_service, helm_arguments
from tests.chart.rendering import Document, find_only, pod_specs, render

SELECTOR = {"app.kubernetes.io/name": "nextclose", "app.kubernetes.io/instance": "nextclose"}


def policies(objects: Sequence[Document]) -> dict[str, Any]:
    name = find_only(objects, "InferenceService")["metadata"]["name"]
    found = (document for document in objects if document["kind"] == "NetworkPolicy")
    return {policy["metadata"]["name"].removeprefix(f"{name}-"): policy["spec"] for policy in found}


def ports(rules: Sequence[Document]) -> set[int]:
    return {port["port"] for rule in rules for port in rule["ports"]}


@pytest.mark.parametrize("case", FILES)
def test_default_policy_denies_all_traffic(case: str) -> None:
    objects = render(*helm_arguments(case))
    denied = policies(objects)["default-deny"]
    assert denied == {"podSelector": {"matchLabels": SELECTOR}, "policyTypes": ["Ingress", "Egress"]}
    # KServe copies the labels of the InferenceService to its pods.
    labels = find_only(objects, "InferenceService")["metadata"]["labels"]
    assert SELECTOR.items() <= labels.items()
    assert len(pod_specs(objects)) >= 4


@pytest.mark.parametrize("case", FILES)
def test_clients_reach_only_the_frontend(case: str) -> None:
    objects = render(*helm_arguments(case))
    clients = policies(objects)["clients"]
    assert clients["podSelector"]["matchLabels"]["component"] == frontend_service(case)
    assert ports(clients["ingress"]) == ({9080, 9081} if case == "everything" else {8080, 8081})


def test_only_transformer_and_monitoring_reach_the_predictor() -> None:
    found = policies(render("--set=topology=separate"))
    reaching = {name for name, spec in found.items() if 8090 in ports(spec.get("ingress", []))}
    assert reaching == {"predictor", "monitoring"}
    sources = found["predictor"]["ingress"][0]["from"]
    assert [source["podSelector"]["matchLabels"]["component"] for source in sources] == ["transformer"]


def test_serving_pods_have_no_egress_without_object_store() -> None:
    with_egress = {name for name, spec in policies(render()).items() if spec.get("egress")}
    assert with_egress == {"jobs", "test"}
    with_egress = {
        name for name, spec in policies(render("--set=storage.s3.address=s3://bucket")).items() if "egress" in spec
    }
    assert with_egress == {"jobs", "test", "object-store"}


def test_jobs_egress_has_the_configured_ports() -> None:
    jobs = policies(render())["jobs"]
    assert jobs["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "jobs"
    assert ports(jobs["egress"]) == {53, 443, 6443, 8080}
    with_proxy = policies(render(*helm_arguments("everything")))["jobs"]
    assert 3128 in ports(with_proxy["egress"])


def test_dashboard_reaches_the_service_and_a_configured_prometheus() -> None:
    assert "dashboard" not in policies(render())
    plain = policies(render("--set=dashboard.enabled=true"))["dashboard"]
    assert ports(plain["ingress"]) == {8501}
    assert ports(plain["egress"]) == {53, 8080}
    assert ports(policies(render(*helm_arguments("everything")))["dashboard"]["egress"]) == {53, 9080, 9090}


def test_metrics_are_closed_without_monitoring_peers() -> None:
    monitoring = policies(render("--set-json=networkPolicy.monitoring=[]"))["monitoring"]
    assert not monitoring["ingress"]


def test_network_policies_can_be_disabled() -> None:
    assert policies(render("--set=networkPolicy.enabled=false")) == {}
