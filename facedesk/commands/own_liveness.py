"""`people liveness`: what one person must show before the face counts."""

import click

from facedesk.commands.place import Place, pass_place
from facedesk.core.liveness import Policy

_AS_KIOSK = "as the kiosk"


@click.command()
@click.argument("person_id", type=int)
@click.argument(
    "policy", required=False, type=click.Choice([*(policy.value for policy in Policy), _AS_KIOSK])
)
@pass_place
def liveness(place: Place, person_id: int, policy: str | None) -> None:
    """Show or set the liveness policy of one person, for example of somebody who cannot move."""
    with place.desk() as desk:
        name = desk.people.get(person_id).name
        if policy is not None:
            desk.own_liveness.set(person_id, None if policy == _AS_KIOSK else Policy(policy))
        own = desk.own_liveness.all().get(person_id)
        kiosk = desk.settings.liveness
    click.echo(f"{name}: {own.value if own else f'{_AS_KIOSK}, {kiosk}'}")
