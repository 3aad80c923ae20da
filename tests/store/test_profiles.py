"""Files as other programs want them: checked letter by letter."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from facedesk.core.errors import BadInputError
from facedesk.paths import resources_dir
from facedesk.store.profiles import Profile, Profiles, as_json, profile_of, write_profile
from facedesk.store.tables import Column, Kind, Table

DURATION = Kind.DURATION
COLUMNS = (
    Column("person_id", Kind.NUMBER), Column("name"), Column("staff_number"),
    Column("department"), Column("period"), Column("first_day", Kind.DATE),
    Column("target_min", DURATION), Column("worked_min", DURATION),
    Column("overtime_min", DURATION), Column("balance_min", Kind.HOURS),
)  # fmt: skip
ADA = (1, "Ada", "1001", "Desk", "2026-03", "2026-03-02", 9600, 9630, 90, 30)
BOB = (2, "=Bob", "1002", "Desk", "2026-03", "2026-03-02", 9600, 0, 0, -9600)


@pytest.fixture
def profiles(tmp_path: Path) -> Profiles:
    return Profiles(resources_dir() / "profiles", tmp_path / "profiles")


def table(*rows: tuple) -> Table:
    return Table("March", COLUMNS, rows)


def test_datev_lodas_to_the_letter(profiles: Profiles, tmp_path: Path) -> None:
    profile = profiles.get("datev-lodas").with_options(
        {"consultant": "1234567", "client": "10", "regular": "100", "overtime": "110"}
    )
    path = tmp_path / "lodas.txt"
    assert write_profile(path, table(ADA, BOB), profile) == 2
    assert path.read_bytes().decode("cp1252").split("\r\n") == [
        "[Allgemein]", "Ziel=LODAS", "Version_SST=1.0", "BeraterNr=1234567", "MandantenNr=10",
        "Datumsformat=TT/MM/JJJJ", "Feldtrennzeichen=;", "Zahlenkomma=,", "",
        "[Satzbeschreibung]",
        "10;u_lod_bwd_buchung_standard;abrechnung_zeitraum#bwd;pnr#bwd;la_eigene#bwd;bs_nr#bwd;"
        "bs_wert_butab#bwd;",
        "", "[Bewegungsdaten]",
        "10;01/03/2026;1001;100;1;159,00;",
        "10;01/03/2026;1001;110;1;1,50;",
        "",
    ]  # fmt: skip


def test_adp_paydata_to_the_letter(profiles: Profiles, tmp_path: Path) -> None:
    profile = profiles.get("adp-paydata").with_options({"company": "ABC"})
    path = tmp_path / "EPIABC01.csv"
    write_profile(path, table(ADA, BOB), profile)
    assert path.read_bytes() == (
        b"Co Code,Batch ID,File #,Reg Hours,O/T Hours\r\n"
        b"ABC,FACEDESK,1001,159.00,1.50\r\n"
        b"ABC,FACEDESK,1002,0.00,0.00\r\n"
    )


def test_a_stream_and_formulas(profiles: Profiles) -> None:
    stream = io.StringIO()
    write_profile(stream, table(BOB), profiles.get("hours"))
    assert stream.getvalue().splitlines()[1] == ("1002,'=Bob,Desk,2026-03,160.00,0.00,0.00,-160.00")


def test_nothing_is_guessed_and_nobody_left_out(profiles: Profiles, tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    profile = profiles.get("datev-lodas")
    with pytest.raises(BadInputError, match="needs a value for consultant"):
        write_profile(path, table(ADA), profile)
    complete = profile.with_options({name: "1" for name, _ in profile.options})
    nobody = (7, "Eve", "", *ADA[3:])
    with pytest.raises(BadInputError, match="people without staff_number: 7"):
        write_profile(path, table(ADA, nobody), complete)
    with pytest.raises(BadInputError, match="no option wage"):
        profile.with_options({"wage": "1"})
    assert list(tmp_path.iterdir()) == []


def test_a_stream_gets_the_whole_file_or_nothing(profiles: Profiles) -> None:
    stream = io.StringIO()
    with pytest.raises(BadInputError):
        write_profile(stream, table(ADA), profiles.get("datev-lodas"))
    assert stream.getvalue() == ""


def test_letters_that_the_file_cannot_have_are_named(profiles: Profiles, tmp_path: Path) -> None:
    profile = replace(profiles.get("hours"), encoding="cp1252")
    with pytest.raises(BadInputError, match="王小明"):
        write_profile(tmp_path / "x.csv", table((1, "王小明", *ADA[2:])), profile)
    assert list(tmp_path.iterdir()) == []


def test_profiles_are_saved_by_name_and_win_over_the_shipped(profiles: Profiles) -> None:
    shipped = profiles.get("adp-paydata")
    profiles.save(shipped.with_options({"company": "ABC"}))
    assert dict(profiles.get("adp-paydata").options)["company"] == "ABC"
    mine = replace(shipped, name="ours")
    profiles.save(mine)
    assert profiles.get("ours") == mine
    assert [one.name for one in profiles.all()] == ["adp-paydata", "datev-lodas", "hours", "ours"]
    profiles.remove("adp-paydata")
    assert profiles.get("adp-paydata") == shipped
    for name in ("adp-paydata", "../ours"):
        with pytest.raises(BadInputError):
            profiles.remove(name)
    with pytest.raises(BadInputError, match="theirs"):
        profiles.get("theirs")


@pytest.mark.parametrize(
    "changes",
    [{"name": "../x"}, {"name": ""}, {"rows": "decade"}, {"lines": []}, {"lines": [[]]},
     {"lines": [[{"column": "name", "form": "roman"}]]}, {"lines": [[{"colour": "red"}]]},
     {"separator": ""}, {"encoding": "klingon"}, {"surprise": 1}, {"options": []}],
)  # fmt: skip
def test_profiles_that_make_no_sense(profiles: Profiles, changes: dict) -> None:
    data = json.loads(as_json(profiles.get("hours")))
    with pytest.raises(BadInputError):
        profile_of({**data, **changes})


def test_a_file_that_is_no_profile(profiles: Profiles, tmp_path: Path) -> None:
    for content in ("[]", "{", "null"):
        (tmp_path / "p.json").write_text(content)
        with pytest.raises(BadInputError):
            profiles.read(tmp_path / "p.json")


def test_a_column_that_is_not_there(profiles: Profiles) -> None:
    profile: Profile = profile_of(
        {**json.loads(as_json(profiles.get("hours"))), "lines": [[{"column": "shoe_size"}]]}
    )
    with pytest.raises(BadInputError, match="no column shoe_size"):
        write_profile(io.StringIO(), table(ADA), profile)
