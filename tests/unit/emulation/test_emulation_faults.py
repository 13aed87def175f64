from collections import Counter

import pytest

from connectors.emulation.faults import HOOK_FAULTS, REQUEST_FAULTS, Faults

ALL = ",".join(f"{name}:0.1" for name in REQUEST_FAULTS) + "," + ",".join(f"{name}:0.2" for name in HOOK_FAULTS)


def draws(seed, count=400):
    faults = Faults.parse(ALL, seed)
    return [faults.request() for _ in range(count)], [faults.hook() for _ in range(count)]


def test_the_same_seed_gives_the_same_faults():
    assert draws(7) == draws(7)
    assert draws(7) != draws(8)


def test_hooks_do_not_depend_on_how_many_requests_were_made():
    one, other = Faults.parse(ALL, 3), Faults.parse(ALL, 3)
    for _ in range(17):
        one.request()
    assert [one.hook() for _ in range(50)] == [other.hook() for _ in range(50)]


def test_each_fault_comes_as_often_as_its_probability_says():
    requests, hooks = draws(1, 6000)
    for name in REQUEST_FAULTS:
        assert 0.08 < Counter(requests)[name] / 6000 < 0.12
    for name in HOOK_FAULTS:
        assert 0.17 < Counter(hooks)[name] / 6000 < 0.23


def test_without_a_spec_nothing_goes_wrong():
    faults = Faults.parse("")
    assert {faults.request() for _ in range(100)} == {None}
    assert {faults.hook() for _ in range(100)} == {None}


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("teapot:0.1", "no fault 'teapot'"),
        ("429", "needs a probability"),
        ("429:often", "needs a probability"),
        ("429:1.5", "between 0 and 1"),
        ("429:nan", "between 0 and 1"),
        ("429:0.6,500:0.6", "more than 1"),
        ("429:0.1,429:0.2", "given twice"),
    ],
)
def test_a_wrong_spec_is_refused_with_a_sentence(spec, says):
    with pytest.raises(ValueError, match=says):
        Faults.parse(spec)
