"""Whole exchanges with a full policy through roostd; the naive policy says what must come of it.

Every route's verdict and deciding reason, as roostctl shows them, and every member's table with all
attributes, in the variants of exchange_conf.py. Communities are compared as sets: in which order
they leave is not specified.
"""
import collections
import os
import tempfile

import exchange_conf
import naive_policy
import naive_policy_community
import naive_policy_data as data
import naive_policy_out
import pytest
import test_exchange

CASES = {f"{case.name}-{variant}": (case, variant) for case, variant in (
    (test_exchange.Case("exchange", "exchange", test_exchange.daemon.ROOSTD, [], 120), "tag"),
    *((test_exchange.Case("exchange-small-asan", "exchange-small", test_exchange.ROOSTD_ASAN,
                          test_exchange.FIXED_ADDRESSES, 4), variant)
      for variant in exchange_conf.VARIANTS))}
MALFORMED = 17  # treated as withdrawn; what is kept of it is for displays alone
NOT_IN_USE = 0  # LOCAL_PREF of routes that nobody may have: those of quarantined clients
STATES = {None: None, "valid": "valid", "notfound": "unknown", "unknown": "unknown",
          "invalid": "invalid"}
VALIDATED = {"roa": "prefix_validated_via_rpki_roas",
             "arin": "prefix_validated_via_arin_whois_db_dump",
             "registrobr": "prefix_validated_via_registrobr_whois_db_dump",
             "white-list": "route_validated_via_white_list"}


class PolicyLan(test_exchange.Lan):
    """An exchange with the configuration of a variant in place of none."""

    def __init__(self, case, variant, folder):
        super().__init__(case, folder)
        self.variant = variant
        self.conf = exchange_conf.write(self.source, folder, variant, {
            "socket": self.socket, "restricted_socket": f"{folder}/restricted"})

    def model(self):
        known = data.Facts().read_exchange(
            self.source, self.conf.cfg["rpki_roas"]["allowed_trust_anchors"])
        policy = naive_policy.Policy(self.conf.cfg, self.conf.clients, self.conf.bogons, known)
        model = naive_policy_out.PolicyExchange(self.sessions, policy)
        model.load_routes()
        return model


class PolicyRun(test_exchange.Run):
    """As without policy; what is held is compared with communities sorted, verdicts as well."""

    def expectation(self):
        return SortedExpectation(self.model)

    def shown_verdicts(self):
        """(peer, prefix) -> what roostctl says of the route."""
        return {(route["peer"], route["prefix"]): route
                for route in self.control("show", "routes")["routes"]}

    def check_verdicts(self):
        """0 differences; says how many routes have which reason."""
        shown, wrong, reasons = self.shown_verdicts(), [], collections.Counter()
        for session, table in self.model.tables.items():
            for prefix, route in table.items():
                reasons[route.verdict.reason] += 1
                got = shown.pop((session, prefix), None)
                want, have = self.expected(route), got and found(got, route.verdict.accept)
                if want != have:
                    wrong.append((session, prefix, route.path, "model", want, "roostd", have))
        assert not wrong, f"{len(wrong)} verdicts differ:\n" + "\n".join(map(str, wrong[:20]))
        assert not shown, f"routes that nobody announced: {list(shown)[:10]}"
        total, accepted = sum(reasons.values()), reasons.pop(None)
        self.say(f"{self.lan.case.name}, {self.lan.variant}: {total:,} routes; verdict, reason, "
                 f"LOCAL_PREF, states and communities differ 0 times; {accepted:,} accepted; " +
                 ", ".join(f"reason {r}: {n:,}" for r, n in sorted(reasons.items())))

    def expected(self, route):
        """What roostctl is to show of a route; of a rejected one states are not asked for."""
        verdict = route.verdict
        if verdict.reason == MALFORMED:
            return [False, [MALFORMED]]
        is_in_use = not (verdict.accept and self.model.is_quarantined(route))
        result = [verdict.accept, [verdict.reason] if verdict.reason else [], verdict.is_tagged,
                  verdict.local_pref if is_in_use else NOT_IN_USE,
                  *naive_policy_community.columns(verdict.values)]
        if verdict.accept:
            result += [STATES[verdict.rov], STATES[verdict.aspa], verdict.is_blackhole,
                       verdict.irr_origin, verdict.irr_prefix, sorted(verdict.validated)]
        return result


def ext_digits(text):
    """An extended community as roostctl writes it, in 16 hexadecimal digits."""
    kind, first, second = text.split(":")
    if kind == "generic":
        return first.removeprefix("0x") + second.removeprefix("0x")
    pattern = naive_policy_community.Pattern("", "ext", text, 0)
    return naive_policy_community.value_text(pattern.value)


def found(shown, is_accepted):
    """The same of a route as roostctl shows it."""
    view, codes = shown["view"], [r["code"] for r in shown["reject_reasons"]]
    if codes == [MALFORMED]:
        return [shown["accepted"], codes]
    lists = (view["communities"], map(ext_digits, view["ext_communities"]),
             view["large_communities"])
    result = [shown["accepted"], codes, shown["tagged"], shown["local_pref"],
              *(" ".join(sorted(texts)) for texts in lists)]
    if is_accepted:
        irr = shown["irr"]
        result += [shown["rov"], shown["aspa"], shown["blackhole"], irr["origin"], irr["prefix"],
                   sorted(VALIDATED[name] for name in irr["validated_by"])]
    return result


class SortedExpectation(naive_policy_out.PolicyExpectation):
    """Compares with a copy of the dump in which communities are sorted."""

    def check(self, dump):
        copy = f"{dump}.sorted"
        naive_policy_out.canonical_dump(dump, copy)
        try:
            return super().check(copy)
        finally:
            os.unlink(copy)


@pytest.fixture(name="lan", scope="module")
def fixture_lan(request):
    """Its folder is open to all: started by root, roostd reads data as somebody without rights."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        lan = PolicyLan(*CASES[request.param], folder)
        with lan.space:
            yield lan


@pytest.fixture(name="start")
def fixture_start(lan, tmp_path, monkeypatch, record_property):
    def say(text):
        print(text)
        record_property("said", text)

    return lambda: PolicyRun(lan, say, str(tmp_path), monkeypatch)


@pytest.mark.parametrize("lan", CASES, indirect=True)
def test_policy(start):
    """Verdicts and tables, after the first table and in the middle of the churn."""
    with start() as run:
        run.sim.run("wait up", "wait eor")
        run.settle(700)
        run.check_verdicts()
        run.check(f"{run.lan.variant} policy, first table")
        if run.lan.case.exchange == "exchange-small":
            run.play(0, run.lan.case.speed)
            run.settle(700)
            run.check_verdicts()
            run.check(f"{run.lan.variant} policy, half of the churn")
        run.end()
