"""Properties of the rendered objects, for all values."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.settings import DashboardSettings
from jobs.cluster.permissions import PERMISSIONS
from model.endpoint.program import read_settings
from tests.chart.cases import FILES, frontend_service, helm_arguments
from tests.chart.rendering import CHART, Document, environment, find_only, pod_specs, render

DIGEST = "sha256:" + "ab" * 32


@pytest.fixture(params=FILES)
def objects(request: pytest.FixtureRequest) -> list[Document]:
    return render(*helm_arguments(request.param))


def nested_keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from nested_keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nested_keys(inner)


def test_chart_never_sets_the_storage_uri(objects: list[Document]) -> None:
    assert {"storageUri", "storageUris", "storage_uri"}.isdisjoint(nested_keys(objects))


def test_mode_runtime_and_protocol_are_explicit(objects: list[Document]) -> None:
    service, runtime = find_only(objects, "InferenceService"), find_only(objects, "ServingRuntime")
    assert service["metadata"]["annotations"]["serving.kserve.io/deploymentMode"] == "Standard"
    model = service["spec"]["predictor"]["model"]
    assert (model["runtime"], model["protocolVersion"]) == (runtime["metadata"]["name"], "v2")
    assert "v2" in runtime["spec"]["protocolVersions"]


def test_jobs_role_grants_permissions_checked_by_doctor(objects: list[Document]) -> None:
    name = find_only(objects, "InferenceService")["metadata"]["name"]
    role = next(o for o in objects if o["kind"] == "Role" and o["metadata"]["name"] == f"{name}-jobs")
    granted = {
        (verb, group, resource, name in rule.get("resourceNames", ()))
        for rule in role["rules"]
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    assert {(one.verb, one.group, one.resource, one.named) for one in PERMISSIONS} <= granted


def test_rollouts_keep_all_replicas_available(objects: list[Document]) -> None:
    for component in find_only(objects, "InferenceService")["spec"].values():
        assert component["deploymentStrategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_pods_satisfy_the_restricted_profile(objects: list[Document]) -> None:
    for pod_name, spec in pod_specs(objects).items():
        assert spec["securityContext"]["runAsNonRoot"] is True, pod_name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, pod_name
        for container in spec["containers"]:
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False, pod_name
            assert security["readOnlyRootFilesystem"] is True, pod_name
            assert security["capabilities"] == {"drop": ["ALL"]}, pod_name
            assert {"requests", "limits"} <= container["resources"].keys(), pod_name


def test_service_links_are_disabled(objects: list[Document]) -> None:
    # With them, a Service "nextclose-predictor" would set NEXTCLOSE_PREDICTOR_PORT=tcp://... in every pod.
    assert all(spec["enableServiceLinks"] is False for spec in pod_specs(objects).values())


def test_termination_grace_period_covers_pre_stop_and_draining(objects: list[Document]) -> None:
    for pod_name, spec in pod_specs(objects).items():
        if "InferenceService" not in pod_name:
            continue
        sleeps = [container["lifecycle"]["preStop"]["sleep"]["seconds"] for container in spec["containers"]]
        variables = [environment(container) for container in spec["containers"]]
        draining = max(int(value or 0) for own in variables for name, value in own.items() if "GRACE_SECONDS" in name)
        assert min(sleeps) >= 1
        assert spec["terminationGracePeriodSeconds"] >= max(sleeps) + draining
        assert sleeps == sorted(sleeps, reverse=True), "the predictor stops after the transformer"


def test_serving_containers_have_probes_on_unique_ports(objects: list[Document]) -> None:
    for pod_name, spec in pod_specs(objects).items():
        if "InferenceService" not in pod_name:
            continue
        ports = [port for container in spec["containers"] for port in container["ports"]]
        assert len({port["containerPort"] for port in ports}) == len(ports), pod_name
        assert len({port["name"] for port in ports}) == len(ports), pod_name
        for container in spec["containers"]:
            names = {port["name"] for port in container["ports"]}
            for probe, path in (("startup", "live"), ("readiness", "ready"), ("liveness", "live")):
                get = container[f"{probe}Probe"]["httpGet"]
                assert get["path"] == f"/v2/health/{path}"
                assert get["port"] in names


def test_no_claim_is_mounted_twice_in_a_pod(objects: list[Document]) -> None:
    # KServe adds a volume of the versions' claim to the predictor's pod; a second volume of it could not be mounted.
    models = (
        "versions" if find_only(objects, "InferenceService")["metadata"]["name"] == "forecasts" else "nextclose-models"
    )
    for pod_name, spec in pod_specs(objects).items():
        claims = [
            v["persistentVolumeClaim"]["claimName"] for v in spec.get("volumes", []) if "persistentVolumeClaim" in v
        ]
        assert len(set(claims)) == len(claims), pod_name
        assert not (pod_name.endswith("/predictor") and models in claims)


def test_jobs_may_patch_only_their_inference_service(objects: list[Document]) -> None:
    role, name = find_only(objects, "Role"), find_only(objects, "InferenceService")["metadata"]["name"]
    write_rules = [rule for rule in role["rules"] if not set(rule["verbs"]) <= {"get", "list", "watch"}]
    assert [(rule["resources"], rule.get("resourceNames"), rule["verbs"]) for rule in write_rules] == [
        (["inferenceservices"], [name], ["get", "patch"]),
        (["events"], None, ["create"]),
    ]


def test_transformer_has_all_flags_that_kserve_would_add() -> None:
    transformer = find_only(render("--set=topology=separate,transformer.ports.http=9080"), "InferenceService")
    container = transformer["spec"]["transformer"]["containers"][0]
    flags = dict(zip(container["args"][::2], container["args"][1::2], strict=True))
    assert flags == {"--model_name": "nextclose", "--predictor_host": "nextclose-predictor", "--http_port": "9080"}
    assert {"name": "http", "containerPort": 9080, "protocol": "TCP"} in container["ports"]


def test_only_job_pods_mount_a_service_account_token(objects: list[Document]) -> None:
    tokens = {pod_name: spec["automountServiceAccountToken"] for pod_name, spec in pod_specs(objects).items()}
    jobs = {pod_name for pod_name in tokens if "Job/" in pod_name and "-loadtest-" not in pod_name}
    assert {pod_name for pod_name, token in tokens.items() if token} == jobs


def test_disruption_budgets_allow_one_unavailable_pod(objects: list[Document]) -> None:
    for budget in (document["spec"] for document in objects if document["kind"] == "PodDisruptionBudget"):
        assert budget["maxUnavailable"] >= 1
        assert "minAvailable" not in budget


def test_names_with_suffixes_fit_into_63_characters() -> None:
    objects = render(
        "--set=topology=separate,loadtest.enabled=true", release="a-release-with-a-name-of-fifty-three-characters-abcde"
    )
    for document in objects:
        suffix = {"InferenceService": "-transformer", "CronJob": "-12345678", "Job": ""}.get(document["kind"], "")
        assert len(document["metadata"]["name"] + suffix) <= 63, document["metadata"]["name"]


def test_two_releases_share_no_object_and_no_selector() -> None:
    def names(release: str) -> set[tuple[str, str]]:
        return {(document["kind"], document["metadata"]["name"]) for document in render(release=release)}

    assert names("one").isdisjoint(names("two"))
    selectors = {
        release: re.findall(r"instance': '(\w+)'", str([d["spec"] for d in render(release=release) if "spec" in d]))
        for release in ("one", "two")
    }
    assert {release: set(found) for release, found in selectors.items()} == {"one": {"one"}, "two": {"two"}}


def test_new_chart_version_does_not_restart_pods(tmp_path: Path) -> None:
    shutil.copytree(CHART, tmp_path / "nextclose")
    description = tmp_path / "nextclose" / "Chart.yaml"
    description.write_text(re.sub(r"^version: .*$", "version: 9.9.9", description.read_text(), flags=re.MULTILINE))
    before, after = render(), render(chart=tmp_path / "nextclose")
    assert find_only(before, "InferenceService") == find_only(after, "InferenceService")
    assert find_only(before, "ServingRuntime")["spec"] == find_only(after, "ServingRuntime")["spec"]
    assert find_only(before, "Job")["metadata"]["name"] == find_only(after, "Job")["metadata"]["name"]
    assert find_only(before, "ServingRuntime") != find_only(after, "ServingRuntime")


def test_changed_bootstrap_job_gets_a_new_name() -> None:
    names = {find_only(render(*values), "Job")["metadata"]["name"] for values in ([], ["--set=jobs.image.tag=other"])}
    assert len(names) == 2


def test_image_digest_overrides_the_tag() -> None:
    objects = render(f"--set=predictor.image.digest={DIGEST},predictor.image.tag=0.9,image.registry=mirror:5000")
    container = find_only(objects, "ServingRuntime")["spec"]["containers"][0]
    assert container["image"] == f"mirror:5000/nextclose/predictor@{DIGEST}"


def test_dashboard_accepts_the_settings_of_the_chart(monkeypatch: pytest.MonkeyPatch) -> None:
    objects = render(*helm_arguments("everything"))
    found = next(o for o in objects if o["kind"] == "Deployment" and o["metadata"]["name"].endswith("-dashboard"))
    (container,) = found["spec"]["template"]["spec"]["containers"]
    for variable in container["env"]:
        monkeypatch.setenv(variable["name"], variable["value"])
    settings = read_settings(DashboardSettings)
    service = find_only(objects, "InferenceService")["metadata"]["name"]
    assert settings.url == f"http://{service}-{frontend_service('everything')}"
    assert [port["containerPort"] for port in container["ports"]] == [settings.port]
    assert (settings.timeout, settings.prometheus) == (5, "http://prometheus.monitoring:9090")
    assert settings.public_url == "https://forecasts.example.com"
    assert f'inferenceservice="{service}"' in settings.prometheus_selector
    assert {variable["name"].removeprefix("NEXTCLOSE_DASHBOARD_").lower() for variable in container["env"]} <= set(
        DashboardSettings.model_fields
    )


def test_pods_with_single_node_volumes_have_pod_affinity() -> None:
    single_node = pod_specs(render("--set=topology=separate"))
    placed = {pod_name for pod_name, spec in single_node.items() if "podAffinity" in spec.get("affinity", {})}
    assert placed == {pod_name for pod_name in single_node if not pod_name.startswith("Pod/")}
    shared = pod_specs(render("--set=topology=separate,storage.accessMode=ReadWriteMany"))
    assert not [pod_name for pod_name, spec in shared.items() if "affinity" in spec]


def test_pod_monitor_is_rendered_only_if_its_crd_is_installed() -> None:
    from tests.chart.rendering import KINDS, helm_template

    assert "kind: PodMonitor" in helm_template(kinds=KINDS).stdout
    assert "kind: PodMonitor" not in helm_template(kinds=KINDS[:1]).stdout


@pytest.mark.parametrize("topology", ["collocated", "separate"])
def test_object_store_replaces_claims_and_is_configured_in_all_clients(topology: str) -> None:
    s3 = "address=s3://bucket/folder,endpoint=http://s3:9000,region=here,existingSecret=keys,ca.configMap=own"
    objects = render(f"--set=topology={topology}", *(f"--set=storage.s3.{value}" for value in s3.split(",")))
    assert not [document for document in objects if document["kind"] == "PersistentVolumeClaim"]
    service = find_only(objects, "InferenceService")
    assert service["metadata"]["annotations"]["serving.kserve.io/secretName"] == "keys"
    clients: dict[str, Document] = {}
    for pod_name, spec in pod_specs(objects).items():
        assert not [volume for volume in spec.get("volumes", []) if "persistentVolumeClaim" in volume], pod_name
        trusted = {
            volume["name"] for volume in spec.get("volumes", []) if volume.get("configMap", {}).get("name") == "own"
        }
        is_client = not pod_name.startswith("Pod/") and (
            topology == "collocated" or not pod_name.endswith("/predictor")
        )
        assert trusted == ({"s3-ca"} if is_client else set()), pod_name
        clients |= {f"{pod_name}/{container['name']}": container for container in spec["containers"]}
    # The predictor reads the files that KServe downloads; the test pod sends requests to the transformer.
    clients = {
        name: container for name, container in clients.items() if "AWS_ENDPOINT_URL" in str(container.get("env"))
    }
    container_names = {name.rpartition("/")[2] for name in clients}
    transformer = "kserve-container" if topology == "separate" else "transformer-container"
    assert container_names == {"bootstrap", "refresh", transformer}
    for name, container in clients.items():
        variables = environment(container)
        assert variables["AWS_ENDPOINT_URL"] == "http://s3:9000"
        assert variables["AWS_DEFAULT_REGION"] == "here"
        assert variables["AWS_CA_BUNDLE"] == "/etc/nextclose-s3-ca/ca.crt"
        assert {"name": "s3-ca", "mountPath": "/etc/nextclose-s3-ca", "readOnly": True} in container["volumeMounts"]
        assert variables["NEXTCLOSE_STORE"] == "s3://bucket/folder"
        is_mounted = topology == "collocated" and name.endswith("/transformer-container")
        assert variables["NEXTCLOSE_MODELS"] == ("/mnt/models" if is_mounted else "s3://bucket/folder/models")
        references = [
            entry["valueFrom"]["secretKeyRef"]
            for entry in container["env"]
            if entry["name"].startswith("AWS_") and "valueFrom" in entry
        ]
        assert references == [
            {"name": "keys", "key": "AWS_ACCESS_KEY_ID"},
            {"name": "keys", "key": "AWS_SECRET_ACCESS_KEY"},
        ]
