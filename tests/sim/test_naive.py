"""The naive model itself: each step of the decision, and the traps between the steps."""
import gzip
import io

import compare_dump
import naive_exchange
import plan
import pytest
from players import EXCHANGE_SMALL


def exchange(*routes, **options):
    """Routes as (session address, identifier, rest of the line) of 10.0.0.0/8, plus a listener."""
    sessions = {}
    for address, bgp_id, _ in routes:
        sessions[address] = plan.Session(local=address, peer="192.0.2.1", asn=65000, bgp_id=bgp_id)
    sessions["192.0.2.99"] = plan.Session(local="192.0.2.99", peer="192.0.2.1", asn=65099,
                                          bgp_id="192.0.2.99")
    model = naive_exchange.Exchange(sessions.values(), **options)
    for address, _, rest in routes:
        model.announce(address, f"10.0.0.0/8|{rest}")
    return model


def winner(model, receiver="192.0.2.99"):
    choice = model.best(model.sessions[receiver], model.candidates().get("10.0.0.0/8", []))
    return (choice[0].session.name, choice[1]) if choice else None


A, B, C = "192.0.2.10", "192.0.2.11", "192.0.2.12"


@pytest.mark.parametrize("first,second,step", [
    ("1 {2,3,4}|?|192.0.2.10|9||||", "1 2 3|i|192.0.2.11|0||||", "AS path"),
    ("1 2|i|192.0.2.10|9||||", "1 2|e|192.0.2.11|0||||", "origin"),
    ("1 2|e|192.0.2.10|9||||", "1 2|?|192.0.2.11|0||||", "origin"),
    ("1 2|i|192.0.2.10|||||", "1 2|i|192.0.2.11|1||||", "MED"),
    ("1 2|i|192.0.2.10|9||||", "2 1|i|192.0.2.11|0||||", "identifier"),
])
def test_steps(first, second, step):
    model = exchange((A, "9.0.0.1", first), (B, "9.0.0.2", second))
    assert winner(model) == (A, step)
    assert winner(model, A) == (B, "only route")
    assert winner(model, B) == (A, "only route")


def test_equal_identifiers_leave_the_address():
    model = exchange((B, "9.0.0.1", "2|i|192.0.2.11|||||"), (A, "9.0.0.1", "1|i|192.0.2.10|||||"))
    assert winner(model) == (A, "address")


def test_med_cycle_has_no_order():
    """Each of the three beats one of the others: what is best depends on who is left out."""
    a1 = (A, "9.0.0.3", "1|i|192.0.2.10|10||||")
    a2 = (B, "9.0.0.1", "1|i|192.0.2.11|20||||")
    b = (C, "9.0.0.2", "2|i|192.0.2.12|0||||")
    model = exchange(a1, a2, b)
    assert winner(model) == (C, "identifier")
    assert winner(model, A) == (B, "identifier")
    assert winner(model, B) == (C, "identifier")
    assert winner(model, C) == (A, "MED")


def test_med_of_another_neighbour_does_not_count():
    model = exchange((A, "9.0.0.1", "1|i|192.0.2.10|100||||"), (B, "9.0.0.2", "2|i|192.0.2.11|1||||"))
    assert winner(model) == (A, "identifier")


@pytest.mark.parametrize("path", ["1 64500", "1 {2,64500}", "1 0", "{0}"])
def test_not_taken(path):
    assert winner(exchange((A, "9.0.0.1", f"{path}|i|192.0.2.10|||||"))) is None


def test_as0_can_be_allowed():
    model = exchange((A, "9.0.0.1", "1 0|i|192.0.2.10|||||"), allow_as0=True)
    assert winner(model) == (A, "only route")


def test_neighbouring_as_of_the_session():
    routes = ((A, "9.0.0.1", "1|i|192.0.2.10|5||||"), (B, "9.0.0.2", "2|i|192.0.2.11|1||||"))
    model = exchange(*routes, neighbour=naive_exchange.announcing)
    assert winner(model) == (B, "MED")


def test_churn_ends_where_it_began(tmp_path):
    _, sessions = plan.read_exchange(EXCHANGE_SMALL)
    model = naive_exchange.Exchange(sessions)
    model.load_routes()
    before = {(n, p): r.text for n, t in model.tables.items() for p, r in t.items()}
    model.play(f"{EXCHANGE_SMALL}/updates.txt.gz")
    after = {(n, p): r.text for n, t in model.tables.items() for p, r in t.items()}
    assert before == after and len(after) == 2566
    assert model.events["A"] + model.events["W"] == 1127


def test_plan_survives_writing(tmp_path):
    lan, sessions = plan.read_exchange(EXCHANGE_SMALL)
    assert lan.servers == {4: "203.0.113.1", 6: "2001:db8:5a::1"}
    assert len({s.bgp_id for s in sessions}) == len(sessions) == 26
    sessions[0].options = {"hold": "9"}
    plan.write_plan(str(tmp_path / "plan.txt"), sessions, "a test")
    again = plan.read_plan(str(tmp_path / "plan.txt"))
    for old, new in zip(sessions, again):
        assert (old.local, old.peer, old.asn, old.bgp_id) == \
            (new.local, new.peer, new.asn, new.bgp_id)
        with gzip.open(old.routes) as one, gzip.open(new.routes) as other:
            assert one.read() == other.read()
    assert again[0].options == {"hold": "9"}


ROUTE = "10.0.0.1|10.{}.0.0/16|0|1|i|10.0.0.1|{}||||||\n"


@pytest.mark.parametrize("actual,bad,words", [
    ([1, 2, 3], 0, "3 routes equal, 0 missing, 0 too many, 0 different"),
    ([1, 3], 1, "2 routes equal, 1 missing"),
    ([1, 2, 3, 4], 1, "1 too many"),
    ([], 3, "3 missing"),
])
def test_compare(tmp_path, actual, bad, words):
    for name, numbers in (("want", [1, 2, 3]), ("got", actual)):
        (tmp_path / name).write_text("".join(ROUTE.format(n, 7) for n in numbers))
    out = io.StringIO()
    assert compare_dump.compare(tmp_path / "want", tmp_path / "got", out=out) == bad
    assert words in out.getvalue()


def test_compare_names_the_field(tmp_path):
    (tmp_path / "want").write_text(ROUTE.format(1, 7))
    (tmp_path / "got").write_text(ROUTE.format(1, 8))
    out = io.StringIO()
    assert compare_dump.compare(tmp_path / "want", tmp_path / "got", out=out) == 1
    assert "med: expected 7, got 8" in out.getvalue()
