#!/usr/bin/python3
"""Writes the fuzz targets' corpus: small messages, real ones and malformed ones.

    tests/fuzz/make_corpus.py          rewrites tests/fuzz/corpus/

Each file is one input, named for what it holds. What its first octet means is said in the target
(fuzz_TARGET.c). Inputs that a fuzzer found worth keeping stand in the same folders under names of
their own ("found-..."), and are left alone.
"""
import json
import pathlib

CORPUS = pathlib.Path(__file__).parent / "corpus"
MARKER = "ff" * 16


def octets(text):
    return bytes.fromhex(text)


def message(kind, body):
    return octets(MARKER) + (19 + len(body)).to_bytes(2, "big") + bytes([kind]) + body


def attribute(flags, kind, value):
    if len(value) > 255:
        return bytes([flags | 0x10, kind]) + len(value).to_bytes(2, "big") + value
    return bytes([flags, kind, len(value)]) + value


def update(withdrawn="", attributes=b"", nlri=""):
    withdrawn, nlri = octets(withdrawn), octets(nlri)
    return (len(withdrawn).to_bytes(2, "big") + withdrawn + len(attributes).to_bytes(2, "big")
            + attributes + nlri)


def open_body(capabilities, asn=65001, hold=90, identifier="c0000201", version=4):
    value = octets(capabilities)
    parameters = bytes([2, len(value)]) + value if value else b""
    return (bytes([version]) + asn.to_bytes(2, "big") + hold.to_bytes(2, "big")
            + octets(identifier) + bytes([len(parameters)]) + parameters)


ORIGIN = attribute(0x40, 1, octets("00"))
PATH = attribute(0x40, 2, octets("02 03 0000fde9 00010000 00000d1c"))
PATH_SET = attribute(0x40, 2, octets("02 02 0000fde9 00000d1c 01 02 00000001 00010001"))
OLD_PATH = attribute(0x40, 2, octets("02 03 fde9 5ba0 0d1c"))
AS4_PATH = attribute(0xc0, 17, octets("02 02 00010000 00000d1c"))
NEXT_HOP = attribute(0x40, 3, octets("c0000201"))
MED = attribute(0x80, 4, octets("00000064"))
COMMUNITIES = attribute(0xc0, 8, octets("fde90001 ffff029a"))
LARGE = attribute(0xc0, 32, octets("0000fde9 00000001 00000002 0000fde9 00000001 00000002"))
MP_REACH = attribute(0x80, 14, octets("0002 01 10 20010db8000000000000000000000001 00 20 20010db8"
                                      " 30 20010db80001"))
MP_REACH_32 = attribute(0x80, 14, octets(
    "0002 01 20 20010db8000000000000000000000001 fe800000000000000000000000000001 00 20 20010db8"))
MP_REACH_IPV4 = attribute(0x80, 14, octets(
    "0001 01 10 20010db8000000000000000000000001 00 18 c00002"))
MP_UNREACH = attribute(0x80, 15, octets("0002 01 20 20010db8"))
MANDATORY = ORIGIN + PATH + NEXT_HOP
NLRI = "18 c00002 16 c63364"

# what the first octet of an UPDATE input says
NEW, OLD, ADD_PATH, EXT_NH, IPV4_ONLY = b"\x07", b"\x06", b"\x1f", b"\x27", b"\x03"

UPDATES = {
    "end-of-rib-ipv4": NEW + update(),
    "end-of-rib-ipv6": NEW + update(attributes=attribute(0x80, 15, octets("000201"))),
    "announce-ipv4": NEW + update(attributes=MANDATORY + MED + COMMUNITIES, nlri=NLRI),
    "announce-ipv4-many": NEW + update(attributes=MANDATORY,
                                       nlri="".join(f"18 0a{i:02x}00" for i in range(200))),
    "announce-ipv6": NEW + update(attributes=MP_REACH + ORIGIN + PATH_SET + LARGE),
    "announce-ipv6-two-next-hops": NEW + update(attributes=MP_REACH_32 + ORIGIN + PATH),
    "announce-ipv6-late": NEW + update(attributes=ORIGIN + PATH + COMMUNITIES + MP_REACH),
    "announce-ipv4-ipv6-next-hop": EXT_NH + update(attributes=MP_REACH_IPV4 + ORIGIN + PATH),
    "announce-add-path": ADD_PATH + update(attributes=MANDATORY, nlri="00000001 18 c00002"
                                           "00000002 18 c00002"),
    "announce-old-speaker": OLD + update(attributes=ORIGIN + OLD_PATH + NEXT_HOP + AS4_PATH,
                                         nlri=NLRI),
    "announce-old-speaker-aggregated": OLD + update(
        attributes=ORIGIN + OLD_PATH + NEXT_HOP + attribute(0xc0, 7, octets("5ba0 c0000201"))
        + AS4_PATH + attribute(0xc0, 18, octets("00010000 c0000202")), nlri=NLRI),
    "everything-at-once": NEW + update("08 0a", MP_REACH + MP_UNREACH + MANDATORY, NLRI),
    "withdraw-ipv4": NEW + update("18 c00002 00"),
    "withdraw-ipv6": NEW + update(attributes=MP_UNREACH),
    "foreign-family": IPV4_ONLY + update(attributes=MP_REACH + MANDATORY, nlri=NLRI),
    "aggregate": NEW + update(attributes=MANDATORY + attribute(0x40, 6, b"") + attribute(
        0xc0, 7, octets("00010000 c0000201")), nlri=NLRI),
    "communities-of-all-kinds": NEW + update(
        attributes=MANDATORY + COMMUNITIES + attribute(0xc0, 16, octets("0002fde900000001"))
        + attribute(0xc0, 25, octets("0002" + "20010db8" + "00" * 12 + "0001")) + LARGE
        + attribute(0xc0, 35, octets("0000fde9")), nlri=NLRI),
    "unknown-transitive": NEW + update(attributes=MANDATORY + attribute(0xc0, 99, b"abc"),
                                       nlri=NLRI),
    "unknown-not-optional": NEW + update(attributes=MANDATORY + attribute(0x40, 99, b"abc"),
                                         nlri=NLRI),
    "reflected": NEW + update(attributes=MANDATORY + attribute(0x40, 5, octets("00000064"))
                              + attribute(0x80, 9, octets("c0000201"))
                              + attribute(0x80, 10, octets("c0000201")), nlri=NLRI),
    "tunnel-encapsulation": NEW + update(attributes=MANDATORY + attribute(
        0xc0, 23, octets("0008 000b 04 02 0000 06 01 00 80 0001 00")), nlri=NLRI),
    "attr-set": NEW + update(attributes=MANDATORY + attribute(
        0xc0, 128, octets("0000fde9") + ORIGIN + PATH), nlri=NLRI),
    # what broke others: see the years in the names
    "entropy-label-2023": NEW + update(attributes=MANDATORY + attribute(0xe0, 28, octets("0001")),
                                       nlri=NLRI),
    "prefix-sid-zero-2025": NEW + update(attributes=MANDATORY + attribute(0xc0, 40, bytes(10)),
                                         nlri=NLRI),
    "otc-1024-octets-2025": NEW + update(attributes=MANDATORY + attribute(0xc0, 35, bytes(1024)),
                                         nlri=NLRI),
    "next-hop-martian-2026": NEW + update(attributes=attribute(0x80, 14, octets(
        "0002 01 10 00000000000000000000000000000001 00 20 20010db8")) + ORIGIN + PATH),
    "path-long": NEW + update(attributes=ORIGIN + attribute(
        0x40, 2, (b"\x02\xff" + octets("0000fde9") * 255) * 3) + NEXT_HOP, nlri=NLRI),
    "path-empty-segment": NEW + update(attributes=ORIGIN + attribute(0x40, 2, octets("0200"))
                                       + NEXT_HOP, nlri=NLRI),
    "path-confederation": NEW + update(attributes=ORIGIN + attribute(
        0x40, 2, octets("03 01 0000fde9")) + NEXT_HOP, nlri=NLRI),
    "attribute-overrun": NEW + update(attributes=MANDATORY + octets("c0 08 40 fde90001"),
                                      nlri=NLRI),
    "attribute-header-cut": NEW + update(attributes=MANDATORY + octets("d0 08 00"), nlri=NLRI),
    "duplicate-med": NEW + update(attributes=MANDATORY + MED + MED, nlri=NLRI),
    "duplicate-mp-reach": NEW + update(attributes=MP_REACH + MP_REACH + ORIGIN + PATH),
    "nlri-too-long": NEW + update(attributes=MANDATORY, nlri="21 c000020100"),
    "nlri-cut": NEW + update(attributes=MANDATORY, nlri="18 c000"),
    "withdrawn-length-too-large": NEW + octets("0100 0000"),
    "attributes-length-too-large": NEW + octets("0000 0100 40010100"),
    "missing-next-hop": NEW + update(attributes=ORIGIN + PATH, nlri=NLRI),
}

FULL = ("01 04 0001 00 01 01 04 0002 00 01 02 00 05 06 0001 0001 0002 06 00 09 01 02"
        "40 0a 4078 0001 01 80 0002 01 00 41 04 0000fde9 45 08 0001 01 01 0002 01 03 46 00"
        "49 09 03 727331 04 6c616e31 4b 05 04 42495244")

OPENS = {
    "without-parameters": open_body(""),
    "everything": open_body(FULL),
    "bird": open_body("01 04 0001 00 01 02 00 06 00 40 02 0078 41 04 0000fde9 46 00 47 00"),
    "as4-only": open_body("41 04 00010000", asn=23456),
    "as4-contradicts": open_body("41 04 0000fdea"),
    "as4-twice": open_body("41 04 0000fde9 41 04 0000fdea"),
    "as4-short": open_body("41 03 00fde9"),
    "role-conflict": open_body("09 01 02 09 01 03"),
    "role-conflict-in-parameters": octets("04 fde9 005a c0000201 0a 02 03 090102 02 03 090103"),
    "role-twice": open_body("09 01 02 09 01 02"),
    "role-unknown": open_body("09 01 ff"),
    "role-without-value": open_body("09 00"),
    "role-too-long": open_body("09 01 02 09 02 0203"),
    "unknown-capabilities": open_body("80 00 47 07 00010180000078 f0 03 010203"),
    "malformed-capabilities": open_body("01 03 000100 40 01 00 45 03 000101 49 01 ff 4b 00"),
    "software-without-length": open_body("4b 04 42495244"),
    "names-not-printable": open_body("49 08 03 1b5b41 03 ff0a00"),
    "extended": octets("04 fde9 005a c0000201 ff ff 0009 02 0006 41 04 0000fde9"),
    "extended-short": octets("04 fde9 005a c0000201 01 ff 0000"),
    "extended-cut": octets("04 fde9 005a c0000201 ff ff 01"),
    "parameter-unknown": octets("04 fde9 005a c0000201 04 01 02 0000"),
    "parameter-overrun": octets("04 fde9 005a c0000201 04 02 08 0100"),
    "capability-overrun": octets("04 fde9 005a c0000201 04 02 02 41 04"),
    "version-3": open_body("", version=3),
    "as-0": open_body("", asn=0),
    "hold-time-1": open_body("", hold=1),
    "identifier-0": open_body("", identifier="00000000"),
    "trailing-octet": open_body("") + b"\0",
    "cut": octets("04 fde9 00"),
}

NOTIFICATIONS = {
    "hold-timer": octets("0400"),
    "version": octets("0201 0004"),
    "attribute": octets("0309") + MP_REACH,
    "shutdown": octets("0602 0f") + b"back in 2 hours",
    "shutdown-empty": octets("0602 00"),
    "shutdown-old": octets("0602"),
    "shutdown-utf8": octets("0604 0c") + "bis später €".encode()[:12],
    "shutdown-long": octets("0602 ff") + b"x" * 255,
    "shutdown-cut": octets("0602 20") + b"short",
    "shutdown-not-utf8": octets("0602 06 c080 eda080 ff"),
    "shutdown-control": octets("0602 06 1b5b324a 0a00"),
    "shutdown-c1": octets("0602 04 c29b c285"),
    "hard-reset": octets("0609 0602 05") + b"hello",
    "hard-reset-empty": octets("0609"),
    "hard-reset-cut": octets("0609 06"),
    "cut": octets("06"),
    "empty": b"",
}


def refresh(enhanced, body):
    return bytes([enhanced]) + message(5, octets(body))


REFRESHES = {
    "request-ipv4": refresh(0, "0001 00 01"),
    "request-ipv6": refresh(1, "0002 00 01"),
    "begin": refresh(1, "0001 01 01"),
    "end": refresh(1, "0002 02 01"),
    "begin-not-enhanced": refresh(0, "0001 01 01"),
    "subtype-unknown": refresh(1, "0001 07 01"),
    "family-unknown": refresh(1, "0019 00 41"),
    "filter": refresh(0, "0001 00 01 01 40 0003 800000"),
    "begin-too-long": refresh(1, "0001 01 01 00"),
    "cut": refresh(1, "0001"),
    "cut-not-enhanced": refresh(0, "0001"),
}

SESSION = (message(1, open_body(FULL)) + message(4, b"")
           + message(2, update(attributes=MANDATORY + COMMUNITIES, nlri=NLRI))
           + message(2, update(attributes=MP_REACH + ORIGIN + PATH))
           + message(2, update()) + message(5, octets("0001 00 01")))

MSGS = {
    "session": b"\0" + SESSION + message(3, octets("0602 00")),
    "session-extended": b"\1" + SESSION + message(2, update(
        attributes=MANDATORY, nlri="".join(f"20 0a00{i:04x}" for i in range(1000)))),
    "keepalive": b"\0" + message(4, b""),
    "keepalive-too-long": b"\0" + message(4, b"\0"),
    "marker": b"\0" + octets("fe" + "ff" * 15 + "0013 04"),
    "http": b"\0GET / HTTP/1.1\r\nHost: rs1.example.net\r\n\r\n",
    "tls": b"\0" + octets("16 0301 0200 01 0001fc 0303" + "00" * 32),
    "length-18": b"\0" + octets(MARKER + "0012 04"),
    "length-4097": b"\0" + octets(MARKER + "1001 02"),
    "type-0": b"\0" + octets(MARKER + "0013 00"),
    "type-6": b"\0" + octets(MARKER + "0013 06"),
    "open-short": b"\0" + octets(MARKER + "001c 01"),
    "update-short": b"\0" + octets(MARKER + "0016 02 000000"),
    "notification-short": b"\0" + octets(MARKER + "0014 03 06"),
    "open-extended": b"\1" + octets(MARKER + "1001 01"),
    "update-reset": b"\0" + message(2, update(attributes=MP_REACH + MP_REACH)),
    "refresh-reset": b"\0" + message(5, octets("0001 01 01 00")),
}

FULL_SOCKET, RESTRICTED_SOCKET, IN_PIECES = 0, 1, 2


def say(flags, *lines):
    return bytes([flags]) + "".join(f"{line}\n" for line in lines).encode()


def ask(command, **args):
    return json.dumps({"command": command, "args": args} if args else {"command": command})


SHOWS = [ask(f"show {word}") for word in (
    "summary", "peers", "routes", "attributes", "memory", "alarms", "processes")]
CONTROLS = {
    "shows": say(RESTRICTED_SOCKET, *SHOWS),
    "shows-in-pieces": say(FULL_SOCKET | IN_PIECES, *SHOWS),
    "peer": say(0, ask("show peer", peer="192.0.2.1"), ask("show peer", peer="2001:db8::1")),
    "peer-ambiguous": say(0, ask("show peer", peer="AS100")),
    "routes-longer": say(0, ask("show routes", prefix="10.0.0.0/8", match="longer")),
    "routes-exact": say(0, ask("show routes", prefix="10.0.0.0/16", match="exact")),
    "routes-shorter": say(0, ask("show routes", prefix="10.7.1.0/24", match="shorter")),
    "routes-address": say(0, ask("show routes", prefix="2001:db8::7")),
    "routes-from-to": say(0, ask("show routes", **{"from": "192.0.2.1", "to": "2001:db8::1"})),
    "routes-rejected": say(0, ask("show routes", rejected=True)),
    "routes-withheld": say(0, ask("show routes", to="AS101", withheld=True),
                           ask("show routes", prefix="10.0.0.0/16", to="192.0.2.1", all=True),
                           ask("show routes", withheld=True)),
    "explain": say(RESTRICTED_SOCKET,
                   ask("explain", prefix="10.0.0.0/16", **{"from": "192.0.2.1", "to": "AS101"}),
                   ask("explain", prefix="10.7.1.2", **{"from": "AS101", "to": "192.0.2.1"}),
                   ask("explain", prefix="::1", **{"from": "AS101"}), ask("explain")),
    "policy": say(0, ask("show policy", peer="192.0.2.1"), ask("show policy", peer="2001:db8::1"),
                  ask("show policy")),
    "communities": say(RESTRICTED_SOCKET, ask("show communities")),
    "admit": say(RESTRICTED_SOCKET, ask("admit", peer="192.0.2.1"), ask("admit", peer="AS101"),
                 ask("admit", peer="2001:db8::1"), ask("admit")),
    "orders": say(0, ask("clear", peer="192.0.2.1"),
                  ask("shutdown", peer="192.0.2.1", text="new router"),
                  ask("enable", peer="192.0.2.1"), ask("log level", level="debug")),
    "reload": say(0, ask("reload"), ask("reload"), ask("show summary")),
    "orders-restricted": say(RESTRICTED_SOCKET, ask("clear", peer="192.0.2.1"),
                             ask("log level", level="debug")),
    "text-too-long": say(0, ask("shutdown", peer="192.0.2.1", text="x" * 300)),
    "no-json": say(0, "hello", "{", "[]", "7", "", "null"),
    "no-command": say(0, "{}", '{"command":7}', '{"command":"show peers","args":[]}'),
    "wrong-arguments": say(0, ask("show peers", peer="x"), ask("show routes", prefix=7),
                           ask("show routes", rejected=1)),
    "character-cut": say(0, '{"command":"' + "a" * 39 + '\u00e4"}'),
    "deep": say(0, "[" * 2000),
    "too-long": say(0, " " * 5000),
    "more-than-the-buffer": say(RESTRICTED_SOCKET, *[ask("show routes")] * 200),
    "no-newline": b"\0" + ask("show memory").encode(),
}

IRR, RPKI, ARIN, REGISTROBR, PEERINGDB, RTT = range(6)


def data_file(kind, text):
    return bytes([kind]) + (text if isinstance(text, str) else json.dumps(text)).encode()


ROA = {"asn": 1, "prefix": "192.0.2.0/24", "maxLength": 24, "ta": "ripe", "expires": 1900000000}
FEEDS = {
    "rpsl-sets": data_file(IRR, "% remark\n\nas-set: AS-FOO\ndescr: x\nmembers: AS1, as-a,\n"
                           "+ RIPE::AS1:AS-B # comment\n\tAS2\nmbrs-by-ref: ANY\nsource: RIPE\n"
                           "\nas-set: AS-A\nmembers: AS-FOO, AS-NONE, AS-ANY, x@y\n"),
    "rpsl-routes": data_file(IRR, "route: 192.0.2.0/24\r\norigin: AS1\r\n \r\nroute6:2001:db8::/32"
                             "\norigin:\n AS2\n\nroute: 192.0.2.1/24\norigin: AS1\n\n"
                             "aut-num: AS1\n"),
    "rpsl-lines": data_file(IRR, " x\n+\n:\nas-set\nas-set:\n\nroute6:\norigin:\n#\n%\n+y"),
    "bgpq4-prefixes": data_file(IRR, {"AS-FOO": [
        {"prefix": "192.0.2.0/24", "exact": True},
        {"prefix": "10.0.0.0/8", "exact": False, "greater-equal": 16, "less-equal": 24}]}),
    "bgpq4-asns": data_file(IRR, {"RIPE::AS-FOO": [1, 2, 4294967295], "AS1": [], "NN": [3]}),
    "as-sets": data_file(IRR, {"as_sets": {"AS-FOO": ["AS1", "AS-A"], "AS-A": ["AS-FOO", 7]}}),
    "rpki-client": data_file(RPKI, {"metadata": {"buildtime": "2027-01-15T08:00:00Z"},
                                    "roas": [ROA], "aspas": [
        {"customer_asid": 1, "expires": 1900000000, "providers": [0, 2, 3]}]}),
    "routinator": data_file(RPKI, {"metadata": {"generated": 1800000000}, "roas": [
        {"asn": "AS1", "prefix": "2001:db8::/32", "maxLength": 48,
         "source": [{"type": "roa", "tal": "apnic"}]}], "routerKeys": [{"asn": "AS1"}],
        "aspas": [{"customer": "AS1", "providers": ["AS2"], "ta": "ripe"}]}),
    "rpki-wrong": data_file(RPKI, {"roas": [7, {}, dict(ROA, maxLength=33), dict(ROA, asn=-1),
                                            dict(ROA, ta="arin"), dict(ROA, expires=1)]}),
    "rpki-stale": data_file(RPKI, {"metadata": {"generated": 7}, "roas": [ROA]}),
    "rpki-cut": data_file(RPKI, json.dumps({"roas": [ROA]})[:-9]),
    "arin": data_file(ARIN, {"whois_records": {
        "v4": [{"originas": "AS1", "prefix": "192.0.2.0/24"}, {}],
        "v6": [{"originas": 2, "prefix": "2001:db8::/32"}]}}),
    "registrobr": data_file(REGISTROBR, "AS1|name|id|192.0.2.0/24|2001:db8::/32\nAS2|a|b\n|x\n"),
    "peeringdb": data_file(PEERINGDB, {"data": [
        {"asn": 64500, "info_prefixes4": 10, "info_prefixes6": None, "notes": "\u00e4 \ud83d\ude00",
         "irr_as_set": "RIPE::AS-FOO/AS-A,AS1&AS-B@RADB x", "info_never_via_route_servers": True},
        {"asn": 64500}, {"asn": 0}, 7]}),
    "rtt-lines": data_file(RTT, "192.0.2.1: 12.5\n2001:db8::: 0.1 # x\n'::1' 7e3\nx: 1\n::2: -1\n"),
    "rtt-json": data_file(RTT, {"192.0.2.1": 12.5, "2001:db8::1": None, "x": "y"}),
    "deep": data_file(PEERINGDB, "[" * 100),
}

TARGETS = {
    "feed": FEEDS,
    "control": CONTROLS,
    "update": UPDATES,
    "open": OPENS,
    "notification": NOTIFICATIONS,
    "refresh": REFRESHES,
    "msg": MSGS,
}


def main():
    for target, inputs in TARGETS.items():
        folder = CORPUS / target
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            if not old.name.startswith("found-"):
                old.unlink()
        for name, data in inputs.items():
            (folder / name).write_bytes(data)
        print(f"{target}: {len(inputs)} inputs")


if __name__ == "__main__":
    main()
