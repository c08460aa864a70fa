"""Links into breakout rooms and back, signed by the server for one person: the shared secret never leaves it."""

from __future__ import annotations

from bbbd.live.backend import Backend
from bbbd.meetings.breakout_rooms import id_in_room, user_in_parent
from bbbd.meetings.breakouts import open_plan, room_for
from bbbd.meetings.model import Meeting, Person
from bbbd.values.enums import Role


def link_to_room(server: Backend, parent: Meeting, room: Meeting, person: Person) -> str:
    """Return a link into a breakout room for a person of its parent."""
    session = parent.sessions[person.session]
    more = {
        "guest": "true" if person.guest else "",
        "avatarURL": person.avatar,
        "defaultLayout": session.layout,
        "clientURL": session.client_url,
    }
    return server.join_link(
        {
            "fullName": person.name,
            "meetingID": room.external_id,
            "role": person.role.value,
            "userID": id_in_room(person.user, room),
            "createTime": str(room.created.create_time),
            "redirect": "true",
        }
        | {name: value for name, value in more.items() if value}
        | {f"userdata-{name}": value for name, value in parent.customdata.get(person.external_id, {}).items()}
    )


def way_back(server: Backend, room: Meeting, external_id: str, name: str) -> str:
    """Return a link into a room's parent for a person of the room, "" for nobody of the parent's."""
    parent = server.parent_of(room)
    user = user_in_parent(parent, room, external_id) if parent is not None else ""
    if parent is None or not user:
        return ""
    known = parent.attended[user].external_id
    if known in parent.banned:
        return ""
    inside = parent.people.get(user) or next((one for one in parent.sessions.values() if one.user == user), None)
    guest = inside is None or inside.guest
    return server.join_link(
        {
            "fullName": inside.name if inside else name,
            "meetingID": parent.external_id,
            # Who has left the parent comes back as a viewer: nobody could take a moderator's rights away meanwhile.
            "role": (inside.role if inside else Role.VIEWER).value,
            "userID": known,
            "createTime": str(parent.created.create_time),
            "redirect": "true",
        }
        | ({"guest": "true"} if guest else {})
        | {f"userdata-{name}": value for name, value in parent.customdata.get(known, {}).items()}
    )


def way_after_move(server: Backend, room: Meeting, external_id: str, name: str) -> tuple[str, bool]:
    """Return where a person goes who was moved out of a room, and whether at once: not if they chose another room."""
    parent = server.parent_of(room)
    plan = open_plan(parent) if parent is not None else None
    user = user_in_parent(parent, room, external_id) if parent is not None else ""
    if parent is None or plan is None or not user:
        return way_back(server, room, external_id, name), False
    planned = room_for(plan, user, parent.attended[user].external_id)
    target = next((one for one in server.rooms_of(parent) if planned and one.internal_id == planned.internal_id), None)
    person = parent.people.get(user)
    if target is None or person is None or user in plan.chose:
        return way_back(server, room, external_id, name), target is None and user not in plan.chose
    return link_to_room(server, parent, target, person), True
