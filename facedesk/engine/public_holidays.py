"""Public holidays by country and region, from the `holidays` library."""

from datetime import date
from functools import lru_cache

from facedesk.core.errors import BadInputError
from facedesk.core.language import tr


def holiday_name(region: str, day: date) -> str:
    """The public holiday of a day in 'DE' or 'DE-BY', '' for none. Raises BadInputError."""
    return _of_year(region, day.year).get(day, "")


@lru_cache(maxsize=256)
def _of_year(region: str, year: int) -> dict[date, str]:
    import holidays  # a tenth of a second, and most kiosks never ask

    country, _, part = region.partition("-")
    try:
        found = holidays.country_holidays(
            country, subdiv=part or None, years=year, language="en_US"
        )
        return dict(found)
    except NotImplementedError as error:
        raise BadInputError(
            tr("Unknown region"),
            tr("No public holidays are known for “{region}”.", region=region),
            tr("Use a country such as DE or a region such as DE-BY, US-CA or GB-SCT."),
        ) from error
