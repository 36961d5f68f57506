"""No text of a run with --hold-out says what is held out, in any language: python -m pytest models/training/tests"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from corpus import Corpus          # noqa: E402
from texts import HeldOut          # noqa: E402
from translate import statements   # noqa: E402


class Bare(Corpus):
    """What decides on a report's own words, without data."""

    def __init__(self):
        self.hidden = HeldOut()


def texts_of(report):
    corpus = Bare()
    said = corpus._statements(report)
    return [corpus._own(report, said), *said]


def test_wording_in_german_and_swedish_is_hidden():
    for report in ("sinusrhythmus a-v block i linkstyp", "sinusrhythmus p-sinistrocardiale", "links schenkelblock",
                   "sinusrytm a-v block i", "neg t in v3-v6", "schritmacherrhythmus"):
        for text in texts_of(report):
            assert not HeldOut().hides(text), (report, text)
            assert not any(map(HeldOut().hides, statements(text))), (report, text)


def test_what_is_not_held_out_stays():
    assert texts_of("vorhofflimmern linkstyp")[0] == "vorhofflimmern linkstyp"
