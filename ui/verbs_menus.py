"""Verbs of the menus, their prompts, and the messages before the queue."""

import asyncio
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from contactcenter import announcements, announcements_code, menus_prompts, menus_versions, surge_watch
from contactcenter.announcements import Wanted
from contactcenter.errors import Refused
from ui import uploads
from ui.menus import problem
from ui.records_menus import SavedMenu
from ui.verb import Call, Verb, plain

Minutes = Annotated[int, Meta(ge=1, le=1440)]
Key = Annotated[str, Meta(min_length=1, max_length=60)]
Language = Annotated[str, Meta(pattern="^[a-z]{2}$")]


class OfMenu(Struct, frozen=True, forbid_unknown_fields=True):
    point_id: int


class SaveMenu(Struct, frozen=True, forbid_unknown_fields=True):
    """`revision`: that of the draft which was changed."""

    point_id: int
    tree: dict[str, Any]
    revision: int


class RestoreMenu(Struct, frozen=True, forbid_unknown_fields=True):
    point_id: int
    number: int


class TryMenu(Struct, frozen=True, forbid_unknown_fields=True):
    """Be rung, and hear the draft: as it would be now, in opening hours, or closed."""

    point_id: int
    when: Literal["now", "open", "closed"] = "now"


class AddPrompt(Struct, frozen=True, forbid_unknown_fields=True):
    """`prompt` is its key; `upload` a WAV file that was uploaded."""

    prompt: Key
    language: Language
    upload: str
    how: Literal["recorded", "uploaded"] = "uploaded"


class OfPrompt(Struct, frozen=True, forbid_unknown_fields=True):
    prompt_id: int


class SaveMessage(Struct, frozen=True, forbid_unknown_fields=True):
    """`id` null: a new one. `upload`: a new recording; `keep_recording`: the one that there is."""

    name: Annotated[str, Meta(max_length=100)]
    text: dict[str, str]
    id: int | None = None
    upload: str = ""
    keep_recording: bool = False
    address_point_id: int | None = None
    topic_id: int | None = None
    must_stay: bool = False


class OfMessage(Struct, frozen=True, forbid_unknown_fields=True):
    id: int


class SwitchMessage(Struct, frozen=True, forbid_unknown_fields=True):
    id: int
    minutes: Minutes = 120


class SetPhoneCode(Struct, frozen=True, forbid_unknown_fields=True):
    """Digits; empty: no code any more."""

    code: Annotated[str, Meta(max_length=12)]


class OfSurge(Struct, frozen=True, forbid_unknown_fields=True):
    surge_id: int


async def _save_menu(call: Call, args: SaveMenu) -> SavedMenu:
    revision, found = await call.run(
        menus_versions.save, point_id=args.point_id, tree=args.tree, revision=args.revision
    )
    return SavedMenu(revision, [problem(one) for one in found])


async def _publish(call: Call, args: OfMenu) -> int:
    """Its sounds are there before the first caller needs them; without a telephone they are made later."""
    await call.read(menus_versions.draft, args.point_id)
    if call.context.telephony is not None:
        await call.context.telephony.prepare_menu(args.point_id)
    return int(await call.run(menus_versions.publish, point_id=args.point_id))


async def _try(call: Call, args: TryMenu) -> str:
    """The token by which the console asks where the call is."""
    telephony = call.telephony()
    draft = await call.read(menus_versions.draft, args.point_id)
    if any(one.is_error and one.code == "shape" for one in draft.problems):
        raise Refused("menu_wrong", draft.problems[0].detail)
    trials = call.context.trials
    token = trials.begin(call.actor.user_id, args.point_id, args.when, call.now)
    await telephony.prepare_menu(args.point_id)
    await telephony.try_menu(call.actor.user_id, token)
    return token


async def _recording(call: Call, upload: str) -> tuple[str, float]:
    """(SHA-256, seconds) of an uploaded WAV file. Raises Refused for what callers could not hear."""
    secret = call.context.settings.secret_bytes()
    file = uploads.opened(upload, call.actor.user_id, secret, call.now)
    if file.size > menus_prompts.MOST_BYTES:
        raise Refused("sound_long", "the file is too large")
    data = await asyncio.to_thread(call.context.files.read, file.sha256)
    return file.sha256, await asyncio.to_thread(menus_prompts.seconds_of, data)


async def _add_prompt(call: Call, args: AddPrompt) -> int:
    sha256, seconds = await _recording(call, args.upload)
    given = {"key": args.prompt, "language": args.language, "how": args.how}
    return int(await call.run(menus_prompts.add, sha256=sha256, seconds=seconds, **given))


async def _save_message(call: Call, args: SaveMessage) -> int:
    sha256 = (await _recording(call, args.upload))[0] if args.upload else ""
    if args.keep_recording and args.id is not None and not sha256:
        rows = await call.read(announcements.every)
        sha256 = next((row.sha256 for row in rows if row.id == args.id), "")
    wanted = Wanted(args.name, args.text, sha256, args.address_point_id, args.topic_id, args.must_stay)
    return int(await call.run(announcements.save, id=args.id, wanted=wanted))


async def _switch_on(call: Call, args: SwitchMessage) -> None:
    await call.run(announcements.switch_on, id=args.id, minutes=args.minutes)


async def _prolong(call: Call, args: SwitchMessage) -> None:
    await call.run(announcements.prolong, id=args.id, minutes=args.minutes)


VERBS: dict[str, Verb] = {
    "menu_save": Verb(SaveMenu, _save_menu, SavedMenu),
    "menu_publish": Verb(OfMenu, _publish, int, slow=True),
    "menu_restore": Verb(RestoreMenu, plain(menus_versions.restore), int),
    "menu_discard": Verb(OfMenu, plain(menus_versions.discard)),
    "menu_try": Verb(TryMenu, _try, str, slow=True),
    "prompt_add": Verb(AddPrompt, _add_prompt, int, slow=True),
    "prompt_restore": Verb(OfPrompt, plain(menus_prompts.restore), int),
    "prompt_silence": Verb(OfPrompt, plain(menus_prompts.silence), int),
    "message_save": Verb(SaveMessage, _save_message, int, slow=True),
    "message_on": Verb(SwitchMessage, _switch_on),
    "message_prolong": Verb(SwitchMessage, _prolong),
    "message_off": Verb(OfMessage, plain(announcements.switch_off)),
    "message_remove": Verb(OfMessage, plain(announcements.remove)),
    "set_phone_code": Verb(SetPhoneCode, plain(announcements_code.set_code)),
    "surge_settle": Verb(OfSurge, plain(surge_watch.settle)),
}
