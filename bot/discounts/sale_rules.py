"""Sales a shop or a host tells of: which are new, and which were known before, by their code or their order."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date


@dataclass(frozen=True, slots=True)
class Sale:
    """What the shop says of one sale: the day, and a code, the id of an order, or both. `line` counts from 1.

    Without a day it came to nothing: it was refunded, cancelled or never paid.
    """

    line: int
    day: date | None
    code: str = field(default="", repr=False)
    order: str = ""


@dataclass(frozen=True, slots=True)
class Redemption:
    """A sale of one discount, known by the id of its code, by that of its order, or by both. `id` is 0 until kept."""

    day: date
    code_id: int | None = None
    order: str | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class RedemptionPlan:
    """What a file of sales would do: `new` redemptions are noted, `already_known` were; `repeated` stood in it twice.

    `without_claim` are codes nobody claimed: they are noted, and given to nobody any more. `foreign` are lines about
    other codes, which are left out, and so are `void` orders, which were refunded, cancelled or never paid. `completed`
    are known sales whose code or order becomes known, and `gone` known ones that turned out to be void.
    """

    new: int
    already_known: int
    without_claim: int
    lines: int
    foreign: int = 0
    completed: int = 0
    repeated: int = 0
    void: int = 0
    gone: int = 0

    @property
    def is_news(self) -> bool:
        """Whether anything would be noted."""
        return bool(self.new or self.completed or self.gone)


@dataclass(frozen=True, slots=True)
class Matched:
    """Sales that were told, matched with those known: the `new` ones, and known ones with what is `completed`.

    `already_known` were known before, completed or not. `repeated` were told once more. Known ones that are `gone` came
    to nothing since.
    """

    new: Sequence[Redemption]
    completed: Sequence[Redemption]
    already_known: int
    repeated: int
    gone: Sequence[Redemption] = ()

    @property
    def codes(self) -> list[int]:
        """The ids of the codes that were used, as far as anything about their sale is new."""
        return [one.code_id for one in (*self.new, *self.completed) if one.code_id is not None]


def matched(
    known: Sequence[Redemption], told: Iterable[Redemption], void: Iterable[tuple[int | None, str | None]] = ()
) -> Matched:
    """Find the sales among those told that are not known yet: each counts once.

    The same code is the same sale. The same order is, too, unless both have a code: an order with two codes is two
    sales, of which the first has the order's id. What is `void`, by its code and its order, is no sale, whether it was
    known or is told as one, too.
    """
    is_void = _among(void)
    gone = [one for one in known if is_void(one)]
    known = [one for one in known if not is_void(one)]
    notes = _Notes(known)
    places = [notes.take(one) for one in told if not is_void(one)]
    found = sorted(set(places))
    again = [place for place in found if place < len(known)]
    completed = [notes.sales[place] for place in again if notes.sales[place] != known[place]]
    return Matched(notes.sales[len(known) :], completed, len(again), len(places) - len(found), gone)


def _among(void: Iterable[tuple[int | None, str | None]]) -> Callable[[Redemption], bool]:
    """Whether a sale is one of these: of the same order, or of the same code where one of both tells no order."""
    pairs = list(void)
    orders, codes = {order for _, order in pairs}, {code_id for code_id, _ in pairs}
    without_order = {code_id for code_id, order in pairs if order is None}

    def is_void(sale: Redemption) -> bool:
        by_order = sale.order is not None and sale.order in orders
        return by_order or (sale.code_id is not None and sale.code_id in (without_order if sale.order else codes))

    return is_void


class _Notes:
    """Sales in the order in which they became known, found by their code and by their order."""

    def __init__(self, known: Sequence[Redemption]) -> None:
        self.sales: list[Redemption] = []
        self._by_code: dict[int | None, int] = {}
        self._by_order: dict[str | None, int] = {}
        for place, one in enumerate(known):
            self._put(place, one)

    def take(self, told: Redemption) -> int:
        """Put a sale down, or what is told of one that is known. Its place."""
        place, of_order = self._by_code.get(told.code_id), self._by_order.get(told.order)
        if place is None and of_order is not None and None in (told.code_id, self.sales[of_order].code_id):
            place = of_order
        order = told.order if of_order is None else None  # it stands with one sale only
        if place is None:
            place, sale = len(self.sales), replace(told, order=order)
        else:
            same = self.sales[place]
            code_id = told.code_id if same.code_id is None else same.code_id
            sale = replace(same, code_id=code_id, order=same.order or order)
        self._put(place, sale)
        return place

    def _put(self, place: int, sale: Redemption) -> None:
        self.sales[place : place + 1] = [sale]
        if sale.code_id is not None:
            self._by_code[sale.code_id] = place
        if sale.order is not None:
            self._by_order[sale.order] = place
