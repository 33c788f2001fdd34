"""Direct numbers of the staff in the dialplan, and the codes by which absence is set from a telephone of the house."""

from collections.abc import Iterator

from pbx.plan import Direct, Plan, spellings
from pbx.settings import PhoneSettings


def directory_file(plan: Plan, settings: PhoneSettings) -> str:
    """`kc-directory.conf`. A number that is one of ours already leads where it did."""
    ours = {number.address for number in plan.numbers}
    lines = ["; Rendered from the staff directory.", "", "[kc-directory]"]
    for direct in plan.directs:
        if direct.address not in ours:
            lines += _direct(direct, settings.country_code)
    if settings.absence_line_number:
        line = spellings(settings.absence_line_number, settings.country_code)
        lines += [f"exten => {spelling},1,Goto(kc-absence-line,s,1)" for spelling in line]
    return "\n".join([*lines, "", "[kc-absence]", *_codes(settings.absence_code)]) + "\n"


def _direct(direct: Direct, country: str) -> Iterator[str]:
    target = f"{direct.address.removeprefix('+')}*{direct.extension}*{direct.point}"
    for spelling in spellings(direct.address, country):
        yield f"exten => {spelling},1,Goto(kc-direct,{target},1)"


def _codes(code: str) -> Iterator[str]:
    """As mobile networks have it: `*21*reason*time#` sets, `#21#` takes away, `*21` asks."""
    if not code:
        yield "; No code for absence."
        return
    digits = code.lstrip("*#")
    for dialled, what in ((code, ""), (f"_{code}*!", "${EXTEN}"), (f"#{digits}", "off"), (f"#{digits}#", "off")):
        yield f"exten => {dialled},1,Set(KC_CODE={what})"
        yield " same => n,Goto(kc-absence-line,s,1)"
