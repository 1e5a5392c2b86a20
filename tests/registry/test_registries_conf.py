"""registries.conf, as the containers tools read it: where it is found, its settings, and the requests that follow."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import InputError
from reconciler.model.host import Host
from reconciler.registry.registries_conf import PullSource, RegistriesConf
from reconciler.registry.registries_conf_file import load_registries_conf, parse_registries_conf

DIGEST = "sha256:" + "1" * 64


def conf(text: str) -> RegistriesConf:
    return parse_registries_conf(text.encode(), "r.conf")


QUAY = """
unqualified-search-registries = ["docker.io"]
short-name-mode = "enforcing"
credential-helpers = ["containers-auth.json"]

[aliases]
"ubi" = "registry.access.redhat.com/ubi9"

[[registry]]
prefix = "quay.io"
location = "quay.io"
{more}
[[registry.mirror]]
location = "mirror.example.com:5000/quay"
{mirror}
[[registry.mirror]]
location = "other.example.com"
insecure = true
"""
FIRST, SECOND = (
    PullSource(Host("mirror.example.com:5000"), "quay/a/b"),
    PullSource(Host("other.example.com"), "a/b", insecure=True),
)
OWN = PullSource(Host("quay.io"), "a/b")


@pytest.mark.parametrize(
    ("more", "mirror", "identifier", "pull_sources"),
    [
        ("", "", DIGEST, (FIRST, SECOND, OWN)),
        ("", "", "1.4", (OWN,)),
        ("", "", "", (OWN,)),
        ("", 'pull-from-mirror = "all"', "1.4", (FIRST, OWN)),
        ("", 'pull-from-mirror = "all"', DIGEST, (FIRST, SECOND, OWN)),
        ("", 'pull-from-mirror = "all"', "", (OWN,)),
        ("", 'pull-from-mirror = "tag-only"', "1.4", (FIRST, OWN)),
        ("", 'pull-from-mirror = "tag-only"', DIGEST, (SECOND, OWN)),
        ("", 'pull-from-mirror = "digest-only"', "1.4", (OWN,)),
        ("", 'pull-from-mirror = "digest-only"', DIGEST, (FIRST, SECOND, OWN)),
        ("mirror-by-digest-only = true", "", DIGEST, (FIRST, SECOND, OWN)),
        ("mirror-by-digest-only = true", "", "1.4", (OWN,)),
        ("mirror-by-digest-only = false", "", "1.4", (OWN,)),
        ("blocked = true", "", DIGEST, (FIRST, SECOND)),
        ("blocked = true", "", "1.4", ()),
        ("blocked = true", "", "", ()),
        ("insecure = true", "", "1.4", (PullSource(Host("quay.io"), "a/b", insecure=True),)),
    ],
)
def test_digests_come_from_mirrors_and_tags_only_if_configured(
    more: str, mirror: str, identifier: str, pull_sources: tuple[PullSource, ...]
) -> None:
    assert conf(QUAY.format(more=more, mirror=mirror)).pull_sources(Host("quay.io"), "a/b", identifier) == pull_sources


def entry(prefix: str, location: str = "", more: str = "") -> str:
    return f'[[registry]]\nprefix = "{prefix}"\nlocation = "{location}"\n{more}\n'


@pytest.mark.parametrize(
    ("prefix", "location", "host", "repository", "place"),
    [
        ("quay.io", "m.io", "quay.io", "a/b", PullSource(Host("m.io"), "a/b")),
        ("quay.io", "m.io/x", "quay.io", "a/b", PullSource(Host("m.io"), "x/a/b")),
        ("quay.io/a", "m.io/x", "quay.io", "a/b", PullSource(Host("m.io"), "x/b")),
        ("quay.io/a/b", "m.io/x", "quay.io", "a/b", PullSource(Host("m.io"), "x")),
        ("quay.io/a/b:1", "m.io/x", "quay.io", "a/b", PullSource(Host("m.io"), "x")),
        ("quay.io/a/b:2", "m.io/x", "quay.io", "a/b", PullSource(Host("quay.io"), "a/b")),
        ("quay.io/a/b@" + DIGEST, "m.io/x", "quay.io", "a/b", PullSource(Host("quay.io"), "a/b")),
        ("quay.io/a/", "m.io/x/", "quay.io", "a/b", PullSource(Host("m.io"), "x/b")),
        ("quay.io/a", "m.io/x", "quay.io", "abc/b", PullSource(Host("quay.io"), "abc/b")),
        ("quay.io", "m.io", "quay.io:443", "a/b", PullSource(Host("m.io"), "a/b")),
        ("Quay.IO:443", "m.io", "quay.io", "a/b", PullSource(Host("m.io"), "a/b")),
        ("quay.io", "m.io", "quay.io:80", "a/b", PullSource(Host("m.io"), "a/b")),
        ("registry-1.docker.io", "m.io", "registry.hub.docker.com", "a/b", PullSource(Host("m.io"), "a/b")),
        ("quay.io", "m.io", "quay.iox", "a/b", PullSource(Host("quay.iox"), "a/b")),
        ("quay.io:5000", "m.io", "quay.io:5000", "a/b", PullSource(Host("m.io"), "a/b")),
        ("[::1]:5000", "[::2]:5000/x", "[::1]:5000", "a/b", PullSource(Host("[::2]:5000"), "x/a/b")),
        ("docker.io/library", "m.io/hub", "docker.io", "library/nginx", PullSource(Host("m.io"), "hub/nginx")),
        ("index.docker.io/library", "m.io/hub", "docker.io", "library/nginx", PullSource(Host("m.io"), "hub/nginx")),
        ("q.io", "index.docker.io/a", "q.io", "b", PullSource(Host("docker.io"), "a/b")),
        ("*.example.com", "m.io", "r.example.com", "a/b", PullSource(Host("m.io"), "a/b")),
        ("*.example.com", "m.io", "x.r.example.com", "a/b", PullSource(Host("m.io"), "a/b")),
        ("*.example.com", "", "r.example.com", "a/b", PullSource(Host("r.example.com"), "a/b")),
        ("*.example.com", "m.io", "example.com", "a/b", PullSource(Host("example.com"), "a/b")),
        ("*.example.com", "m.io", "quay.io", "r.example.com/b", PullSource(Host("quay.io"), "r.example.com/b")),
        ("*.example.com", "m.io", "r.example.community", "a/b", PullSource(Host("r.example.community"), "a/b")),
        ("*.example.com/a", "m.io", "r.example.com", "a/b", PullSource(Host("m.io"), "b")),
        ("*.example.com", "m.io", "r.example.com.example.com", "a/b", PullSource(Host("m.io"), "a/b")),
        ("*.example.com/a", "m.io", "r.example.com.example.com", "a/b", PullSource(Host("m.io"), "b")),
        ("*.docker.io", "m.io", "registry-1.docker.io", "a/b", PullSource(Host("m.io"), "a/b")),
        ("*.docker.com", "m.io", "docker.io", "a/b", PullSource(Host("m.io"), "a/b")),
    ],
)
def test_a_location_replaces_whole_parts_of_a_name(
    prefix: str, location: str, host: str, repository: str, place: PullSource
) -> None:
    assert conf(entry(prefix, location)).pull_sources(Host(host), repository, "1") == (place,)


def test_the_longest_prefix_counts_and_of_equals_the_first() -> None:
    text = entry("quay.io", "one.io") + entry("quay.io/a/b", "two.io/x") + entry("*.io", "three.io")
    assert conf(text).pull_sources(Host("quay.io"), "a/b", "1") == (PullSource(Host("two.io"), "x"),)
    assert conf(text).pull_sources(Host("quay.io"), "a/c", "1") == (PullSource(Host("one.io"), "a/c"),)
    assert conf(text).pull_sources(Host("q.io"), "a", "1") == (PullSource(Host("three.io"), "a"),)


def test_an_entry_for_a_host_comes_before_one_for_its_domain() -> None:
    text = entry("*.docker.io", "one.io") + entry("docker.io", "two.io")
    assert conf(text).pull_sources(Host("index.docker.io"), "a", "1") == (PullSource(Host("two.io"), "a"),)


def test_an_entry_without_a_prefix_is_for_its_location() -> None:
    assert (
        conf('[[registry]]\nlocation = "quay.io/a"\nblocked = true\n').pull_sources(Host("quay.io"), "a/b", "1") == ()
    )


def test_a_block_is_for_the_name_that_is_written() -> None:
    assert conf(entry("quay.io", "m.io", "blocked = true")).pull_sources(Host("quay.io"), "a/b", "1") == ()


def test_a_block_also_holds_for_the_name_that_is_called_in_the_end() -> None:
    text = entry("quay.io", "m.io") + entry("m.io/a", "m.io/a", "blocked = true")
    assert conf(text).pull_sources(Host("quay.io"), "a/b", "1") == ()
    assert conf(text).pull_sources(Host("quay.io"), "b", "1") == (PullSource(Host("m.io"), "b"),)


def test_without_an_entry_the_registry_itself_gets_the_request() -> None:
    assert RegistriesConf().pull_sources(Host("quay.io"), "a/b", "1") == (OWN,)
    assert conf("").pull_sources(Host("quay.io"), "a/b", DIGEST) == (OWN,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("= 5", "is not TOML. Correct it."),
        ("a = " + "[" * 100_000, "is not TOML. Correct it."),
        ("\udcff", "is not TOML. Correct it."),
        ('[registries.search]\nregistries = ["quay.io"]', "is of version 1. Write it with [[registry]]."),
        ("registry = 5", "`registry` is not an array of tables. Write [[registry]]."),
        ("registry = [5]", "`registry` is not an array of tables. Write [[registry]]."),
        ("[[registry]]\nblocked = true", "registry 1 has neither a prefix nor a location. Give it one."),
        (
            entry("quay.io", "q") + '[[registry]]\nlocation = "https://q.io"',
            "registry 2 has the location 'https://q.io'. Write it as HOST[:PORT][/PATH].",
        ),
        (entry("a b", "q"), "registry 1 has the prefix 'a b'. Write it as HOST[:PORT][/PATH] or *.DOMAIN."),
        ("[[registry]]\nlocation = 5", "registry 1 has a location that is not text. Write it in quotes."),
        (
            entry("q", "q", 'blocked = "yes"'),
            "registry 1 has a blocked that is neither true nor false. Write one of them.",
        ),
        (entry("q", "q", "[[registry.mirror]]"), "a mirror of registry 1 has no location. Give it one."),
        (entry("q", "q", "mirror = 5"), "`registry` is not an array of tables. Write [[registry]]."),
        (
            entry("q", "q", '[[registry.mirror]]\nlocation = "m"\npull-from-mirror = "never"'),
            "a mirror of registry 1 has pull-from-mirror 'never'. Write all, digest-only or tag-only.",
        ),
        (
            entry(
                "q", "q", 'mirror-by-digest-only = true\n[[registry.mirror]]\nlocation = "m"\npull-from-mirror = "all"'
            ),
            "registry 1 has mirror-by-digest-only and pull-from-mirror. Keep one of them.",
        ),
    ],
)
def test_errors_in_the_file_are_reported(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_registries_conf(text.encode("utf-8", "surrogateescape"), "r.conf")
    assert str(caught.value) == f"registries.conf r.conf: {message}"


def test_the_file_of_the_variable_counts_before_the_users(tmp_path: Path) -> None:
    home = tmp_path / ".config" / "containers"
    home.mkdir(parents=True)
    (home / "registries.conf").write_text(entry("quay.io", "home.io"))
    named = tmp_path / "named.conf"
    named.write_text(entry("quay.io", "named.io"))
    environ = {"HOME": str(tmp_path)}
    assert load_registries_conf(environ).pull_sources(Host("quay.io"), "a", "1") == (PullSource(Host("home.io"), "a"),)
    assert load_registries_conf(environ).file == str(home / "registries.conf")
    environ["CONTAINERS_REGISTRIES_CONF"] = str(named)
    assert load_registries_conf(environ).pull_sources(Host("quay.io"), "a", "1") == (PullSource(Host("named.io"), "a"),)
    other = tmp_path / "xdg" / "containers"
    other.mkdir(parents=True)
    (other / "registries.conf").write_text(entry("quay.io", "xdg.io"))
    environ = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "xdg")}
    assert load_registries_conf(environ).pull_sources(Host("quay.io"), "a", "1") == (PullSource(Host("xdg.io"), "a"),)


def test_files_of_the_folder_beside_it_come_later_and_win(tmp_path: Path) -> None:
    file = tmp_path / "registries.conf"
    file.write_text(entry("quay.io", "one.io") + entry("q.io", "kept.io"))
    folder = tmp_path / "registries.conf.d"
    folder.mkdir()
    (folder / "20.conf").write_text(entry("quay.io", "three.io"))
    (folder / "10.conf").write_text(entry("quay.io", "two.io"))
    (folder / "30.conf.off").write_text("not read")
    found = load_registries_conf({"CONTAINERS_REGISTRIES_CONF": str(file)})
    assert found.pull_sources(Host("quay.io"), "a", "1") == (PullSource(Host("three.io"), "a"),)
    assert found.pull_sources(Host("q.io"), "a", "1") == (PullSource(Host("kept.io"), "a"),)


@pytest.mark.parametrize("long", [10, 5000])
def test_a_home_that_cannot_be_looked_at_has_no_file_of_ours(tmp_path: Path, long: int) -> None:
    """Only root may read another user's home; a path that is too long fails for root too."""
    (tmp_path / "closed").mkdir(mode=0o000)
    for home in (tmp_path / "closed", tmp_path / ("x" * long)):
        assert load_registries_conf({"HOME": str(home)}).file in {"", "/etc/containers/registries.conf"}


def test_an_empty_file_turns_everything_off() -> None:
    assert load_registries_conf({"CONTAINERS_REGISTRIES_CONF": "/dev/null"}).entries == ()


def test_a_file_that_is_named_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_registries_conf({"CONTAINERS_REGISTRIES_CONF": str(tmp_path / "none")})
    text = f"registries.conf {tmp_path / 'none'}: cannot be read: No such file or directory. Correct the path."
    assert str(caught.value) == text


@given(st.binary() | st.text(st.sampled_from('[]registymo."= \n5{},:*/')).map(str.encode))
def test_any_bytes_are_a_registries_conf_or_an_input_error(data: bytes) -> None:
    with suppress(InputError):
        parse_registries_conf(data, "r.conf").pull_sources(Host("quay.io"), "a/b", "1")


PIECES = st.sampled_from(["quay.io", "*.io", "a", "b", "m.example.com:5000", "docker.io"])
LOCATIONS = st.lists(PIECES, min_size=1, max_size=3).map("/".join)


@given(st.lists(st.tuples(LOCATIONS, LOCATIONS, st.booleans()), max_size=4))
def test_a_blocked_pull_source_gets_no_request(rows: list[tuple[str, str, bool]]) -> None:
    text = "".join(entry(prefix, location, f"blocked = {str(off).lower()}") for prefix, location, off in rows)
    try:
        found = conf(text)
    except InputError:
        return
    for place in found.pull_sources(Host("quay.io"), "a/b", "1"):
        assert not found._blocks(place, "1")
