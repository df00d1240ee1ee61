"""grayctl check --repair: what follows from something else is made anew."""

import json
import os
import subprocess
import threading

import pytest

from harness.build import DAMAGE

BIG = [f"phone-{i}" for i in range(3000)]


@pytest.fixture
def shop(store):
    """A release, and a list of each kind; `big` is long enough for an index."""
    store.run("list", "create", "testers")
    store.run("list", "add", "testers", "a", "b")
    store.run("list", "add", "testers", "guest", "--ttl", "1h", "--note", "a visitor")
    store.run("list", "create", "office", "--kind", "ip")
    store.run("list", "add", "office", "10.0.0.0/8", "2001:db8::/32")
    store.run("list", "create", "legacy", "--live")
    store.run("list", "create", "big")
    store.run("list", "import", "big", stdin="\n".join(BIG))
    store.run("release", "create", "shop")
    store.run("rule", "add", "shop", "qa", "gray", "device_id in @testers or ip in @office")
    return store


def damage(store, kind, name="", number=0):
    subprocess.run([DAMAGE, store.path, kind, name, str(number)], check=True)


def exported(store):
    return {name: store.run("list", "export", name).out
            for name in ("testers", "office", "big")}


def problems(store):
    return json.loads(store.run("check", "--json", check=False).out)["problems"]


def repaired(store, *words):
    """Everything is repaired, and told; returns what was."""
    told = store.run("check", "--repair", json=True)
    assert told["ok"] and told["problems"] == []
    done = [f"{one['place']}: {one['done']}" for one in told["repaired"]]
    for word in words:
        assert any(word in line for line in done), done
    assert "all is well" in store.run("check").out
    return done


@pytest.mark.parametrize("kind, name, number, problem, told", [
    ("header-count", "testers", 7, "its header says 10 members, there are 3",
     "list testers: its header was made anew from its 3 members"),
    ("header-count", "big", 1 << 40, "there are 3000", "from its 3000 members"),
    ("header-blocks", "office", 33, "its block lengths", "from its 2 members"),
    ("header-byte", "testers", 16, "its header is damaged", "from its 3 members"),
    ("header-byte", "office", 8, "its header is damaged", "from its 2 members"),
    ("header-byte", "big", 0, "its header is damaged", "from its 3000 members"),
    ("no-name", "testers", 0, "1 list is not found by its id", "names"),
    ("stale-name", "nosuch", 99, "1 list is not found by its id", "names"),
    ("stale-name", "testers", 99, "1 list is not found by its id", "names"),
    ("no-expiry", "", 0, "1 member will expire and never be purged",
     "expiry: entered expiries of members: 1"),
    ("stale-expiry", "testers", 1 << 40, "1 entry has no member",
     "expiry: removed expiries without a member: 1"),
    ("nobodys-members", "", 77, "1 list id has members and no list", "purged: 1"),
    ("garbage-unreadable", "", 78, "nothing can be purged",
     "made records of lists to purge anew: 1"),
    ("garbage-list", "testers", 0, "nothing can be purged",
     "made records of lists to purge anew: 1"),
    ("release-other", "shop", 0, "check --repair", "release shop: compiled anew"),
    ("release-compiled", "shop", 40, "its document is sound", "release shop: compiled anew"),
    ("release-byte", "shop", 0, "its document is sound", "release shop: compiled anew"),
])
def test_what_follows_from_something_else_is_made_anew(
        shop, kind, name, number, problem, told):
    before, document = exported(shop), shop.run("release", "get", "shop").out
    damage(shop, kind, name, number)
    found = problems(shop)
    assert any(problem in one["message"] + one["hint"] for one in found), found
    # A rule cannot name a list that cannot be read.
    assert all("check --repair" in one["hint"] or one["place"] == "release shop"
               for one in found)
    repaired(shop, told)
    assert exported(shop) == before
    assert shop.run("release", "get", "shop").out == document
    audit = shop.run("log", json=True)["records"]
    assert audit[0]["verb"] == "repair"


def test_a_sound_store_is_left_as_it_is(shop):
    before = shop.run("status", json=True)["store"]["revision"]
    assert repaired(shop) == []
    assert shop.run("check", "--repair").out == shop.run("check").out
    assert shop.run("status", json=True)["store"]["revision"] == before


def test_all_at_once_is_repaired_too(shop):
    before = exported(shop)
    for kind, name, number in (
            ("header-byte", "testers", 20), ("header-byte", "office", 20),
            ("header-count", "big", 5), ("no-name", "big", 0), ("no-expiry", "", 0),
            ("stale-name", "x", 4444), ("nobodys-members", "", 500),
            ("garbage-unreadable", "", 501), ("release-other", "shop", 0)):
        damage(shop, kind, name, number)
    assert len(problems(shop)) >= 8
    out = shop.run("check", "--repair").out
    assert out.count("repaired ") >= 8 and "all is well" in out
    assert exported(shop) == before
    shop.run("list", "add", "testers", "c")
    shop.run("list", "purge")
    assert shop.run("check").code == 0


def test_members_that_have_expired_do_not_keep_headers_from_being_mended(shop):
    for name in ("one", "two"):
        shop.run("list", "create", name)
        shop.run("list", "add", name, "x", "y")
    for name in ("one", "two"):
        damage(shop, "stale-expiry", name, 5)
    for name in ("one", "two"):
        damage(shop, "header-byte", name, 17)
    assert shop.run("list", "add", "testers", "z", check=False).code == 8
    repaired(shop, "list one: its header", "list two: its header")
    shop.run("list", "add", "testers", "z")


def test_a_header_whose_kind_is_not_known_is_left_and_its_members_too(shop):
    damage(shop, "header-byte", "testers", 4)
    damage(shop, "header-count", "big", 1)
    done = shop.run("check", "--repair", check=False)
    assert done.code == 1
    assert "repaired list big" in done.out
    assert "list testers" in done.err and "restore a backup" in done.err
    again = shop.run("check", "--repair", "--json", check=False)
    told = json.loads(again.out)
    assert again.code == 1 and not told["ok"] and told["repaired"] == []
    assert "list testers" in [one["place"] for one in told["problems"]]


@pytest.mark.parametrize("at", [30, 60])
def test_a_document_that_cannot_be_trusted_is_left(shop, at):
    damage(shop, "release-byte", "shop", at)
    done = shop.run("check", "--repair", check=False)
    assert done.code == 1 and "repaired" not in done.out
    assert "release shop" in done.err and "grayctl release set" in done.err


def test_the_audit_is_left(shop):
    damage(shop, "audit")
    done = shop.run("check", "--repair", check=False)
    assert done.code == 1 and "repaired" not in done.out
    assert "audit record" in done.err and "nothing decides by it" in done.err


# --- indexes ----------------------------------------------------------------------


def index_of(shop):
    (path,) = (shop.path / "index").iterdir()
    return path


def cut_index(path):
    os.truncate(path, 5000)


def member_lost(path):
    """The slots of a page that is in the middle say that nothing is there."""
    data = bytearray(path.read_bytes())
    data[4096 + 8:8192] = bytes(4096 - 8)
    path.write_bytes(data)


def member_too_many(path):
    data = bytearray(path.read_bytes())
    at = next(i for i in range(4096 + 8, len(data), 8) if not any(data[i:i + 8]))
    # A YES whose page and line are where it stands: of another member's hash.
    line = at // 64 * 64
    other = next(i for i in range(line, line + 64, 8) if data[i] & 3 == 1)
    data[at:at + 8] = data[other:other + 8]
    data[at] ^= 4
    path.write_bytes(data)


@pytest.mark.parametrize("harm, problem", [
    (os.unlink, "it has no index that can be trusted"),
    (cut_index, "it has no index that can be trusted"),
    (member_lost, "its index has not all members"),
    (member_too_many, "its index has 1 members that the list has not"),
])
def test_an_index_is_verified_and_built_anew(shop, harm, problem):
    harm(index_of(shop))
    (found,) = problems(shop)
    assert problem in found["message"] and "check --repair" in found["hint"]
    assert repaired(shop) == ["list big: its index was built anew"]
    assert index_of(shop).stat().st_mode & 0o777 == 0o640


def test_a_list_too_short_for_an_index_needs_none(shop):
    shop.run("list", "drop", "big")
    shop.run("list", "purge")
    assert not list((shop.path / "index").iterdir())
    assert shop.run("check").code == 0


# --- files ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["VERSION", "namespace", "switches", "counters.2"])
def test_a_file_that_is_missing_is_made(shop, name):
    path = shop.path / name
    mode, text = path.stat().st_mode, path.read_bytes()
    path.unlink()
    assert shop.run("check", check=False).code in (1, 6)
    repaired(shop, f"{name}: made anew")
    assert path.stat().st_mode == mode
    assert path.stat().st_gid == shop.path.stat().st_gid
    if name == "VERSION":
        assert path.read_bytes() == text
    assert len(exported(shop)["big"].split()) == len(BIG)


def test_modes_are_set_right(shop):
    for name, mode in (("data.mdb", 0o666), ("switches", 0o600), ("counters.2", 0o640),
                       ("index", 0o777)):
        (shop.path / name).chmod(mode)
    index_of(shop).chmod(0o600)
    done = repaired(shop)
    assert "data.mdb: given the mode 0640" in done
    assert "index: given the mode 0750" in done
    assert index_of(shop).stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_files_are_given_to_the_owner_of_the_folder(shop):
    for name in ("data.mdb", "lock.mdb", "switches"):
        os.chown(shop.path / name, 65534, 65534)
    repaired(shop, "data.mdb: given to the owner", "switches: given to the owner")


def test_without_the_lock_file_the_remedy_is_named(shop):
    (shop.path / "lock.mdb").unlink()
    done = shop.run("check", "--repair", check=False)
    assert done.code == 1 and "with nginx and every grayctl stopped" in done.err


def test_where_there_is_no_store_nothing_is_made(shop):
    shop.path.joinpath("data.mdb").unlink()
    shop.path.joinpath("VERSION").unlink()
    assert shop.run("check", "--repair", check=False).code == 6
    assert not shop.path.joinpath("VERSION").exists()


def test_a_store_of_a_newer_schema_is_left(shop):
    (shop.path / "VERSION").write_text("nginx-gray store, schema 999\n")
    assert shop.run("check", "--repair", check=False).code in (1, 8)
    assert "999" in (shop.path / "VERSION").read_text()


# --- pages -------------------------------------------------------------------------


def test_nothing_is_repaired_when_pages_are_damaged(shop):
    damage(shop, "header-count", "testers", 7)
    (shop.path / "switches").chmod(0o600)
    data = shop.path / "data.mdb"
    pages = bytearray(data.read_bytes())
    at = pages.index(b"phone-1") & ~4095
    pages[at + 10:at + 12] = b"\xff\xff"
    data.write_bytes(pages)
    done = shop.run("check", "--repair", check=False)
    assert done.code == 1 and "repaired" not in done.out
    assert "restore a backup" in done.err and "grayctl list export" in done.err
    assert data.read_bytes() == pages
    assert shop.run("list", "export", "office").out.split() == [
        "10.0.0.0/8", "2001:db8::/32"]


# --- while others write --------------------------------------------------------------


def test_a_list_is_mended_while_it_changes(shop):
    shop.run("list", "import", "big",
             stdin="".join(f"more-{i}\n" for i in range(60_000)))
    damage(shop, "header-count", "big", 12345)
    added, stop = [], threading.Event()

    def write():
        while not stop.is_set():
            added.append(f"new-{len(added)}")
            shop.run("list", "add", "big", added[-1])
            shop.run("list", "rm", "big", f"more-{len(added)}")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        told = shop.run("check", "--repair", json=True)
    finally:
        stop.set()
        writer.join()
    assert told["ok"], told
    assert shop.run("check").code == 0
    assert shop.run("list", "ls", json=True)["lists"][0]["count"] == 63_000
    members = set(shop.run("list", "export", "big").out.split())
    assert members.issuperset(added)
