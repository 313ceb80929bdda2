"""What every session must hold in the end, by the naive model, and is it what a dump says?

Whole exchanges make millions of lines. They are made receiver by receiver and compared with the
dump as they are; only when something differs is the model's dump written, to show where.

Receivers that announce nothing for a prefix choose among the same routes: the model is asked once
for all of them, and once for each session that does announce it.
"""
import io
import os

import compare_dump


class Expectation:
    def __init__(self, model):
        self.sessions = sorted(model.sessions.values(), key=lambda s: s.name + "|")
        self.everyone = {4: [], 6: []}  # family -> (prefix, end of the line) in dump order
        self.own = {s.name: {} for s in self.sessions}  # session -> prefix -> end of the line
        found = model.candidates()
        for prefix in sorted(found, key=lambda p: p + "|"):
            routes = found[prefix]
            family = 6 if ":" in prefix else 4
            self.everyone[family].append((prefix, self.end_of_line(model, None, prefix, routes)))
            for route in routes:
                own = self.end_of_line(model, route.session, prefix, routes)
                self.own[route.session.name][prefix] = own

    @staticmethod
    def end_of_line(model, receiver, prefix, routes):
        choice = model.best(receiver, routes)
        return f"|{prefix}|0|{choice[0].text}\n" if choice else ""

    def lines(self, session):
        """The lines of one session, as one text; how many they are."""
        own = self.own[session.name]
        ends = [own.get(prefix, end) for prefix, end in self.everyone[session.family]]
        ends = [session.name + end for end in ends if end]
        return "".join(ends), len(ends)

    def write(self, path):
        with open(path, "w", encoding="utf-8") as file:
            for session in self.sessions:
                file.write(self.lines(session)[0])

    def check(self, dump):
        """Number of routes that a dump must have and has; it fails with the first differences."""
        total, is_equal = 0, True
        with open(dump, encoding="utf-8", newline="") as file:
            for session in self.sessions:
                text, count = self.lines(session)
                total += count
                is_equal = is_equal and file.read(len(text)) == text
            is_equal = is_equal and file.read(1) == ""
        if not is_equal:
            self.write(f"{dump}.expected")
            out = io.StringIO()
            compare_dump.compare(f"{dump}.expected", dump, out=out)
            os.unlink(f"{dump}.expected")
            raise AssertionError(f"not what the model says:\n{out.getvalue()}")
        return total
