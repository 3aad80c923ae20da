"""The one QApplication, in the language of all the rest."""

import sys

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from facedesk.core.language import language_code
from facedesk.gui.wording import locale


def the_application() -> QApplication:
    """Made at the first call. Whoever calls keeps it: without it there are no fonts and windows."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    QLocale.setDefault(locale())
    if not application.findChildren(QTranslator):
        words = QTranslator(application)  # of Qt's own menus and dialogs
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if words.load(f"qtbase_{language_code()}", folder):
            application.installTranslator(words)
    return application
