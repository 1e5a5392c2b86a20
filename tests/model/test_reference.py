"""The grammar of pull specs, as a table and as properties (distribution's reference package)."""

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reconciler.model.reference import InvalidReferenceError, Reference, is_digest, parse_digest, short_digest

HEX = "9f2c1ab04d77" + "0" * 52
DIGEST = f"sha256:{HEX}"
HUB = "docker.io"


@pytest.mark.parametrize(
    ("text", "host", "repository", "tag", "digest"),
    [
        ("nginx", HUB, "library/nginx", None, None),
        ("nginx:1", HUB, "library/nginx", "1", None),
        ("a/b", HUB, "a/b", None, None),
        ("a/b/c", HUB, "a/b/c", None, None),
        ("localhost/a", "localhost", "a", None, None),
        ("localhost", HUB, "library/localhost", None, None),
        ("example.com", HUB, "library/example.com", None, None),
        ("localhost:5000/a", "localhost:5000", "a", None, None),
        ("Reg/a", "reg", "a", None, None),
        ("myhost/x", HUB, "myhost/x", None, None),
        ("docker.io/nginx", HUB, "library/nginx", None, None),
        ("docker.io/library/nginx", HUB, "library/nginx", None, None),
        ("index.docker.io/library/nginx", HUB, "library/nginx", None, None),
        ("index.docker.io/nginx", HUB, "library/nginx", None, None),
        ("[::1]:5000/a:b", "[::1]:5000", "a", "b", None),
        ("[fd00::1]/a", "[fd00::1]", "a", None, None),
        ("h:5000/a", "h:5000", "a", None, None),
        ("h:5000", HUB, "library/h", "5000", None),
        (f"a/b:t@{DIGEST}", HUB, "a/b", "t", DIGEST),
        (f"quay.io/a/b@{DIGEST}", "quay.io", "a/b", None, DIGEST),
        ("quay.io/a--b__c.d_e/f-g", "quay.io", "a--b__c.d_e/f-g", None, None),
        ("a:" + "t" * 128, HUB, "library/a", "t" * 128, None),
        ("a:_under", HUB, "library/a", "_under", None),
        ("127.0.0.1:5000/a/b:1", "127.0.0.1:5000", "a/b", "1", None),
        ("quay.io/" + "a" * 255, "quay.io", "a" * 255, None, None),
        (f"{HEX}:1", HUB, f"library/{HEX}", "1", None),  # alone it would be an image id
        (f"a@sha512:{HEX}{HEX}", HUB, "library/a", None, f"sha512:{HEX}{HEX}"),
        (f"h:5000@{DIGEST}", HUB, "library/h", "5000", DIGEST),
        ("EXAMPLE/a/b", "example", "a/b", None, None),
        ("docker.io/a/b", HUB, "a/b", None, None),
    ],
)
def test_a_pull_spec_is_taken_apart(text: str, host: str, repository: str, tag: str | None, digest: str | None) -> None:
    found = Reference.parse(text)
    assert (found.host, found.repository, found.tag, found.digest) == (host, repository, tag, digest)
    assert str(found) == text


FORM = "is not of the form [HOST[:PORT]/]NAME[:TAG][@DIGEST]."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", f"pull spec '' {FORM}"),
        ("a//b", f"pull spec 'a//b' {FORM}"),
        ("a/B", f"pull spec 'a/B' {FORM} Repositories are lower case."),
        ("a/b_.c", f"pull spec 'a/b_.c' {FORM}"),
        ("a/b/", f"pull spec 'a/b/' {FORM}"),
        ("/a", f"pull spec '/a' {FORM}"),
        ("quay.io/", f"pull spec 'quay.io/' {FORM}"),
        ("a/b.-c", f"pull spec 'a/b.-c' {FORM}"),
        ("a b", f"pull spec 'a b' {FORM}"),
        ("naïve/app", f"pull spec 'naïve/app' {FORM}"),
        (
            "a:" + "t" * 129,
            (
                f"pull spec 'a:{'t' * 129}': '{'t' * 129}' is not a tag. A tag has up to 128 of A-Z a-z 0-9 _ . - "
                "and starts with none of the last two."
            ),
        ),
        (
            "a:",
            (
                "pull spec 'a:': '' is not a tag. A tag has up to 128 of A-Z a-z 0-9 _ . - "
                "and starts with none of the last two."
            ),
        ),
        (
            f"a@{DIGEST.upper()}",
            f"digest '{DIGEST.upper()}' is malformed. Write it as sha256: and 64 lower-case hex digits.",
        ),
        (
            f"a@sha256:{HEX.upper()}",
            f"digest 'sha256:{HEX.upper()}' is malformed. Write it as sha256: and 64 lower-case hex digits.",
        ),
        ("a@sha256:abc", "digest 'sha256:abc' is malformed. Write it as sha256: and 64 lower-case hex digits."),
        (f"a@md5:{HEX[:32]}", f"digest 'md5:{HEX[:32]}': md5 is not supported. Use sha256, sha384 or sha512."),
        ("docker://quay.io/a", "pull spec 'docker://quay.io/a' has a scheme. Leave out 'docker://'."),
        (
            "[fe80::1%25eth0]/a",
            "pull spec '[fe80::1%25eth0]/a': '[fe80::1%25eth0]' is not a host name. Write HOST or HOST:PORT.",
        ),
        (
            "[::ffff:192.0.2.1]/a",
            "pull spec '[::ffff:192.0.2.1]/a': '[::ffff:192.0.2.1]' is not a host name. Write HOST or HOST:PORT.",
        ),
        ("UPPER", f"pull spec 'UPPER' {FORM} Repositories are lower case."),
        ("a/b___c", f"pull spec 'a/b___c' {FORM}"),
        ("a/b..c", f"pull spec 'a/b..c' {FORM}"),
        ("-bad-.com/a", "pull spec '-bad-.com/a': '-bad-.com' is not a host name. Write HOST or HOST:PORT."),
        ("h:port/a", "pull spec 'h:port/a': 'h:port' is not a host name. Write HOST or HOST:PORT."),
        (
            "quay.io/" + "a" * 256,
            f"pull spec 'quay.io/{'a' * 256}': the repository is too long. Use up to 255 characters.",
        ),
        (HEX, f"pull spec '{HEX}' is an image id. Name a repository: NAME@sha256:{HEX}."),
    ],
)
def test_a_text_that_is_not_a_pull_spec_is_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidReferenceError) as caught:
        Reference.parse(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "identifier"), [("a", "latest"), ("a:1", "1"), (f"a@{DIGEST}", DIGEST), (f"a:1@{DIGEST}", DIGEST)]
)
def test_the_requested_name_is_the_digest_then_the_tag_then_latest(text: str, identifier: str) -> None:
    assert Reference.parse(text).identifier == identifier


@pytest.mark.parametrize("text", ["nginx:1", "docker.io/nginx:1", "index.docker.io/nginx", "quay.io/a/b"])
def test_a_recorded_pull_spec_keeps_the_users_spelling(text: str) -> None:
    spelling = text.partition(":")[0]
    assert Reference.parse(text).pinned(DIGEST) == f"{spelling}@{DIGEST}"


@pytest.mark.parametrize(("algorithm", "length"), [("sha256", 64), ("sha384", 96), ("sha512", 128)])
def test_three_algorithms_with_their_exact_lengths_are_digests(algorithm: str, length: int) -> None:
    assert parse_digest(f"{algorithm}:{'a' * length}") == f"{algorithm}:{'a' * length}"
    assert not is_digest(f"{algorithm}:{'a' * (length - 1)}")
    assert not is_digest(f"{algorithm}:{'A' * length}")
    assert not is_digest(f"{algorithm}:{'a' * length}\n")


def test_people_read_twelve_digits_of_a_digest() -> None:
    assert short_digest(DIGEST) == "sha256:9f2c1ab04d77"


@given(st.text() | st.text(st.sampled_from("ab.:/@-_[]A0 \n")))
def test_any_text_is_a_pull_spec_that_prints_as_itself_or_a_reference_error(text: str) -> None:
    try:
        found = Reference.parse(text)
    except InvalidReferenceError:
        return
    assert str(found) == text
    assert Reference.parse(str(found)) == found


def follows_distribution(text: str) -> bool:
    """Distribution's grammar, written a second time from its description: what its normalised parser accepts."""
    if re.fullmatch(r"[0-9a-f]{64}", text):
        return False
    first, slash, rest = text.partition("/")
    named = slash and (set(".:") & set(first) or first == "localhost" or first != first.lower())
    host, rest = (first, rest) if named else ("docker.io", text)
    rest, at, digest = rest.partition("@")
    path, colon, tag = rest.partition(":")
    hub = host in {"docker.io", "index.docker.io"} and "/" not in path
    label = r"[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?"
    component = r"[a-z0-9]+([._][a-z0-9]+|__[a-z0-9]+|-+[a-z0-9]+)*"
    return (
        re.fullmatch(rf"({label}(\.{label})*|\[[a-fA-F0-9:]+\])(:[0-9]{{1,5}})?", host) is not None
        and re.fullmatch(rf"{component}(/{component})*", path) is not None
        and len(path) + len("library/") * hub <= 255
        and (not colon or re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", tag) is not None)
        and (not at or re.fullmatch(r"sha256:[0-9a-f]{64}", digest) is not None)
    )


SIGNS = [".", "..", "_", "__", "___", "-", "--", ":", "/", "//", "@", "[", "]", " ", "é"]
WORDS = ["a", "b1", "B", "0", "::1", "5000", "localhost", "docker.io", "quay.io", f"@{DIGEST}", "latest", HEX]
SCRAPS = st.sampled_from(WORDS) | st.sampled_from(SIGNS)


@settings(max_examples=500)
@given(st.lists(SCRAPS, max_size=9).map("".join))
def test_what_distribution_accepts_is_accepted_and_nothing_else(text: str) -> None:
    try:
        Reference.parse(text)
    except InvalidReferenceError:
        accepted = False
    else:
        accepted = True
    assert accepted == follows_distribution(text)


COMPONENT = st.from_regex(r"[a-z0-9]{1,8}((\.|_|__|-{1,3})[a-z0-9]{1,8}){0,2}", fullmatch=True)
HOSTS = st.sampled_from(["", "quay.io/", "localhost:5000/", "[::1]:5000/", "docker.io/", "UPPER/"])
TAGS = st.just("") | st.from_regex(r":[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", fullmatch=True)
DIGESTS = st.just("") | st.from_regex(r"@sha256:[0-9a-f]{64}", fullmatch=True)


@given(HOSTS, st.lists(COMPONENT, min_size=1, max_size=4), TAGS, DIGESTS)
def test_every_text_of_the_grammar_is_read_and_printed_as_it_was(
    host: str, components: list[str], tag: str, digest: str
) -> None:
    assume(host or "." not in components[0])  # else the first component is a host, by another grammar
    text = f"{host}{'/'.join(components)}{tag}{digest}"
    assert str(Reference.parse(text)) == text
