"""What runs before an installation and an upgrade, and `helm test`."""

from tests.deploy.rendered import container, env, kinds, objects, one


def test_keys_are_made_before_topics_and_indexes_and_both_before_the_services() -> None:
    order = {each["metadata"]["name"]: each["metadata"]["annotations"] for each in objects("minimal") if each["kind"] == "Job"}
    assert {name: (hook["helm.sh/hook"], int(hook["helm.sh/hook-weight"])) for name, hook in order.items()} == {
        "live-parley-make-keys": ("pre-install,pre-upgrade", -10),
        "live-parley-prepare": ("pre-install,pre-upgrade", 0),
    }
    assert container("minimal", "prepare", "Job")["args"] == ["services", "prepare"]
    assert env(container("minimal", "chat"))["PARLEY_PREPARE"] == "false"


def test_the_prepare_job_has_what_the_services_have_of_kafka_and_mongodb() -> None:
    job, service = env(container("everything", "prepare", "Job")), env(container("everything", "chat"))
    assert job == {name: service[name] for name in service if name.startswith(("PARLEY_KAFKA", "PARLEY_MONGO"))}
    assert (job["PARLEY_KAFKA_REPLICATION"], job["PARLEY_KAFKA_PARTITIONS"]) == ("3", "12")


def test_the_job_that_makes_keys_may_touch_its_two_secrets_only() -> None:
    rules = one("everything", "Role", "make-keys")["rules"]
    names = ["live-parley-keys", "live-parley-public-keys"]
    assert rules == [
        {"apiGroups": [""], "resources": ["secrets"], "resourceNames": names, "verbs": ["get", "patch"]},
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]},
    ]
    arguments = container("everything", "make-keys", "Job")["args"]
    assert arguments == ["deploy.jobs.make_keys", "--number", "2", "--secrets", "live-parley-keys", "live-parley-public-keys"]
    (role, binding, account) = (one("everything", kind, "make-keys") for kind in ("Role", "RoleBinding", "ServiceAccount"))
    assert all(int(each["metadata"]["annotations"]["helm.sh/hook-weight"]) < -10 for each in (role, binding, account))


def test_no_key_is_made_where_keys_are_given() -> None:
    assert not {"Role", "RoleBinding", "ServiceAccount"} & (kinds("own_secrets") | kinds("trial"))
    volumes = {each["name"]: each for each in one("own_secrets", "Deployment", "chat")["spec"]["template"]["spec"]["volumes"]}
    assert volumes["key"]["secret"]["secretName"] == "own-keys" and volumes["keys"]["secret"]["secretName"] == "own-public-keys"


def test_helm_test_lives_a_chat_as_the_account_of_the_check() -> None:
    pod = one("everything", "Pod", "check")
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test" and pod["spec"]["restartPolicy"] == "Never"
    found = container("everything", "check", "Pod")
    assert found["args"] == [
        "deploy.jobs.check_chat",
        "--gateway=http://live-parley-gateway:80",
        "--host=chat.example.com",
        "--account=/etc/parley/key/check-2.pem",
    ]
    assert env(found)["PARLEY_CHAT"] == env(container("everything", "gateway"))["PARLEY_CHAT"]
    assert container("trial", "check", "Pod")["args"] == ["deploy.jobs.check_chat", "--gateway=http://live-parley-gateway:80"]


def test_the_trial_is_one_pod_with_the_trials_image_and_nothing_else() -> None:
    assert sorted(each["kind"] for each in objects("trial")) == ["Deployment", "Pod", "Service"]
    found = container("trial", "gateway")
    assert (found["args"], found["image"]) == (["stack"], "parley-trial:0.1.0")
    assert one("trial", "Deployment", "gateway")["spec"]["strategy"] == {"type": "Recreate"}
