"""Files with sales, as shops write them and hosts send them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discounts.errors import ImportLineError, UnreadableFileError
from bot.discounts.sale_files import read_day, read_sales

NOW, NEW_YORK = datetime(2026, 4, 30, 12, 0, tzinfo=UTC), ZoneInfo("America/New_York")
DAY = date(2026, 4, 29)


def sales(content: bytes, *, by_code: bool = True) -> list[tuple[str, str, date | None]]:
    return [(sale.code, sale.order, sale.day) for sale in read_sales(content, NEW_YORK, NOW, by_code=by_code)]


def test_sales_are_read_with_and_without_titles() -> None:
    assert sales(b"A-1,2026-04-29\n") == [("A-1", "", DAY)]
    assert sales(b"#1001,2026-04-29\n", by_code=False) == [("", "#1001", DAY)]
    assert sales(b"Created at;Order ID\n2026-04-29;1001\n") == [("", "1001", DAY)]
    assert sales(b"sep=;\ndate;code\n2026-04-29;A-1\n") == [("A-1", "", DAY)]
    shop = b"Name,Email,Created at,Discount Code\n#1,a@b.example,2026-04-29 23:30:00 -0400,A-1\n#2,,2026-04-29,\n"
    assert sales(shop) == [("A-1", "#1", DAY)]


def test_of_several_columns_the_one_is_read_that_says_most_clearly_what_it_is() -> None:
    assert sales(b"Name,ID,Order ID,Date\nMaya Lind,7,1001,2026-04-29\n", by_code=False) == [("", "1001", DAY)]
    assert sales(b"Created,Date,Paid at,Code\n2026-04-01,2026-04-02,2026-04-29,A-1\n") == [("A-1", "", DAY)]
    assert sales(b"Coupon,Coupon code,Order date,Date\nSpring,A-1,2026-04-29,2026-04-30\n") == [("A-1", "", DAY)]


def test_a_code_that_was_made_but_not_redeemed_is_no_sale() -> None:
    codes = b"code,created at,redeemed at\nA-1,2026-03-01,\nB-2,2026-03-01,2026-04-29\n"
    assert sales(codes) == [("B-2", "", DAY)]
    with pytest.raises(UnreadableFileError, match="no sale"):
        sales(b"code,created at,used on\nA-1,2026-03-01,\n")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (  # Shopify: an order of several things has a line for each, with the whole on the first
            "Name,Email,Financial Status,Paid at,Total,Discount Code,Created at,Lineitem name,Billing Name,Id\n"
            "#1001,m@b.example,paid,2026-04-29 23:30:00 -0400,97.00,A-1,2026-04-28 10:00:00 -0400,Course,Maya Lind,9\n"
            "#1001,m@b.example,,,,,2026-04-28 10:00:00 -0400,Book,,\n"
            "#1002,k@b.example,pending,,97.00,Custom discount,2026-04-29 10:00:00 -0400,Course,Kofi Ade,8\n",
            [("A-1", "#1001", DAY), ("Custom discount", "#1002", DAY)],
        ),
        (  # Stripe
            "id,Created date (UTC),Amount,Customer ID,Customer Email,Invoice ID,Status\n"
            "pi_3Nx,2026-04-30 02:00:00,97.00,cus_1,m@b.example,,Paid\nch_9Zz,2026-04-29,97.00,,,in_1,Paid\n",
            [("", "pi_3Nx", DAY), ("", "ch_9Zz", DAY)],
        ),
        (  # WooCommerce
            "Date,Order #,Status,Customer,Coupon(s),Net sales\n"
            '2026-04-29 23:30:00,1001,completed,Maya Lind,"a-1, b-2",97\n'
            "2026-04-29 09:00:00,1002,completed,Kofi,,147\n",
            [("a-1", "1001", DAY), ("b-2", "1001", DAY)],
        ),
        (  # Gumroad
            "Purchase ID,Item Name,Buyer Name,Purchase Email,Purchase Date,Purchase Time (UTC timezone),Discount Code\n"
            "xKqW-zzA==,Course,Maya Lind,m@b.example,2026-04-29,21:00:00,A-1\n",
            [("A-1", "xKqW-zzA==", DAY)],
        ),
        (  # Teachable
            "id,user_name,email,course_name,purchased_at,coupon_code\n"
            "7001,Maya Lind,m@b.example,C,2026-04-30T02:00:00Z,A-1\n",
            [("A-1", "7001", DAY)],
        ),
        (  # Kajabi
            "Transaction ID,Name,Email,Offer,Created At,Coupon Used\n"
            '88,Maya Lind,m@b.example,Course,"Apr 29, 2026",A-1\n',
            [("A-1", "88", DAY)],
        ),
        ("Bestell-Nr.;Kunde;Bestelldatum;Gutscheincode\n1001;Maya Lind;29.04.2026;A-1\n", [("A-1", "1001", DAY)]),
        ("Gutschein;Erstellt am;Eingelöst am\nA-1;01.03.2026;29.04.2026\nB-2;01.03.2026;\n", [("A-1", "", DAY)]),
        ("N.º de pedido;Cliente;Fecha;Código de descuento\n1001;Maya Lind;29/04/2026;A-1\n", [("A-1", "1001", DAY)]),
        ("Cupón,Canjeado,Fecha\nA-1,sí,2026-04-29\nB-2,no,2026-04-01\n", [("A-1", "", DAY)]),
        ("N° de commande;Nom;Date de commande;Code promo\n1001;Maya Lind;29/04/2026;A-1\n", [("A-1", "1001", DAY)]),
        ("Code de réduction;Créé le;Utilisé le\nA-1;2026-03-01;2026-04-29\nB-2;2026-03-01;\n", [("A-1", "", DAY)]),
    ],
)  # fmt: skip
def test_the_files_of_many_shops_are_read(content: str, expected: list[tuple[str, str, date]]) -> None:
    assert sales(content.encode()) == expected


@pytest.mark.parametrize(
    "content",
    [
        b"code,created at\nA-1,2026-03-01\n",
        b"id,code,created at\n1,A-1,2026-03-01\n",
        b"Coupon code,Orders,Amount discounted,Created,Expires\nA-1,0,0,2026-03-01,2026-05-01\n",
    ],
)
def test_the_day_on_which_a_code_was_made_is_no_day_of_a_sale(content: bytes) -> None:
    with pytest.raises(UnreadableFileError, match="I find no dates of sales"):
        sales(content)


def test_a_column_that_only_says_whether_a_code_was_used_leaves_the_day_to_another() -> None:
    content = b"code,date,used\nA-1,2026-04-29,yes\nB-2,,no\nC-3,2026-04-29,0\nD-4,2026-04-29,1\nE-5,2026-04-01,\n"
    assert sales(content) == [("A-1", "", DAY), ("D-4", "", DAY)]


@pytest.mark.parametrize(
    ("titles", "void", "sold"),
    [
        ("Financial Status", ("refunded", "voided", "Refunded"), ("paid", "partially_refunded", "")),
        ("Status", ("Refunded", "cancelled", "Canceled", "failed"), ("completed", "Paid", "1")),
        ("Cancelled at", ("2026-04-29 10:00:00 -0400", "Apr 29, 2026", "29.04.26"), ("", "no")),
        ("Refunded?", ("true", "Yes", "1"), ("false", "0", "0.00", "20.50")),
        ("Bestellstatus", ("Storniert", "rückerstattet", "Erstattet"), ("Abgeschlossen", "Teilweise erstattet")),
        ("Estado", ("Reembolsado", "cancelada", "Anulado"), ("Completado", "Nuevo León")),
        ("Statut de la commande", ("Remboursée", "annulé", "échoué"), ("Terminée",)),
    ],
)
def test_an_order_that_came_to_nothing_has_no_day(titles: str, void: tuple[str, ...], sold: tuple[str, ...]) -> None:
    for said, day in (*((each, None) for each in void), *((each, DAY) for each in sold)):
        assert sales(f'Order;Date;Code;{titles}\n1;2026-04-29;A-1;"{said}"\n'.encode()) == [("A-1", "1", day)], said


def test_of_an_order_that_came_to_nothing_the_rest_may_be_wrong() -> None:
    content = b"Order,Date,Code,Status\nMaya Lind,,A 1,refunded\n2,2026-04-29,B-2,paid\n"
    assert sales(content) == [("A 1", "", None), ("B-2", "2", DAY)]


@pytest.mark.parametrize(
    "content",
    [
        b"Name,Date\nMaya,2026-04-29\nKofi Ade,2026-04-29\n",
        b"Customer,Date\nMaya,2026-04-29\n",
        b"Nombre;Fecha\nMaya 2;2026-04-29\n",
    ],
)
def test_a_column_with_people_is_none_with_orders(content: bytes) -> None:
    with pytest.raises(UnreadableFileError, match="no codes or orders"):
        sales(content, by_code=False)


@pytest.mark.parametrize("content", [b"Maya Lind,2026-04-29\n", b"order,date\nMaya Lind,2026-04-29\n"])
def test_a_person_s_name_is_no_id_of_an_order(content: bytes) -> None:
    with pytest.raises(ImportLineError, match="it has a name") as caught:
        sales(content, by_code=False)
    assert "Maya" not in caught.value.message


def test_a_note_of_several_lines_is_a_part_of_its_order() -> None:
    content = b'Order,Note,Date,Code\r\n1,"Hi,\r\n\r\nI am ""M""",2026-04-29,A-1\r\n2,,2026-04-29,B-2\r\n'
    assert sales(content) == [("A-1", "1", DAY), ("B-2", "2", DAY)]
    with pytest.raises(ImportLineError) as late:
        sales(content.replace(b"\n2,,2026-04-29", b"\n2,,soon"))
    assert late.value.line == 5


@pytest.mark.parametrize("end", [b"", b'2,"b",2026-04-29,B-2\n3,,2026-04-29,C-3\n'])
def test_a_quotation_mark_that_is_not_closed_swallows_no_sale(end: bytes) -> None:
    with pytest.raises(ImportLineError):
        sales(b'Order,Note,Date,Code\n1,"a,2026-04-29,A-1\n' + end)


@pytest.mark.parametrize(
    ("days", "read"),
    [
        (("4/5/2026", "4/29/2026"), (date(2026, 4, 5), DAY)),
        (("05/04/26 11:30 PM", "29/04/26 9:00 AM"), (date(2026, 4, 5), DAY)),
        (("3/12/2026", "04/29/2026 23:30"), (date(2026, 3, 12), DAY)),
    ],
)
def test_one_day_makes_clear_in_which_order_a_column_has_day_and_month(
    days: tuple[str, str], read: tuple[date, date]
) -> None:
    for content in ("Order,Date\n1,{}\n2,{}\n", "1,{}\n2,{}\n"):
        assert [day for *_, day in sales(content.format(*days).encode(), by_code=False)] == list(read)


@pytest.mark.parametrize("other", ["5/5/2026", "29/4/2026\n3,4/29/2026"])
def test_days_that_may_be_two_are_not_guessed(other: str) -> None:
    with pytest.raises(ImportLineError, match="date"):
        sales(f"order,date\n1,4/5/2026\n2,{other}\n".encode())


def test_a_day_is_read_in_the_guild_s_zone() -> None:
    assert read_day("2026-04-30T02:00:00Z", NEW_YORK, NOW) == date(2026, 4, 29)
    assert read_day("April 29, 2026", NEW_YORK, NOW) == date(2026, 4, 29)
    assert read_day("April 29", NEW_YORK, NOW) == date(2026, 4, 29)
    assert read_day("some day", NEW_YORK, NOW) is None
    assert read_day("0001-01-01T00:00:00Z", NEW_YORK, NOW) is None


@pytest.mark.parametrize(
    ("content", "line", "why"),
    [
        (b"order id,date\n1,2026-04-29\nmaya@example.com,2026-04-29\n", 3, "e-mail"),
        (b"A-1,2026-04-29\nmaya@example.com,2026-04-29\n", 2, "e-mail"),
        (b"buyer,amount\nmaya@example.com,97\n", 2, "e-mail"),
        (b"order id,date\n1,2026-04-29\n2,some day\n", 3, "date"),
        (b"order id,date\n1,2026-05-03\n", 2, "future"),
        (b"code,date\nA 1,2026-04-29\n", 2, "code"),
    ],
)
def test_a_bad_sale_is_named_by_its_line(content: bytes, line: int, why: str) -> None:
    with pytest.raises(ImportLineError, match=why) as caught:
        sales(content)
    assert caught.value.line == line
    assert "maya" not in caught.value.message


def test_a_file_without_days_or_sales_is_refused() -> None:
    with pytest.raises(UnreadableFileError, match="date"):
        sales(b"code,value\nA-1,50\n")
    with pytest.raises(UnreadableFileError, match="no sale"):
        sales(b"code,date\n,2026-04-29\n")


TITLES = st.sampled_from(
    ["code", "order id", "name", "id", "date", "created (UTC)", "paid at", "used", "status", "other"]
)
CELLS = st.sampled_from(
    ["", "void", "A-1", "A-1, B-2", "#1", "yes", "0", "2026-04-29 02:00", "April 3", "Maya Lind", "a@b.c"]
)


@given(st.lists(TITLES, max_size=5), st.lists(st.lists(CELLS, max_size=5), max_size=4), st.booleans())
def test_no_file_of_a_shop_makes_it_stumble_or_tells_who_bought(
    titles: list[str], lines: list[list[str]], by_code: bool
) -> None:
    content = "\n".join(";".join(cells) for cells in [titles, *lines]).encode()
    try:
        found = sales(content, by_code=by_code)
    except (ImportLineError, UnreadableFileError):
        return
    assert not {order for _, order, _ in found} & {"Maya Lind", "a@b.c"}
