import json
from pathlib import Path
from typing import Any

import pytest

from facedesk.core.errors import ModelError
from facedesk.paths import resources_dir
from facedesk.vision.cards import contract_id, parse_card, read_card
from tests.vision.networks import card_json

PUBLIC = sorted((resources_dir() / "catalogue").glob("*.json"))
TEMPLATE = [[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]]


def test_a_card_goes_round_through_json(tmp_path: Path) -> None:
    groups = {"age: 70+": {"fmr_1e-3": 0.4}, "protocol": "pairs within each"}
    card = parse_card(card_json(alignment={"template": TEMPLATE}, groups=groups), "x")
    (tmp_path / "card.json").write_text(json.dumps(card.as_json()), encoding="utf-8")
    assert read_card(tmp_path / "card.json") == card
    assert card.template is not None and card.template[0] == (0.3, 0.4)
    assert card.thresholds == {"fmr_1e-3": 0.3, "fmr_1e-4": 0.4}
    assert card.protocol
    assert card.groups == {"age: 70+": {"fmr_1e-3": 0.4}}


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in card_json().items() if key != name}


SPEC = card_json()["input"]
BAD: list[tuple[Any, str]] = [
    ([], "object"),
    ("text", "object"),
    *((without(name), name) for name in ("name", "task", "file", "sha256", "licence", "source")),
    *((without(name), name) for name in ("alignment", "output")),
    (without("input"), "input.colour"),
    (card_json(name="../evil"), "name"),
    (card_json(name="x" * 200), "name"),
    (card_json(file="../../etc/passwd"), "file"),
    (card_json(file="a/b.onnx"), "file"),
    (card_json(file=".hidden"), "file"),
    (card_json(sha256="ABC"), "sha256"),
    (card_json(task="guess"), "task"),
    (card_json(size=-1), "size"),
    (card_json(size="12"), "size"),
    (card_json(size=True), "size"),
    (card_json(input=SPEC | {"width": 0}), "input.width"),
    (card_json(input=SPEC | {"height": 99_999}), "input.height"),
    (card_json(input=SPEC | {"colour": "grey"}), "input.colour"),
    (card_json(input=SPEC | {"colour": ["rgb"]}), "input.colour"),
    (card_json(input=SPEC | {"mean": [1, 2]}), "input.mean"),
    (card_json(input=SPEC | {"mean": [1, 2, float("nan")]}), "input.mean"),
    (card_json(input=SPEC | {"mean": [1, 2, 10**400]}), "input.mean"),
    (card_json(input=SPEC | {"std": [1, 0, 1]}), "input.std"),
    (card_json(input=SPEC | {"flip": "yes"}), "input.flip"),
    (card_json(input=[1]), "input"),
    (card_json(output={"dimension": 1}), "output.dimension"),
    (card_json(output={"dimension": 1e3}), "output.dimension"),
    (card_json(alignment="eyes"), "alignment"),
    (card_json(alignment={"template": TEMPLATE[:4]}), "alignment.template"),
    (card_json(alignment={"template": [[40, 50]] * 5}), "alignment.template"),
    (card_json(alignment={"template": [[0.1, "x"]] * 5}), "alignment.template"),
    (card_json(thresholds={"fmr_1e-3": 2, "protocol": "p"}), "thresholds.fmr_1e-3"),
    (card_json(thresholds={"strict": 0.5, "protocol": "p"}), "thresholds.strict"),
    (card_json(thresholds={"fmr_1e-3": 0.5}), "thresholds.protocol"),
    (card_json(thresholds={"fmr_1e-3": 0.5, "fmr_1e-4": 0.4, "protocol": "p"}), "thresholds.fmr"),
    (card_json(groups={"age: 70+": {"fmr_1e-3": 2}, "protocol": "p"}), "groups.age: 70+.fmr_1e-3"),
    (card_json(groups={"age: 70+": 0.5, "protocol": "p"}), "groups.age: 70+"),
    (card_json(groups={"age: 70+": {"fmr_1e-3": 0.5}}), "groups.protocol"),
    (card_json(contract="0123456789abcdef"), "contract"),
    (card_json(rank=-3), "rank"),
    (card_json(notes="x" * 3000), "notes"),
]


@pytest.mark.parametrize(
    ("content", "field"), BAD, ids=[f"{i}-{f}" for i, (_, f) in enumerate(BAD)]
)
def test_a_bad_card_is_refused_naming_file_and_field(content: Any, field: str) -> None:
    with pytest.raises(ModelError) as caught:
        parse_card(content, "my.json")
    assert caught.value.message.startswith("my.json: ")
    assert field in caught.value.message


@pytest.mark.parametrize(
    "text",
    ["", "{", "[" * 50_000, '{"name": ' * 5_000, "\xff\xfe", " " * 70_000 + "{}", "null"],
    ids=["empty", "cut", "deep list", "deep object", "no utf-8", "too large", "null"],
)
def test_what_is_no_card_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ModelError, match=r"card\.json"):
        read_card(path)


def test_a_missing_card_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        read_card(tmp_path / "none.json")


def test_the_contract_changes_with_all_that_shapes_a_vector_and_with_nothing_else() -> None:
    plain = parse_card(card_json(), "x").contract
    assert len(plain) == 16
    shaping: list[dict[str, Any]] = [
        {"name": "other"},
        {"version": "2"},
        {"sha256": "1" * 64},
        {"output": {"dimension": 9}},
        {"alignment": {"template": TEMPLATE}},
        *(
            {"input": SPEC | change}
            for change in (
                {"width": 32},
                {"height": 32},
                {"colour": "bgr"},
                {"mean": [127.5, 120.0, 110.5]},
                {"std": [128.0, 64.0, 33.0]},
                {"flip": True},
            )
        ),
    ]
    contracts = {parse_card(card_json(**change), "x").contract for change in shaping}
    assert len(contracts) == len(shaping)
    assert plain not in contracts
    same = {"thresholds": {}, "licence": "MIT", "source": "x", "notes": "n", "rank": 1, "size": 5}
    assert parse_card(card_json(**same), "x").contract == plain


def test_the_stated_contract_is_accepted_when_it_fits() -> None:
    card = parse_card(card_json(), "x")
    assert parse_card(card_json(contract=card.contract), "x") == card
    again = contract_id(
        card.name, card.version, card.sha256, card.dimension, card.input, card.template
    )
    assert again == card.contract


@pytest.mark.parametrize("path", PUBLIC, ids=lambda path: path.stem)
def test_shipped_cards_are_whole(path: Path) -> None:
    card = read_card(path)
    assert card.name == path.stem
    assert json.loads(path.read_text(encoding="utf-8"))["contract"] == card.contract
    assert card.source.startswith("https://")
    assert card.size > 0


def test_shipped_cards_have_unique_hashes() -> None:
    assert len({read_card(path).sha256 for path in PUBLIC}) == len(PUBLIC) >= 15
