"""The first minutes with grayctl, as the README tells them."""


def test_the_first_minutes_read_like_a_conversation(make_store):
    store = make_store(init=False)

    made = store.init().out
    assert made.startswith(f"made the store {store.path} for group ")
    assert f"gray_store {store.path};" in made

    assert store.run("release", "create", "shop").out == (
        "made release shop: everyone gets stable until a rule says gray\n")
    assert store.run("list", "create", "testers").out == (
        "made string list testers; it is empty\n")
    assert store.run(
        "rule", "add", "shop", "qa", "gray", "device_id in @testers").out == (
        "added rule qa to shop: gray if device_id in @testers\n")
    assert store.run("list", "add", "testers", "phone-42").out == (
        "added 1 member to testers\n")

    out = store.run("explain", "shop", "device_id=phone-42").out
    assert "phone-42 is in testers" in out
    assert "it gets gray: targeting_match:qa (shop, revision 4)" in out


def test_a_second_init_is_refused_and_changes_nothing(store):
    store.run("release", "create", "shop")
    done = store.run("init", check=False)
    assert done.code == 4
    assert done.err.startswith("grayctl: ")
    assert store.run("release", "get", "shop").out


def test_init_takes_no_folder_that_holds_other_files(make_store):
    """It would get the store's owner, group and mode: think of /etc."""
    store = make_store(init=False)
    store.path.mkdir(mode=0o755)
    (store.path / "passwd").write_text("root")
    before = store.path.stat()
    done = store.run("init", check=False)
    assert done.code == 4
    assert "'passwd'" in done.err and "empty" in done.err
    after = store.path.stat()
    assert (after.st_mode, after.st_gid) == (before.st_mode, before.st_gid)
    assert [path.name for path in store.path.iterdir()] == ["passwd"]


def test_init_takes_an_empty_folder_and_a_file_system_of_its_own(make_store):
    store = make_store(init=False)
    store.path.mkdir()
    (store.path / "lost+found").mkdir()
    store.init()
    assert store.run("status").out


def test_without_a_store_the_error_says_to_make_one(make_store):
    store = make_store(init=False)
    done = store.run("release", "ls", check=False)
    assert done.code == 6
    assert "grayctl" in done.err and "init" in done.err
    assert done.out == ""


def test_the_store_is_named_by_option_or_environment(store, monkeypatch):
    import os
    import subprocess
    from harness.build import GRAYCTL
    store.run("release", "create", "shop")
    env = dict(os.environ, GRAY_STORE=str(store.path))
    done = subprocess.run([str(GRAYCTL), "release", "ls"], env=env,
                          capture_output=True, text=True, check=True)
    assert "shop" in done.stdout


def test_init_says_as_json_which_group_it_chose(make_store):
    store = make_store(init=False)
    made = store.run("init", json=True)
    assert made["store"] == str(store.path)
    assert set(made) == {"store", "group", "gid", "reason", "completed"}


def test_init_with_an_unknown_group_makes_nothing(make_store):
    store = make_store(init=False)
    done = store.run("init", "--group", "no-such-group", check=False)
    assert done.code != 0
    assert "no-such-group" in done.err
    assert not (store.path / "data.mdb").exists()
