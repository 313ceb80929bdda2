"""Communities as the naive policy sees them: values, patterns, and what each name is for.

A value is a tuple: ("std", a, b), ("lrg", a, b, c), ("ext", type, a, b) with the first two octets
as its type (RFC 4360). In text an extended community is 16 hexadecimal digits, as in the data set.
"""
import collections

FORMATS = ("std", "lrg", "ext")
GRACEFUL_SHUTDOWN = ("std", 65535, 0)
BLACKHOLE = ("std", 65535, 666)
NO_EXPORT = ("std", 65535, 65281)
NO_ADVERTISE = ("std", 65535, 65282)
ROV_EXT_TYPE = 0x4300  # RFC 8097

OUTBOUND = {
    "prefix_present_in_as_set", "prefix_not_present_in_as_set", "origin_present_in_as_set",
    "origin_not_present_in_as_set", "prefix_validated_via_rpki_roas",
    "prefix_validated_via_arin_whois_db_dump", "prefix_validated_via_registrobr_whois_db_dump",
    "route_validated_via_white_list", "rpki_bgp_origin_validation_not_performed"}
INTERNAL = {
    "rpki_bgp_origin_validation_valid", "rpki_bgp_origin_validation_unknown",
    "rpki_bgp_origin_validation_invalid", "aspa_valid", "aspa_unknown", "aspa_invalid",
    "reject_cause", "reject_cause_map", "rejected_route_announced_by"}
# Whatever else has a name is inbound: a client asks for it.


def parse_ext(digits):
    raw = int(digits, 16)
    kind = raw >> 48
    bits = 16 if kind >> 8 == 2 else 32  # four-octet AS specific: RFC 5668
    rest = raw & 0xffffffffffff
    return "ext", kind, rest >> bits, rest & (1 << bits) - 1


def parse_values(std, ext, lrg):
    """The values of three columns of a line of routes."""
    values = [("std", *map(int, v.split(":"))) for v in std.split()]
    values += [parse_ext(v) for v in ext.split()]
    return values + [("lrg", *map(int, v.split(":"))) for v in lrg.split()]


def value_text(value):
    if value[0] != "ext":
        return ":".join(map(str, value[1:]))
    _, kind, a, b = value
    return f"{kind << 48 | a << (16 if kind >> 8 == 2 else 32) | b:016x}"


def columns(values):
    """The three columns of a dump, each sorted: in which order they are sent is not judged."""
    texts = {f: " ".join(sorted(value_text(v) for v in values if v[0] == f)) for f in FORMATS}
    return texts["std"], texts["ext"], texts["lrg"]


class Pattern:
    """`a:b` and the like; the last part may be peer_as or dyn_val."""

    def __init__(self, name, form, text, rs_as):
        self.name, self.form = name, form
        parts = str(text).split(":")
        self.wild = parts[-1] if parts[-1] in ("peer_as", "dyn_val") else None
        kind = parts.pop(0) if form == "ext" else None
        numbers = [rs_as if p == "rs_as" else 0 if p == self.wild else int(p) for p in parts]
        if form == "ext":
            number = {"rt": 2, "ro": 3}[kind] | (0x200 if numbers[0] > 65535 else 0)
            self.value = ("ext", number, *numbers)
        else:
            self.value = (form, *numbers)

    def last(self, value):
        """The last part of a value that is one of this pattern's, or None."""
        if value[:-1] != self.value[:-1]:
            return None
        return value[-1] if self.wild or value == self.value else None

    def fill(self, last):
        return (*self.value[:-1], last)


class Vocabulary:
    """All patterns of a configuration."""

    def __init__(self, cfg, mapped_asns):
        self.mapped_asns = set(mapped_asns)
        self.patterns = collections.defaultdict(list)  # name -> patterns
        rs_as = cfg["rs_as"]
        for name, formats in cfg.get("communities", {}).items():
            if name == "reject_cause_map":
                continue
            for form, text in formats.items():
                self.patterns[name].append(Pattern(name, form, text, rs_as))
        self.reject_map = {
            int(code): [Pattern("reject_cause_map", form, text, rs_as)
                        for form, text in formats.items()]
            for code, formats in cfg.get("communities", {}).get("reject_cause_map", {}).items()}
        self.patterns["reject_cause_map"] = [p for l in self.reject_map.values() for p in l]
        self.customs = {
            name: [Pattern(name, form, text, rs_as) for form, text in formats.items()]
            for name, formats in cfg.get("custom_communities", {}).items()}
        self.scrubbed_in, self.scrubbed_out = {}, {}  # value -> bool, as asked before

    def of_class(self, names):
        return [p for name, patterns in self.patterns.items() if name in names for p in patterns]

    def inbound(self):
        names = set(self.patterns) - OUTBOUND - INTERNAL
        return self.of_class(names)

    def values(self, name, last=None):
        """What a name adds to a route, in all formats."""
        return [p.value if last is None else p.fill(last) for p in self.patterns[name]]

    def scrub_in(self, values):
        """What a client may send stays (section 5 step 2)."""
        for value in values:
            if value not in self.scrubbed_in:
                patterns = self.of_class(OUTBOUND | INTERNAL)
                patterns += [p for l in self.customs.values() for p in l]
                self.scrubbed_in[value] = value[:2] == ("ext", ROV_EXT_TYPE) or \
                    any(p.last(value) is not None for p in patterns)
        return [v for v in values if not self.scrubbed_in[v]]

    def scrub_out(self, values):
        """Inbound and internal ones go, RFC 8097's too (section 8 step 7)."""
        for value in values:
            if value not in self.scrubbed_out:
                self.scrubbed_out[value] = value[:2] == ("ext", ROV_EXT_TYPE) or \
                    any(p.last(value) is not None for p in self.of_class(INTERNAL)) or \
                    any(self.is_asked(p, value) for p in self.inbound())
        return [v for v in values if not self.scrubbed_out[v]]

    def is_asked(self, pattern, value):
        """True if an inbound pattern's value is of those that are scrubbed (section 1.5)."""
        last = pattern.last(value)
        if last is None:
            return False
        if pattern.wild != "peer_as" or 1 <= last <= 64511:
            return True
        if pattern.form == "std":
            return last in self.mapped_asns
        return 131072 <= last <= 4199999999
