"""The part of the dialplan that depends on the municipality: numbers, menus, weekly hours, telephones."""

from collections.abc import Iterable, Iterator

from pbx.plan import DAYS, MenuChoice, Number, Phone, Plan, spellings


def numbers_file(plan: Plan, country_code: str, message_line: str = "", message_number: str = "") -> str:
    """`kc-numbers.conf`: one context per number, and the list of all their spellings.

    `message_line` is what telephones of the house dial to switch messages, `message_number` (E.164) the way from
    outside; empty: there is none.
    """
    lines = ["; Rendered from the address points, their menus and opening hours.", "", "[kc-numbers]"]
    for number in plan.numbers:
        lines += [f"exten => {s},1,Goto(kc-number-{number.point},s,1)" for s in spellings(number.address, country_code)]
    if message_number:
        line = spellings(message_number, country_code)
        lines += [f"exten => {spelling},1,Goto(kc-message-line,s,1)" for spelling in line]
    lines += ["", "[kc-week]"]
    for number in plan.numbers:
        lines += _week(number)
    for number in plan.numbers:
        lines += ["", f"[kc-number-{number.point}]", *_number(number)]
    lines += ["", "[kc-phones]", *_inside(plan.phones)]
    if message_line:
        lines.append(f"exten => {message_line},1,Goto(kc-message-line,s,1)")
    return "\n".join(lines) + "\n"


def _number(number: Number) -> Iterator[str]:
    yield f"exten => s,1,Gosub(kc-arrive,s,1({number.address},{number.point}))"
    yield " same => n,Gosub(kc-lead,s,1)"
    yield ' same => n,GotoIf($["${KC_LED}" != ""]?kc-led,${KC_LED},1)'
    yield " same => n,Gosub(kc-hours,s,1)"
    yield ' same => n,GotoIf($["${GOSUB_RETVAL}" != "open"]?kc-closed,s,1)'
    yield from _menu(number) if number.choices else _no_menu(number)


def _no_menu(number: Number) -> Iterator[str]:
    yield f" same => n,Playback(kc/greeting-{number.point})"
    yield f" same => n,Set(KC_TOPIC={number.default_topic})"
    yield " same => n,Goto(kc-announce,s,1)"


def _menu(number: Number) -> Iterator[str]:
    """Two tries; whoever presses nothing that we know comes to a human all the same."""
    greeting, menu = f"kc/greeting-{number.point}", f"kc/menu-{number.point}"
    yield " same => n,Set(KC_TRIES=0)"
    yield f" same => n,Set(KC_ASK={greeting}&{menu})"
    yield " same => n(ask),Read(KC_KEY,${KC_ASK},1,,1,${KC_MENU_SECONDS})"
    yield " same => n,Set(KC_TOPIC=)"
    yield from (_choice(choice) for choice in number.choices)
    yield ' same => n,GotoIf($["${KC_TOPIC}" != ""]?chosen)'
    yield " same => n,Set(KC_TRIES=$[${KC_TRIES} + 1])"
    yield " same => n,GotoIf($[${KC_TRIES} >= 2]?unchosen)"
    yield f' same => n,Set(KC_ASK=${{IF($["${{KC_KEY}}" = ""]?{menu}:kc/invalid&{menu})}})'
    yield " same => n,Goto(ask)"
    yield f" same => n(unchosen),Set(KC_TOPIC={number.default_topic})"
    yield " same => n,Set(KC_KEY=)"
    yield " same => n(chosen),Goto(kc-announce,s,1)"


def _choice(choice: MenuChoice) -> str:
    return f' same => n,ExecIf($["${{KC_KEY}}" = "{choice.key}"]?Set(KC_TOPIC={choice.topic}))'


def _week(number: Number) -> Iterator[str]:
    """GotoIfTime reads the wall clock of the number's zone; the last minute is included, so a span ends one earlier."""
    yield f"exten => {number.point},1,NoOp()"
    if not number.week:
        yield " same => n,Return(open)"
        return
    for day in DAYS:
        for span in number.week.get(day, ()):
            yield f" same => n,GotoIfTime({_inclusive(span)},{day},*,*,{number.timezone}?open)"
    yield " same => n,Return(closed)"
    yield " same => n(open),Return(open)"


def _inclusive(span: str) -> str:
    start, end = span.split("-")
    hours, minutes = map(int, end.split(":"))
    last = hours * 60 + minutes - 1
    return f"{start}-{last // 60:02d}:{last % 60:02d}"


def _inside(phones: Iterable[Phone]) -> Iterator[str]:
    for phone in phones:
        yield f"exten => {phone.extension},1,Gosub(kc-device,{phone.extension},1)"
        yield " same => n,Dial(${GOSUB_RETVAL},30,${KC_TAKE})"
        yield " same => n,Hangup()"


def outbound(trunk: bool) -> str:
    """What an agent's telephone may dial outside: emergency first, then national and international numbers."""
    if not trunk:
        return "; No trunk for outgoing calls is configured: telephones reach each other only."
    return "\n".join(
        f"exten => {pattern},1,Dial(PJSIP/${{FILTER(0-9+,${{EXTEN}})}}@trunk)\n same => n,Hangup()"
        for pattern in ("112", "_0X!", "_+X!", "_11XXX!")
    )
