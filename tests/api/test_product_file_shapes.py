"""Product files as spreadsheets and other systems save them, through both doors."""

import csv
import gzip
import json
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask

from tests.support.api_client import API_PREFIX, ApiClient
from tests.support.import_doors import DoorResult, ImportDoors
from tests.support.spreadsheets import write_ods, write_xlsx
from webapp.imports.row import CellError

pytestmark = pytest.mark.slow

HEADER = "sku,name,category,price,stock"
CUP = "CUP,Cup,Kitchen,2.50,3"
UTF8 = "Encoding of the file: utf-8"


@pytest.fixture
def doors(
    app: Flask,
    admin: ApiClient,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> ImportDoors:
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    return ImportDoors(app, admin, tmp_path)


def list_stored(admin: ApiClient) -> list[dict[str, Any]]:
    products: list[dict[str, Any]] = admin.expect_ok("GET", "/admin/products")["items"]
    return products


def read_only(admin: ApiClient) -> dict[str, Any]:
    [product] = list_stored(admin)
    return product


@pytest.mark.parametrize(
    ("written", "decimal", "price"),
    [
        ("1.250", ",", 1250),
        ("1.250,00", ",", 1250),
        ("1.250,00", None, 1250),
        ("1 250,00", ",", 1250),
        ("1\u00a0250,00", None, 1250),
        ("1\u202f250,00", ",", 1250),
        ("1'250.00", ".", 1250),
        ("1’250.00", None, 1250),  # noqa: RUF001
        ("1,250.00", None, 1250),
        ("1.250", ".", 1.25),
        ("12,50", None, 12.5),
        ("٣٫٥", None, 3.5),  # noqa: RUF001
        ("$ 12.50", None, 12.5),
        ("12,50 USD", None, 12.5),
    ],
)
def test_a_price_is_the_number_that_was_written(
    doors: ImportDoors,
    admin: ApiClient,
    written: str,
    decimal: str | None,
    price: float,
) -> None:
    content = f'{HEADER}\nCUP,Cup,Kitchen,"{written}","1 000"\n'.encode()
    options = {} if decimal is None else {"decimal": decimal}

    assert doors.import_file(content, **options).counts == (1, 0, 0, 0)

    stored = read_only(admin)
    assert (stored["price"], stored["stock"]) == (price, 1000)


@pytest.mark.parametrize(
    ("cells", "decimal", "reason"),
    [
        ('"1.250",1', None, "price: 1.250 may be 1.250 or 1250: give the decimal sep"),
        ('"1,250",1', None, "price: 1,250 may be 1.250 or 1250: give the decimal sep"),
        ('"12.50",1', ",", 'price: 12.50 is no number with the decimal separator ","'),
        ('"1.25.0",1', None, "price: 1.25.0 is not a number"),
        ('"12 %",1', None, "price: 12 % is a percentage"),
        ('"CHF 12",1', None, "price: CHF 12 is not an amount in one of USD"),
        ('"1e3",1', None, "price: 1e3 is not a number"),
        ("5,1.000", None, "stock: 1.000 may be 1.000 or 1000: give the decimal sep"),
        ("5,1.5", None, "stock: 1.5 is not a whole number"),
    ],
)
def test_a_number_that_may_be_another_is_rejected_with_the_remedy(
    doors: ImportDoors, cells: str, decimal: str | None, reason: str
) -> None:
    content = f"{HEADER}\n{CUP}\nMUG,Mug,Kitchen,{cells}\n".encode()
    options = {} if decimal is None else {"decimal": decimal}
    good = 0 if decimal else 1

    result = doors.import_file(content, **options)

    assert result.counts == (good, 0, 0, 2 - good)
    assert result.rejects[-1][0] == 3
    assert result.reasons[-1].startswith(reason)


@pytest.mark.parametrize(
    ("word", "is_active"),
    [
        ("WAHR", True),
        ("FALSCH", False),
        ("vrai", True),
        ("oui", True),
        ("Nein", False),
        ("on", True),
        ("enabled", True),
        ("draft", False),
        ("1.0", True),
        ("0,0", False),
        ("x", True),
        ("ИСТИНА", True),
        ("否", False),
        ("Doğru", True),
        ("ΨΕΥΔΗΣ", False),
        ("ＦＡＬＳＥ", False),  # noqa: RUF001
        ("nein\u200b", False),
    ],
)
def test_yes_and_no_are_understood_in_many_languages(
    doors: ImportDoors, admin: ApiClient, word: str, is_active: bool
) -> None:
    content = f'sku,name,price,isActive\nCUP,Cup,2.50,"{word}"\n'.encode()

    assert doors.import_file(content).counts == (1, 0, 0, 0)

    assert read_only(admin)["isActive"] is is_active


def test_a_product_is_never_withdrawn_by_a_word_that_is_not_understood(
    doors: ImportDoors, admin: ApiClient
) -> None:
    doors.import_file(b"sku,name,price\nCUP,Cup,2.50\n")

    result = doors.import_file(b"sku,name,price,isActive\nCUP,Cup,2.50,perhaps\n")
    empty = doors.import_file(b"sku,name,price,isActive\nCUP,Cup,2.50,\n")

    assert result.counts == (0, 0, 0, 1)
    assert result.reasons[0].startswith("isActive: perhaps is not understood")
    assert empty.counts == (0, 0, 1, 0)
    assert read_only(admin)["isActive"] is True


NAMES = {
    "shift_jis": (None, "無線イヤホン", "コーヒーミル", "ワイヤレスマウス"),
    "cp1250": ("windows-1250", "Łyżka żółta", "Kubek z gęsią", "Żarówka świąteczna"),
    "cp1251": (None, "Кофемолка ручная", "Чашка большая", "Чайник"),
    "cp1252": ("windows-1252", "Kaffeemühle", "Große Tasse", "Käsereibe"),
    "gb18030": (None, "无线蓝牙耳机", "咖啡杯", "手动咖啡研磨机"),
    "big5": ("big5", "無線藍牙耳機", "咖啡杯", "手動咖啡研磨機"),
    "euc_kr": (None, "무선 이어폰", "커피 잔", "커피 그라인더"),
    "utf-8": ("utf-8", "Kaffeemühle", "無線イヤホン", "Чашка"),
    "utf-8-sig": ("utf-8", "Kaffeemühle", "無線イヤホン", "Чашка"),
    "utf-16": ("utf-16-le", "Kaffeemühle", "無線イヤホン", "Чашка"),
    "utf-16-le": ("utf-16-le", "Kaffeemühle", "無線イヤホン", "Чашка"),
    "utf-16-be": ("utf-16-be", "Kaffeemühle", "無線イヤホン", "Чашка"),
    "utf-32": ("utf-32-le", "Kaffeemühle", "無線イヤホン", "Чашка"),
}


@pytest.mark.parametrize("encoding", NAMES)
def test_an_encoding_is_detected_and_said_or_asked_for(
    doors: ImportDoors, admin: ApiClient, encoding: str
) -> None:
    detected, *names = NAMES[encoding]
    rows = "".join(f"S{n},{name},2.50\n" for n, name in enumerate(names))
    content = f"sku,name,price\n{rows}".encode(encoding)

    result = doors.import_file(content)
    if detected is None:
        assert result.error is not None
        assert "--encoding" in result.error
        result = doors.import_file(content, encoding=encoding)
    else:
        assert result.remarks == (f"Encoding of the file: {detected}",)

    assert result.counts == (3, 0, 0, 0)
    assert sorted(each["name"] for each in list_stored(admin)) == sorted(names)


def test_an_uncertain_encoding_is_refused_with_two_readings(doors: ImportDoors) -> None:
    content = "sku,name,price\nA,Théière élégante,2.50\nB,Crème,1\n".encode("cp1252")

    error = doors.import_file(content).error

    assert error is not None
    assert "“Théière” (windows-1252) or “Théičre” (windows-1250)" in error


@pytest.mark.parametrize(
    ("encoding", "message"),
    [
        ("klingon", "encoding: klingon is not known"),
        ("base64", "encoding: base64 is not known"),
        ("undefined", "encoding: undefined is not known"),
        ("idna", "encoding: idna is not one of files"),
        ("windows-1250", "begins with the mark of utf-8"),
    ],
)
def test_an_encoding_that_cannot_be_is_refused(
    doors: ImportDoors, encoding: str, message: str
) -> None:
    content = f"{HEADER}\n{CUP}\n".encode("utf-8-sig")

    assert message in str(doors.import_file(content, encoding=encoding).error)


def test_a_row_that_is_not_in_the_encoding_is_rejected_and_the_others_imported(
    doors: ImportDoors,
) -> None:
    good = "".join(f"S{n},Käse {n},1\n" for n in range(9)).encode()
    content = b"sku,name,price\n" + good + b"BAD,K\xe4se,1\n"

    result = doors.import_file(content)

    assert result.counts == (9, 0, 0, 1)
    [(line, reason)] = result.rejects
    assert line == 11
    assert reason.startswith("is not utf-8, as the file is otherwise")


@pytest.mark.parametrize(
    "content",
    [
        f"sep=;\n{HEADER.replace(',', ';')}\n{CUP.replace(',', ';')}\n",
        f"{HEADER}\r{CUP}\r",
        f"{HEADER}\r\n{CUP}\r\n",
        f"{HEADER},,\n{CUP},,\n",
        f"{HEADER}\n{CUP},,,\n\n,,,,\n",
        f"Products of spring,,,,\n,,,,\n{HEADER}\n{CUP}\n",
        f"Products\n\n{HEADER}\n{CUP}\n",
        "Name;SKU;Category;PRICE;stock\nCup;CUP;Kitchen;2,50;3\n",
        "\n\n" + HEADER.replace(",", "\t") + "\n" + CUP.replace(",", "\t") + "\n",
        HEADER.replace(",", "|") + "\n" + CUP.replace(",", "|") + "\n",
        '"sku","name","category","price","stock"\n"CUP","Cup","Kitchen","2.50","3"\n',
        '{"sku": "CUP", "name": "Cup", "category": "Kitchen", "price": 2.5, "stock": 3}',
    ],
)
def test_a_table_is_read_in_any_usual_shape(
    doors: ImportDoors, admin: ApiClient, content: str
) -> None:
    result = doors.import_file(content.encode())

    assert result == DoorResult((1, 0, 0, 0), (), (UTF8,))
    stored = read_only(admin)
    assert (stored["name"], stored["category"], stored["price"], stored["stock"]) == (
        "Cup",
        "Kitchen",
        2.5,
        3,
    )


def test_rows_are_numbered_as_a_spreadsheet_shows_them(doors: ImportDoors) -> None:
    content = (
        "sep=,\nMy list\n\nsku,name,description,price\n"
        'A,Cup,"two\nlines",1\n\nB,Mug,,free\n"C,open,,1\nD,Pan,,free\n'
    )

    result = doors.import_file(content.encode())

    assert result.counts == (1, 0, 0, 3)
    assert [line for line, _ in result.rejects] == [6, 7, 8]
    assert (
        "the quote that opens on line 9 of the file is not closed" in result.reasons[1]
    )


@pytest.mark.parametrize(
    "name",
    [
        *("Is active", "is_active", "IS-ACTIVE", "isactive"),
        *("isActive\u200b", "\ufeffisActive", "is\u00adActive"),
        "ｉｓＡｃｔｉｖｅ",  # noqa: RUF001
    ],
)
def test_a_header_may_be_written_in_other_ways(
    doors: ImportDoors, admin: ApiClient, name: str
) -> None:
    content = f"Product ID,SKU,Name,Price,{name}\n,CUP,Cup,1,no\n".encode()

    assert doors.import_file(content).remarks == (UTF8,)
    assert read_only(admin)["isActive"] is False


def test_columns_that_are_not_used_are_named(doors: ImportDoors) -> None:
    content = b"sku,name,price,isActve,colour\nCUP,Cup,1,no,red\n"

    result = doors.import_file(content)

    assert result.remarks == (
        UTF8,
        "Columns that are not used: isActve (did you mean isActive?), colour",
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty"),
        (b"\xef\xbb\xbf", "The file is empty"),
        (b"\n \n", "The file is empty"),
        (b"sku,nmae,price\n", "no column name (did you mean nmae?)"),
        (b"4711;Cup;2.50\n", "no column productId, name, price. It has: 4711, Cup"),
        (b"sku,name,Price,PRICE\n", "names a column twice: price"),
        (b"," * 300 + b"x", "The file has 301 columns, and at most 200 are read"),
        (b"a," * 16_000 + b"a\n", "has 16,001 columns"),
        (b"," * 16_400 + b"\n", "has 16,401 columns"),
        (b"x" * 2**20 + b"xx", "The header has a cell of more than 1,048,576 char"),
        (b'sku,"' + b"x" * 2**20, "The header is not well-formed CSV: the quote that"),
        (b"%PDF-1.7\n%\xe2\xe3", "is a PDF document: export the table"),
        (b"\x89PNG\r\n\x1a\n\0\0", "is a picture"),
        (b"PK\x03\x04nothing", "is a damaged .xlsx or zip file"),
        (b"<!DOCTYPE html><table>", "is an HTML or XML document: open it in a"),
        (b'<?xml version="1.0"?><Workbook>', "is an HTML or XML document"),
        (bytes(range(256)) * 4, "is no text and no spreadsheet"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600,
            "is not a whole spreadsheet",
        ),
        (gzip.compress(b"sku" * 999, mtime=0)[:-9], "is not a whole gzip file"),
        (b'[{"sku": "A"}]', "is one JSON list"),
        (b"7z\xbc\xaf\x27\x1c\0", "is a 7z archive: unpack it"),
        (b'{"sku" "A"}\n', "no readable row: line 1 is not JSON: Expecting"),
        (b'\n\n{"sku": "A"\n{"sku": "B"\n', "no readable row: line 3 is not JSON: Exp"),
        (b"{}\n", "no column productId, name, price"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_what_is_no_table_is_refused_in_a_sentence_that_says_what_it_is(
    doors: ImportDoors, content: bytes, message: str
) -> None:
    assert message in str(doors.import_file(content).error)


def test_a_name_of_a_file_cannot_control_the_terminal(doors: ImportDoors) -> None:
    content = b"sku,name,price,\x1b[31mred\nCUP,Cup,1,x\n"

    assert doors.import_file(content).remarks[1] == (
        "Columns that are not used: \ufffd[31mred"
    )


def test_a_json_object_has_each_column_once(doors: ImportDoors) -> None:
    content = (
        b'{"sku": "C", "name": "C", "price": 1}\n'
        b'{"sku": "A", "name": "A", "price": 1, "price": 2}\n'
        b'{"sku": "B", "name": "B", "Price": 1, "PRICE": 2}\n'
    )

    assert doors.import_file(content).reasons == [
        "is not JSON: an object has a name twice",
        "has two names for one column",
    ]


def test_blank_lines_may_precede_the_first_object(doors: ImportDoors) -> None:
    content = b'\n  \r\n{"sku": "C", "name": "C", "price": 1}\n{"sku": "D"\n'

    result = doors.import_file(content)

    assert result.counts == (1, 0, 0, 1)
    assert [line for line, _ in result.rejects] == [4]


@pytest.mark.parametrize(
    ("column", "cell", "example"),
    [
        ("tags", "red", '["new", "sale"]'),
        ("options", "size=M", '{"size": "M"}'),
        ("attributes", "{wool}", '{"material": "wool"}'),
    ],
)
def test_a_cell_that_is_no_json_is_rejected_with_an_example(
    doors: ImportDoors, column: str, cell: str, example: str
) -> None:
    content = f"sku,name,price,{column}\nCUP,Cup,1,{cell}\n".encode()

    [reason] = doors.import_file(content).reasons

    assert reason == f"{column}: {cell} is no JSON; write it like {example}"


def test_rows_with_names_of_their_own_are_summed_up(doors: ImportDoors) -> None:
    rows = [
        json.dumps(
            {"sku": f"S{n}", "name": "A", "price": 1}
            | {f"x{n}_{i}": 1 for i in range(190)}
        )
        for n in range(20)
    ]

    remark = doors.import_file("\n".join(rows).encode()).remarks[1]

    assert remark.startswith("Columns that are not used: x0_0, x0_1, ")
    assert "and 1,120 more" in remark


def test_a_header_alone_has_no_products(doors: ImportDoors) -> None:
    assert doors.import_file(f"{HEADER}\n".encode()).counts == (0, 0, 0, 0)


def test_a_spreadsheet_is_read_whatever_its_name(
    doors: ImportDoors, admin: ApiClient, tmp_path: Path
) -> None:
    file = write_xlsx(
        tmp_path / "a.xlsx",
        Spring=[
            ["Our products", None],
            [],
            ["SKU", "Name", "Price", "Stock", "Is Active", "Notes"],
            ["A", "Käse", 12.1, 3, True, None],
            [4006381333931, "Pen", 0.1 + 0.2, "1 000", False, None],
            [],
            ["C", "Date", date(2026, 12, 1), 1, None, None],
            [date(2026, 3, 5), "Date", 1, 1, None, None],
            ["D", "Percent", "19 %", 1, None, None],
        ],
        Other=[["x"]],
    )

    result = doors.import_file(file.read_bytes())

    assert result.counts == (2, 0, 0, 3)
    assert [(line, reason[:31]) for line, reason in result.rejects] == [
        (7, "price: 2026-12-01 is a date, as"),
        (8, "sku: 2026-03-05 is a date, as t"),
        (9, "price: 19 % is a percentage"),
    ]
    assert result.remarks == (
        "Only the first sheet is read, not: Other",
        "Columns that are not used: Notes",
    )
    pen, cheese = sorted(list_stored(admin), key=lambda each: float(each["price"]))
    assert (cheese["name"], cheese["price"], cheese["stock"]) == ("Käse", 12.1, 3)
    assert (pen["variants"][0]["sku"], pen["price"], pen["stock"], pen["isActive"]) == (
        "4006381333931",
        0.3,
        1000,
        False,
    )


def test_an_error_of_a_spreadsheet_is_no_empty_cell(
    doors: ImportDoors, admin: ApiClient, tmp_path: Path
) -> None:
    file = write_xlsx(
        tmp_path / "a.xlsx",
        S=[
            [],
            [None, "sku", "name", "price", "stock", "notes"],
            [None, "A", "Cup", 1, 1, CellError("#REF!")],
            [None, "B", CellError("#NAME?"), 1, 1],
            [None, "C", "Cup", CellError("#N/A"), 1],
            [None, "D", "Cup", 1, CellError("#DIV/0!")],
            [None, CellError("#VALUE!"), "Cup", 1, 1],
        ],
    )

    result = doors.import_file(file.read_bytes())

    assert result.counts == (1, 0, 0, 4)
    assert [(line, reason.split(" is")[0]) for line, reason in result.rejects] == [
        (4, "name: #NAME?"),
        (5, "price: #N/A"),
        (6, "stock: #DIV/0!"),
        (7, "sku: #VALUE!"),
    ]
    assert read_only(admin)["name"] == "Cup"


def test_an_open_document_spreadsheet_is_read(
    doors: ImportDoors, admin: ApiClient, tmp_path: Path
) -> None:
    rows = [line.split(",") for line in (HEADER, CUP)]

    result = doors.import_file(write_ods(tmp_path / "a.ods", rows).read_bytes())

    assert result == DoorResult((1, 0, 0, 0))
    assert read_only(admin)["price"] == 2.5


def test_a_small_spreadsheet_with_a_huge_sheet_is_refused(
    doors: ImportDoors, tmp_path: Path
) -> None:
    """Its cells would need 500 GB, and the library ends the process that asks for them."""
    file = write_xlsx(tmp_path / "a.xlsx", S=[["sku"], ["x"]])
    huge = tmp_path / "huge.xlsx"
    with ZipFile(file) as archive, ZipFile(huge, "w") as other:
        for name in archive.namelist():
            part = archive.read(name)
            other.writestr(name, part.replace(b'r="A2"', b'r="XFD1048576"'))

    error = doors.import_file(huge.read_bytes()).error

    assert error is not None
    assert "needs too much memory or time: save its sheet as CSV" in error


def test_a_compressed_file_has_a_limit_in_the_api(doors: ImportDoors) -> None:
    content = gzip.compress(f"{HEADER}\n".encode() + (b"x" * 20_000 + b"\n") * 4_000)

    assert "has too much in it" in str(doors.by_api(content).error)


def edit_as_spreadsheet(sheet: str) -> list[list[str]]:
    """Return the cells of an export as a German spreadsheet shows and saves them."""
    header, *rows = csv.reader(StringIO(sheet, newline=""))
    places = {name: place for place, name in enumerate(header)}
    for cells in rows:
        price, active = places["price"], places["isActive"]
        cells[price] = cells[price].replace(".", ",")
        cells[active] = {"true": "WAHR", "false": "FALSCH"}[cells[active]]
    return [header, *rows]


def format_table(rows: list[list[str]], delimiter: str) -> str:
    text = StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()


def test_an_export_that_a_spreadsheet_has_saved_changes_nothing(
    doors: ImportDoors, admin: ApiClient, tmp_path: Path
) -> None:
    variants = [
        {"sku": "=S", "options": {"Größe": "S"}, "price": 1250, "stock": 3},
        {"sku": "0042", "options": {"Größe": "L"}, "price": 18.55, "stock": 0},
    ]
    gone = {"name": "Lampe", "category": "Licht", "price": 5, "stock": 1}
    admin.expect_ok(
        "POST",
        "/products",
        {
            "name": "-Käsemühle",
            "description": 'Zwei Zeilen,\nein "Zitat" und\nGröße',
            "category": "Küche",
            "tags": ["groß, klein", "@x"],
            "attributes": {"Maß": 1.5, "deep": [None, True]},
            "variants": variants,
            "currency": "EUR",
        },
    )
    lamp = admin.expect_ok("POST", "/products", gone)["productId"]
    admin.call("DELETE", f"/products/{lamp}")
    sheet = admin.call("GET", "/admin/products.csv").get_data(as_text=True)
    rows = edit_as_spreadsheet(sheet)
    saved = [
        sheet.encode(),
        sheet.encode("utf-8-sig"),
        format_table(rows, ";").encode("cp1252"),
        format_table(rows, "\t").encode("utf-16"),
        write_xlsx(tmp_path / "a.xlsx", Tabelle1=rows).read_bytes(),
    ]

    assert [doors.import_file(each).counts for each in saved] == [(0, 0, 3, 0)] * 5

    edited = sheet.replace("18.55", "19.00").encode()
    assert doors.import_file(edited).counts == (0, 1, 2, 0)


@pytest.mark.parametrize(
    "media_type",
    [
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.ms-excel",
        "application/octet-stream",
        "text/csv; charset=utf-8",
    ],
)
def test_a_table_is_sent_with_the_media_type_it_has(
    app: Flask, admin: ApiClient, tmp_path: Path, media_type: str
) -> None:
    file = write_xlsx(tmp_path / "a.xlsx", S=[["sku", "name", "price"], ["A", "B", 1]])

    response = app.test_client().post(
        f"{API_PREFIX}/admin/products/import",
        data=file.read_bytes(),
        content_type=media_type,
        headers=admin.headers,
    )

    assert response.get_json()["created"] == 1


def test_a_column_that_the_file_lacks_stays_as_it_is(
    doors: ImportDoors, admin: ApiClient, on_sale: Callable[..., Any]
) -> None:
    del on_sale
    created = admin.expect_ok(
        "POST",
        "/products",
        {
            "name": "Cup",
            "description": "Washed",
            "brand": "B",
            "category": "Kitchen",
            "imageUrl": "/media/a.webp",
            "tags": ["a"],
            "attributes": {"Care": "30"},
            "variants": [
                {"sku": "S", "options": {"Size": "S"}, "price": 1, "stock": 1},
                {"sku": "L", "options": {"Size": "L"}, "price": 2, "stock": 1},
            ],
        },
    )

    result = doors.import_file(b"sku,name,price\nS,Cup,1.50\nL,Cup,2\n")

    assert result.counts == (0, 1, 1, 0)
    stored = read_only(admin)
    expected = created["variants"][0] | {"price": 1.5}
    assert stored["variants"][0]["options"] == expected["options"]
    for name in ("description", "brand", "category", "imageUrl", "tags", "attributes"):
        assert stored[name] == created[name]
    identified = f"productId,name,price\n{created['productId']},Cup,1\n".encode()
    assert doors.import_file(identified).reasons == [
        "sku: the product has several variants"
    ]
