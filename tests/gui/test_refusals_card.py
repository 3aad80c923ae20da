"""An admin sees whose face was shown to the kiosk as a picture."""

from facedesk.gui.main_window import MainWindow
from facedesk.store.refusals import RefusedBy
from tests.gui.fake_desk import FakeDesk


def test_attempts_are_shown_with_whose_face_it_was_and_why(
    desk: FakeDesk, window: MainWindow
) -> None:
    window.show_page(5)
    card = window.safety.refusals
    assert card.words.text() == "No picture or recording was shown to the camera so far."
    assert not card.table.isVisible()
    ada = desk.add_person("Ada")
    desk.refusals.add(ada.id, RefusedBy.REPLAY, 0.9, "camera:usb", "The camera shows a recording.")
    card.refresh()
    assert card.table.isVisible()
    row = [card.rows.data(card.rows.index(0, column)) for column in range(5)]
    assert row[1:] == ["Ada", "as a recording", "The camera shows a recording.", "camera:usb"]
