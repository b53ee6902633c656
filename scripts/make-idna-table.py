#!/usr/bin/env python3
"""Makes Domains/idna.txt: what UTS 46 maps, and what NFC, RFC 5892 (joiners) and RFC 5893 (bidi) need.

Needs the package idna, whose tables are Unicode's IdnaMappingTable and DerivedJoiningType: pip install idna.
Run it with the newest Python at hand, whose unicodedata has the canonical decompositions, combining classes and bidi classes.
"""
import importlib.util
import os
import sys
import unicodedata

spec = importlib.util.find_spec("idna")
if spec is None:
    sys.path.insert(0, os.environ["IDNA_PATH"])
import idna.idnadata
import idna.uts46data

BIDI = {"R": "R", "AL": "A", "AN": "N", "EN": "E", "ES": "S", "CS": "C", "ET": "T", "ON": "O", "BN": "B", "NSM": "M"}
points = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def mapping():
    for row in idna.uts46data.uts46data:
        status = {"D": "V", "3": "X"}.get(row[1], row[1])
        text = row[2] if len(row) == 3 and status == "M" else ""
        if " " in text:
            status, text = "X", ""  # No name has a space, and entries are parted by one.
        yield f"{row[0]:X}{status}{text}"


def ranges(value):
    """First and last code point of each run of one value, where there is one."""
    start, last = None, None
    for c in [*points, None]:
        now = value(c) if c is not None else None
        if now != last:
            if last:
                yield f"{start:X}-{previous:X}={last}"
            start, last = c, now
        previous = c


def compositions():
    for c in points:
        parts = unicodedata.decomposition(chr(c)).split()
        if len(parts) == 2 and parts[0][0] != "<" and unicodedata.normalize("NFC", chr(c)) == chr(c) and not 0xAC00 <= c < 0xD7A4:
            yield f"{c:X}={parts[0]}+{parts[1]}"


joining = idna.idnadata.joining_types()
print("# Unicode data for internationalised domain names, made by scripts/make-idna-table.py.")
print(f"# UTS 46 and joining types {idna.uts46data.__version__}, normalisation and bidi classes {unicodedata.unidata_version}.")
print("# Copyright Unicode, Inc.; its licence: https://www.unicode.org/license.txt")
print("map", *mapping())
print("class", *ranges(lambda c: unicodedata.combining(chr(c)) or None))
print("compose", *compositions())
print("joining", *ranges(lambda c: chr(joining[c]) if isinstance(joining.get(c), int) else joining.get(c)))
print("bidi", *ranges(lambda c: BIDI.get(unicodedata.bidirectional(chr(c)))))
