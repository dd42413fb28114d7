"""Names and places of treadmills, as the people of the gym gave them."""

import unicodedata
from collections.abc import Mapping
from pathlib import Path

from device_adapters.contract.bounds import LABEL_MAX
from services.console.kept_file import KeptFile
from services.console.languages import say
from services.console.live.ledger import Label
from services.rules import letters
from services.store_folder import LABELS
from services.texts.telling import tell


class LabelError(ValueError):
    """A name or place that cannot be: in words, with what to do."""


class Labels:
    """Those of one site, by treadmill."""

    def __init__(self, folder: Path) -> None:
        self._file = KeptFile(folder / LABELS, Label)

    def of(self, treadmill: str) -> Label:
        """Empty where nobody gave one."""
        return self._file.values.get(treadmill, Label())

    def ids(self) -> set[str]:
        """Treadmills that have one."""
        return set(self._file.values)

    def places(self) -> list[str]:
        """Every place there is, in order."""
        return sorted({each.place for each in self._file.values.values()} - {""})

    def give(self, treadmill: str, name: str, place: str) -> None:
        """Empty takes it back. LabelError: nobody could read it, or another treadmill looks so; StorageError: nothing
        was kept."""
        label = Label(name=_fitting(name), place=_fitting(place))

        def given(known: Mapping[str, Label]) -> Mapping[str, Label]:
            others = {other: each for other, each in known.items() if other != treadmill}
            look = letters.likeness(label.name or treadmill)
            for other, each in others.items():
                if look in (letters.likeness(each.name or other), letters.likeness(other)):
                    raise LabelError(say("{other} is called so already; give another name.", other=other))
            return others if label == Label() else {**others, treadmill: label}

        self._file.change(given)


def _fitting(text: str) -> str:
    kept = unicodedata.normalize("NFC", " ".join(text.split()))
    if not kept:
        return ""
    if len(kept) > LABEL_MAX:
        raise LabelError(say("At most {n} characters fit: shorten it.", n=LABEL_MAX))
    if (wrong := letters.fault(kept)) is not None:
        raise LabelError(tell(wrong))
    return kept
