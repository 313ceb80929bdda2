"""What a person sees: lines that stay, and below them a status that is drawn again in place.

Where standard output is no terminal the status becomes a plain line now and then.
"""
import os
import shutil
import sys
import time


class Screen:
    def __init__(self):
        self.out = sys.stdout
        self.is_tty = self.out.isatty()
        self.has_colour = self.is_tty and "NO_COLOR" not in os.environ
        encoding = (self.out.encoding or "").lower().replace("-", "")
        self.full, self.empty = ("█", "░") if encoding == "utf8" else ("#", ".")
        self.drawn = 0
        self.due = 0.0

    def style(self, code, text):
        return f"\033[{code}m{text}\033[0m" if self.has_colour else text

    def bold(self, text):
        return self.style(1, text)

    def dim(self, text):
        return self.style(2, text)

    def say(self, *lines):
        """Lines that stay; what was drawn in place stays above them."""
        self.drawn = 0
        print(*lines, sep="\n", flush=True)

    def fact(self, name, text):
        self.say(f"  {name:<12} {text}")

    def bar(self, share):
        if not self.is_tty:
            return ""
        width = 32
        done = int(width * min(1.0, share))
        return self.full * done + self.empty * (width - done)

    def status(self, lines, every_s):
        """Draws lines over the last status; without a terminal only every so many seconds."""
        if not self.is_tty:
            if every_s == 0 or time.monotonic() >= self.due:
                self.due = time.monotonic() + every_s
                print("  " + ", ".join(" ".join(line.split()) for line in lines), flush=True)
            return
        width = shutil.get_terminal_size().columns - 1
        up = f"\033[{self.drawn}F" if self.drawn else ""
        self.out.write(up + "".join(f"\033[K{line[:width]}\n" for line in lines))
        self.out.flush()
        self.drawn = len(lines)
