"""Names and places of treadmills, as the people of the gym gave them."""

import unicodedata
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
        self._known = self._file.read()

    def of(self, treadmill: str) -> Label:
        """Empty where nobody gave one."""
        return self._known.get(treadmill, Label())

    def ids(self) -> set[str]:
        """Treadmills that have one."""
        return set(self._known)

    def places(self) -> list[str]:
        """Every place there is, in order."""
        return sorted({each.place for each in self._known.values()} - {""})

    def give(self, treadmill: str, name: str, place: str) -> None:
        """Empty takes it back. LabelError: nobody could read it, or another treadmill looks so; StorageError: nothing
        was kept."""
        label = Label(name=_fitting(name), place=_fitting(place))
        others = {other: each.name or other for other, each in self._known.items() if other != treadmill}
        look = letters.likeness(label.name or treadmill)
        for other, called in others.items():
            if look in (letters.likeness(called), letters.likeness(other)):
                text = say("{other} is called so already; give another name.", other=other)
                raise LabelError(text)
        known = {id_: each for id_, each in self._known.items() if id_ != treadmill}
        if label != Label():
            known[treadmill] = label
        self._file.write(known)
        self._known = known


def _fitting(text: str) -> str:
    kept = unicodedata.normalize("NFC", " ".join(text.split()))
    if not kept:
        return ""
    if len(kept) > LABEL_MAX:
        raise LabelError(say("At most {n} characters fit: shorten it.", n=LABEL_MAX))
    if (wrong := letters.fault(kept)) is not None:
        raise LabelError(tell(wrong))
    return kept
