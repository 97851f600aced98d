"""Lines pasted from a spreadsheet: nothing is guessed, quotes and line breaks are right."""

import pytest

from invoices.paste import TooMuch, read_pasted
from tests.factories import ProductFactory, TaxCodeFactory
from tests.invoices.pages import URL


@pytest.fixture
def rows(world):
    world(lambda: ProductFactory(code="CON-1", name="Consulting"))
    world(lambda: ProductFactory(code="TRA-1", name="Travel"))
    world(lambda: ProductFactory(code="TRA-2", name="Travel"))
    return lambda text, **more: world(lambda: read_pasted(text, **more))


def test_cells_go_into_their_columns(rows) -> None:
    [one, two] = rows("con-1\tOn site\t2\td\t=1000/8\t10%\r\n\t\t\t\t\nTRA-1\t\t1\t\t5\n")
    assert one.values["product"] == "CON-1"
    assert (one.values["unit_price"], one.values["discount"]) == ("=1000/8", "10%")
    assert two.values["product"] == "TRA-1"
    assert not one.problems
    assert not two.problems


def test_quotes_tabs_and_breaks_inside_a_cell(rows) -> None:
    [one, two] = rows('CON-1\t"two\nlines, a ""quote"" and a\ttab"\t3\nTRA-1\tplain\t1')
    assert one.values["description"] == 'two\nlines, a "quote" and a\ttab'
    assert one.values["quantity"] == "3"
    assert two.values["description"] == "plain"
    [inch, next_row] = rows('CON-1\t5" pipe\t1\nTRA-1\tx\t2')
    assert inch.values["description"] == '5" pipe'
    assert next_row.values["product"] == "TRA-1"


def test_what_is_not_known_is_told_and_not_guessed(rows) -> None:
    found = rows("consulting\nCON\nTravel\nCON-1")
    assert [one.values["product"] for one in found] == ["CON-1", "CON", "Travel", "CON-1"]
    assert [list(one.problems.values()) for one in found] == [
        [],
        ["No product has this code."],
        ["Several products have this name."],
        [],
    ]


def test_a_first_row_of_names_says_which_column_is_which(rows) -> None:
    [one] = rows("数量\t单价\t编码\t金额\n2\t50\tCON-1\t100")
    assert one.values.pop("tax_code")
    assert one.values == {"quantity": "2", "unit_price": "50", "product": "CON-1"}


def test_pasting_into_a_later_column_and_taxes(rows, world) -> None:
    world(lambda: TaxCodeFactory(name="VAT 6%", rate="0.06"))
    [one, two] = rows("3\th\t10\t\tVAT 6%\n4\th\t10\t\tGST", first="quantity")
    assert one.values["quantity"] == "3"
    assert one.values["tax_code"]
    assert "tax_code" not in two.values
    assert "GST" in two.problems["tax_code"]


def test_a_line_without_a_tax_has_its_products(rows, world) -> None:
    six, old = world(lambda: (TaxCodeFactory(rate="0.06"), TaxCodeFactory(is_active=False)))
    world(lambda: ProductFactory(code="SIX", tax_code=six))
    world(lambda: ProductFactory(code="OLD", tax_code=old))
    world(lambda: TaxCodeFactory(name="VAT 1%", rate="0.01"))
    [own, said, retired] = rows("SIX\nSIX\t\t1\t\t\t\t1%\nOLD")
    assert own.values["tax_code"] == str(six.pk)
    assert said.values["tax_code"] != str(six.pk)
    assert "tax_code" not in retired.values, "a code out of use is on no new line"


def test_too_much_is_refused(rows) -> None:
    with pytest.raises(TooMuch):
        rows("x\n" * 301)


def test_one_cell_too_long_is_refused(rows) -> None:
    with pytest.raises(TooMuch):
        rows("a" * 140_000 + "\t1")
    with pytest.raises(TooMuch):
        rows('5" ' + "a" * 140_000)


def test_by_page(rows, as_) -> None:
    said = as_("BILLER").post(f"{URL}pasted/", {"text": "CON-1\tA\nnope\tB"}).json()
    assert [row["description"] for row in said["rows"]] == ["A", "B"]
    assert said["problems"] == [{}, {"product": "No product has this code."}]
    assert as_("BILLER").post(f"{URL}pasted/", {"text": "x\n" * 301}).status_code == 422
