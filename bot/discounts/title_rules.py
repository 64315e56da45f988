"""Titles of columns as shops and hosts write them, in English, German, Spanish and French: which column says what."""

import re
import unicodedata
from collections.abc import Sequence

#: Behind the title of a column whose times are in UTC: "Created date (UTC)", "Purchase time (UTC timezone)".
_UTC = re.compile(r"(utc|gmt)(time|timezone)?$")


def _plain(title: str) -> str:
    """A title without capitals, accents and what stands between its words: "N.º de pedido" is "nodepedido"."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", title).casefold()))


def _titles(*names: str) -> Sequence[str]:
    """Titles that mean the same, the clearest first."""
    return [_plain(name) for line in names for name in line.split(",")]


CODE = _titles(
    "discount code, discount codes, coupon code, coupon codes, voucher code, voucher codes, promotion code, promo code",
    "promo codes, unique code, unique codes, rabattcode, rabattcodes, gutscheincode, gutscheincodes, aktionscode",
    "código de descuento, códigos de descuento, código promocional, códigos promocionales, código de cupón",
    "code promo, codes promo, code promotionnel, code de réduction, codes de réduction, code de remise, code coupon",
    "code, codes, código, códigos, coupon, coupons, voucher, vouchers, gutschein, gutscheine, cupón, cupones",
    "coupon used, bon de réduction",
)
#: What names an order.
ORDER = _titles(
    "order id, order number, order no, order name, order, sale id, sale number, purchase id, bestellnummer, bestell-nr",
    "bestell-id, bestellung, auftragsnummer, auftrags-nr, auftrag, número de pedido, n.º de pedido, n.º pedido",
    "n° de pedido, n° pedido, id de pedido, id del pedido, pedido, número de orden, orden, id de venta",
    "numéro de commande, n° de commande, n° commande, id de commande, id de la commande, référence de commande",
    "référence commande, réf. commande, commande",
)
#: In the files of Shopify an order's own name, such as "#1001"; elsewhere a customer's.
NAME = _titles("name")
#: What names a payment, where nothing names the order.
PAYMENT = _titles(
    "transaction id, payment id, transaktions-id, transaktionsnummer, zahlungs-id, id de transacción",
    "id de la transacción, id de transaction, id de la transaction, invoice number, receipt number, rechnungsnummer",
    "número de factura, numéro de facture",
)
#: The id of whatever a line is about.
ID = _titles("id")
#: When a code was used, or whether.
REDEEMED = _titles(
    "redeemed at, redeemed on, date redeemed, redemption date, redeemed, used at, used on, date used, last used, used",
    "eingelöst am, einlösedatum, eingelöst, verwendet am, benutzt am, fecha de canje, canjeado el, canjeado",
    "fecha de uso, usado el, usado, date d'utilisation, utilisé le, utilisé",
)
PAID = _titles(
    "paid at, paid on, date paid, paid date, payment date, bezahlt am, zahlungsdatum, fecha de pago, pagado el",
    "date de paiement, date du paiement, payé le",
)
ORDERED = _titles(
    "order date, order created at, date of order, ordered at, ordered on, purchase date, date of purchase",
    "purchased at, purchased on, sale date, sold at, sold on, transaction date, bestelldatum, bestellt am, kaufdatum",
    "gekauft am, verkaufsdatum, transaktionsdatum, fecha de pedido, fecha del pedido, fecha de compra",
    "fecha de la compra, fecha de venta, fecha de la venta, fecha de transacción, fecha de la transacción",
    "date de commande, date de la commande, date d'achat, date de vente, date de la vente, date de transaction",
    "date de la transaction, date, day, datum, fecha",
)
#: When an order was made, or a code.
CREATED = _titles(
    "created at, created on, created date, date created, creation date, created, erstellt am, erstellungsdatum",
    "erstellt, fecha de creación, creado el, creado, date de création, créé le, créé",
)
#: What became of an order, or of its payment.
STATUS = _titles(
    "financial status, payment status, order status, sale status, transaction status, status, zahlungsstatus",
    "bestellstatus, auftragsstatus, estado del pago, estado de pago, estado del pedido, estado de pedido",
    "estado de la venta, estado de la transacción, estado, statut du paiement, statut de paiement",
    "statut de la commande, statut de commande, statut de la vente, statut de la transaction, statut",
)
#: When an order came to nothing, or whether.
VOIDED = _titles(
    "refunded at, refunded on, date refunded, refund date, refunded, fully refunded, cancelled at, cancelled on",
    "cancelled, canceled at, canceled on, canceled, voided at, voided on, voided, erstattet am, rückerstattet am",
    "erstattet, rückerstattet, storniert am, storniert, reembolsado el, reembolsado, cancelado el, cancelado",
    "anulado el, anulado, fecha de reembolso, fecha de cancelación, remboursé le, remboursé, annulé le, annulé",
    "date de remboursement, date d'annulation",
)
_VOID = _titles(
    "refunded, fully refunded, refund, voided, void, cancelled, canceled, failed, charged back, chargeback, erstattet",
    "vollständig erstattet, rückerstattet, zurückerstattet, storniert, storno, annulliert, fehlgeschlagen, reembolsado",
    "reembolsada, totalmente reembolsado, devuelto, devuelta, cancelado, cancelada, anulado, anulada, fallido, fallida",
    "remboursé, remboursée, entièrement remboursé, totalement remboursé, annulé, annulée, échoué, échouée",
)
_SPENT = _titles(
    "used, used up, fully used, already used, redeemed, fully redeemed, already redeemed, expired, disabled, inactive",
    "deactivated, eingelöst, bereits eingelöst, verwendet, benutzt, verbraucht, abgelaufen, deaktiviert, inaktiv",
    "usado, ya usado, utilizado, canjeado, caducado, expirado, desactivado, inactivo, utilisé, déjà utilisé, expiré",
    "désactivé, inactif",
)
_YES = _titles("yes, y, true, x, ja, wahr, sí, verdadero, oui, vrai")
_NO = {"", *_titles("no, n, false, 0, never, nein, falsch, falso, non, faux")}


def columns(titles: Sequence[str], meant: Sequence[str]) -> Sequence[int]:
    """Where every title is that is meant."""
    return [place for place, title in enumerate(titles) if _UTC.sub("", _plain(title)) in meant]


def column(titles: Sequence[str], *meant: Sequence[str]) -> int | None:
    """Where the clearest of the titles is that are meant."""
    plain = [_UTC.sub("", _plain(title)) for title in titles]
    return next((plain.index(name) for names in meant for name in names if name in plain), None)


def is_in_utc(title: str) -> bool:
    """Whether the column's times are in UTC."""
    return bool(_UTC.search(_plain(title)))


def says_yes(cell: str) -> bool:
    """Whether a cell says only that it is so, or how often."""
    return _plain(cell) in _YES or (cell.isdecimal() and len(cell) < 4 and int(cell) > 0)


def says_no(cell: str) -> bool:
    """Whether a cell says that it is not so."""
    return _plain(cell) in _NO


def says_spent(cell: str) -> bool:
    """Whether a cell says that a code was used, or cannot be: that it expired, or was switched off."""
    return _plain(cell) in _SPENT or says_void(cell)


def says_void(cell: str) -> bool:
    """Whether a cell says that an order came to nothing: that it was refunded, cancelled or never paid."""
    return _plain(cell) in _VOID
