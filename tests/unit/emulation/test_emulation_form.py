from hypothesis import given
from hypothesis import strategies as st

from connectors.emulation import form

TEXT = st.text(st.characters(blacklist_categories=["Cs"]), max_size=8)
KEYS = st.text(st.sampled_from("abcяж_ >!=%"), min_size=1, max_size=5).filter(lambda key: not key.isdigit())
NESTED = st.recursive(
    TEXT,
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(KEYS, inner, min_size=1, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, NESTED, max_size=3))
def test_what_is_encoded_is_decoded_again(nested):
    assert form.decode(form.encode(nested)) == nested


def test_php_rules_of_values():
    assert form.encode({"a": True, "b": False, "c": None, "d": [], "e": 1.5}) == b"a=1&b=0&e=1.5"


def test_brackets_of_requests():
    assert form.decode("filter[%3E%3DID]=5&select[]=ID&select[]=TITLE&x[0][a]=1&x[1][a]=2&sparse[5]=y") == {
        "filter": {">=ID": "5"},
        "select": ["ID", "TITLE"],
        "x": [{"a": "1"}, {"a": "2"}],
        "sparse": {"5": "y"},
    }


def test_hostile_keys_do_no_harm():
    deep = "a" + "[b]" * 5000 + "=1"
    assert set(form.decode(deep)) == {"a"}
    assert form.decode("a=1&a[b]=2&[c]=3&d[=4") == {"a": {"b": "2"}, "[c]": "3", "d[": "4"}
