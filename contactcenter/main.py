"""The command `contactcenter`."""

import asyncio
import json
import logging
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
import uvloop

from contactcenter.errors import ContactCenterError, Misconfigured

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
rebuild = typer.Typer(no_args_is_help=True, help="Make anew what is derived: search words, statistics.")
user = typer.Typer(no_args_is_help=True, help="People who sign in.")
configuration = typer.Typer(no_args_is_help=True, help="The municipality's configuration as one YAML file.")
directory = typer.Typer(no_args_is_help=True, help="The staff directory.")
key = typer.Typer(no_args_is_help=True, help="Keys for other systems that use the API.")
app.add_typer(rebuild, name="rebuild")
app.add_typer(user, name="user")
app.add_typer(configuration, name="configuration")
app.add_typer(key, name="key")
app.add_typer(directory, name="directory")
mail = typer.Typer(no_args_is_help=True, help="E-mail.")
app.add_typer(mail, name="mail")


@app.command()
def serve() -> None:
    """Run the contact centre until it is told to stop."""
    from contactcenter import serving

    settings = _settings()
    with _said():
        uvloop.run(serving.serve(settings))


@app.command()
def exchange(
    render: Annotated[
        bool, typer.Option("--render", help="Only write its files, for an Asterisk of your own.")
    ] = False,
) -> None:
    """Run the telephone exchange alone; the contact centre then uses it as CC_PHONE__EXCHANGE=external."""
    from channels.phone import standalone

    settings = _settings()
    with _said():
        if render:
            typer.echo(f"Written to {asyncio.run(standalone.render(settings))}")
            return
        asyncio.run(standalone.run(settings))


@app.command()
def demo(
    trickle: Annotated[float, typer.Option(help="Seconds between two contacts after the first ones.")] = 25.0,
    quiet: Annotated[bool, typer.Option(help="No simulated citizens.")] = False,
    case_system_port: Annotated[int, typer.Option(help="Where the case system on the other side listens.")] = 8090,
) -> None:
    """Run an invented municipality with simulated citizens who phone, mail and write."""
    from contactcenter.demo import municipality

    settings = _settings(**municipality.defaults())
    with _said():
        uvloop.run(municipality.run(settings, trickle=trickle, quiet=quiet, case_system_port=case_system_port))


@app.command()
def check(
    number: Annotated[str, typer.Argument(help="With --call: called through the operator; press a key there.")] = "",
    call: Annotated[bool, typer.Option("--call", help="Place a real test call instead, step by step.")] = False,
) -> None:
    """Say of each part whether it is well, or why not. Ends with 1 when something is wrong."""
    from channels.phone import testcall
    from contactcenter import checking

    settings = _settings()
    findings = asyncio.run(testcall.run(settings, number) if call else checking.check(settings))
    for finding in findings:
        mark = "ok   " if finding.ok else "WRONG"
        typer.echo(f"{mark}  {finding.name:<14} {finding.hint}")
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)


@app.command()
def migrate() -> None:
    """Bring the database's schema up to date."""
    from contactcenter import migrate as migrations

    with _said(), _store() as store:
        migrations.upgrade(store.engine)
        typer.echo(f"The database is at revision {migrations.newest()}.")


@user.command("add")
def user_add(
    login: str,
    name: Annotated[str | None, typer.Option(help="As colleagues see it.")] = None,
    organisation: Annotated[str | None, typer.Option(help="Key of the organisation, e.g. solvik.")] = None,
    role: Annotated[str | None, typer.Option(help="agent, supervisor or administrator")] = None,
    extension: Annotated[str | None, typer.Option(help="Number of the telephone.")] = None,
    password: Annotated[str, typer.Option(help="Empty: made and printed.", envvar="CONTACTCENTER_PASSWORD")] = "",
) -> None:
    """Add somebody who signs in, or change what is given of somebody known; a password is set either way."""
    from contactcenter import accounts, clock

    options = {"name": name, "organisation": organisation, "role": role, "extension": extension}
    given = {option: value for option, value in options.items() if value is not None}
    secret = password or secrets.token_urlsafe(12)
    with _said(), _store() as store:
        store.sync_run(accounts.add_user, login, given, secret, clock.utc_now())
    typer.echo(f"{login} may sign in." + ("" if password else f" Password: {secret}"))


@user.command("password")
def user_password(
    login: str,
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, envvar="CONTACTCENTER_PASSWORD")],
) -> None:
    """Set a password; the user's open sessions end."""
    from contactcenter import accounts

    with _said(), _store() as store:
        store.sync_run(accounts.set_password, login, password)
    typer.echo("Done.")


@key.command("add")
def key_add(
    name: str,
    organisation: Annotated[str, typer.Option(help="Key of the organisation that it may see.")],
    scope: Annotated[list[str], typer.Option(help="E.g. cases:read; may be given several times.")],
) -> None:
    """Make a key for the API and print it, this once."""
    from contactcenter import accounts, clock

    with _said(), _store() as store:
        typer.echo(store.sync_run(accounts.add_key, name, organisation, scope, clock.utc_now()))


@configuration.command("show")
def configuration_show() -> None:
    """Print the configuration as YAML."""
    from contactcenter import configuration as document

    with _said(), _store() as store:
        typer.echo(_yaml(store.sync_read(document.export).model_dump(mode="json")), nl=False)


@configuration.command("apply")
def configuration_apply(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    dry_run: Annotated[bool, typer.Option(help="Only print what would change.")] = False,
) -> None:
    """Write a YAML file's configuration to the database, all or nothing."""
    from contactcenter import clock
    from contactcenter import configuration as document

    with _said(), _store() as store:
        wanted = document.parse(_read_yaml(file))
        if dry_run:
            changes = store.sync_read(document.plan, wanted)
        else:
            changes = store.sync_run(document.apply, wanted, clock.utc_now())
    for change in changes:
        typer.echo(f"{change.action:<7} {change.kind:<13} {change.name}")
        for field, values in change.fields.items():
            now, then = (json.dumps(value, ensure_ascii=False) for value in values)
            typer.echo(f"          {field}: {now} -> {then}")
    typer.echo(f"{len(changes)} changes{' would be made' if dry_run else ''}.")


@directory.command("import")
def directory_import(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV file.")],
    dry_run: Annotated[bool, typer.Option(help="Only print what would change.")] = False,
    force: Annotated[bool, typer.Option(help="Also when many people have disappeared.")] = False,
    column: Annotated[list[str] | None, typer.Option(help="FIELD=HEADING where it is not a usual one.")] = None,
) -> None:
    """Bring the staff directory up to date with a CSV file. Ends with 1 when a row has an error."""
    from contactcenter.directory import commands

    settings = _settings()
    with _said(), _store() as store:
        faults = commands.import_file(store, settings, file, column or [], typer.echo, dry_run=dry_run, force=force)
    raise typer.Exit(1 if faults else 0)


@directory.command("ldap")
def directory_ldap(dry_run: Annotated[bool, typer.Option(help="Only print what would change.")] = False) -> None:
    """Read the directory server (CC_DIRECTORY__LDAP_URL) once, now."""
    from contactcenter.directory import commands

    settings = _settings()
    with _said(), _store() as store:
        commands.import_ldap(store, settings, typer.echo, dry_run=dry_run)


@mail.command("read")
def mail_read(files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Print how mails (.eml files) are read, a line of JSON for each. Nothing is stored."""
    from channels.email import view

    with _said():
        for line in view.show(files):
            typer.echo(line)


@mail.command("dkim-key")
def mail_dkim_key(
    domain: Annotated[str, typer.Argument(help="The domain in From.")],
    selector: Annotated[str, typer.Option(help="Name of the key in the DNS.")] = "kc",
    kind: Annotated[Literal["rsa", "ed25519"], typer.Option(help="RSA is understood everywhere.")] = "rsa",
    file: Annotated[Path | None, typer.Option(help="Where the key goes: a new file, or a folder.")] = None,
) -> None:
    """Make a key to sign a domain's mail with (DKIM), and print the DNS record and the settings that go with it."""
    from channels.email.trust import key_command

    with _said():
        typer.echo(key_command.made(domain, selector, kind, file or _settings().data_dir))


@mail.command("import")
def mail_import(
    path: Annotated[Path, typer.Argument(exists=True, help="An mbox or .eml file, a Maildir, or a folder of them.")],
    into: Annotated[str, typer.Option(help="The mailbox (address point) that they came to.")],
    leave_open: Annotated[bool, typer.Option("--open", help="As cases that wait; else they are closed.")] = False,
) -> None:
    """Bring in old mail, with its own dates and without notices. May be run again: what is here stays as it is."""
    from channels.email import importing_command

    settings = _settings()
    with _said(), _store() as store:
        importing_command.run(store, settings, path, into, typer.echo, leave_open=leave_open)


@rebuild.command("search")
def rebuild_search() -> None:
    """Index every case's words anew, as after a change of how words are made."""
    from contactcenter import search

    with _said(), _store() as store:
        count = store.sync_run(search.rebuild)
    typer.echo(f"{count} cases indexed.")


@rebuild.command("statistics")
def rebuild_statistics() -> None:
    """Count the whole journal anew."""
    from contactcenter import stats

    with _said(), _store() as store:
        count = store.sync_run(stats.rebuild)
    typer.echo(f"{count} events counted.")


@app.command()
def simulate(
    calls: Annotated[int, typer.Option(min=0, max=1000)] = 5,
    mails: Annotated[int, typer.Option(min=0, max=10_000)] = 5,
    letters: Annotated[int, typer.Option(min=0, max=1000)] = 2,
    over: Annotated[float, typer.Option(help="Seconds over which they are spread.", min=0, max=86_400)] = 60.0,
) -> None:
    """Let simulated citizens phone, mail and write to a running contact centre, through its front doors."""
    from contactcenter.demo import citizens

    settings = _settings()
    with _said():
        asyncio.run(citizens.simulate(settings, calls=calls, mails=mails, letters=letters, over=over))


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where to; made when missing.")],
    number: Annotated[list[str] | None, typer.Option("--case", help="Case number; may be given several times.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Cases opened since this day.")] = None,
) -> None:
    """Write cases with everything in them as ZIP files: JSON, PDF and the originals."""
    from contactcenter import export as exporting

    settings = _settings()
    with _said(), _store() as store:
        count = exporting.export_all(store, settings, folder, numbers=number or [], since=since)
    typer.echo(f"{count} cases written.")


@app.command("separator-sheets")
def separator_sheets(
    file: Annotated[Path, typer.Argument(help="The PDF to write.")],
    per: Annotated[str, typer.Option(help="unit or topic")] = "unit",
) -> None:
    """Write a PDF of separator sheets for the scanner, one for each unit or topic."""
    from contactcenter.demo import sheets

    with _said(), _store() as store:
        count = sheets.write(store, file, per)
    typer.echo(f"{count} sheets written to {file.name}.")


def _settings(**defaults: Any) -> Any:
    from contactcenter import settings

    with _said():
        read = settings.read(**defaults)
        _check_groups(read)
    line = "%(asctime)s %(levelname)s %(name)s %(message)s"
    logging.basicConfig(level=read.log_level, format=line, stream=sys.stderr)
    for talkative in ("alembic", "httpx2", "httpcore2"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    return read


def _check_groups(read: Any) -> None:
    """Every group is validated before anything starts, so that one wrong setting is said at once."""
    from contactcenter import registry

    for name, model in registry.setting_groups().items():
        read.group(name, model)


@contextmanager
def _store() -> Iterator[Any]:
    from contactcenter import serving
    from contactcenter.store import Store

    settings = _settings()
    with _said():
        serving.prepare_folder(settings)
    store = Store(settings.url())
    try:
        if store.kind == "sqlite":
            serving.bring_up_to_date(store)
        yield store
    finally:
        store.close()


@contextmanager
def _said() -> Iterator[None]:
    """Our own failures end the command with one clear line; anything else is a defect and shows itself."""
    try:
        yield
    except ContactCenterError as error:
        typer.echo(f"contactcenter: {error.text}", err=True)
        raise typer.Exit(2 if isinstance(error, Misconfigured) else 1) from error
    except OSError as error:
        typer.echo(f"contactcenter: {error.filename or 'file'}: {error.strerror}", err=True)
        raise typer.Exit(1) from error


def _yaml(value: Any) -> str:
    import yaml

    return str(yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=120))


def _read_yaml(file: Path) -> Any:
    import yaml

    try:
        return yaml.safe_load(file.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Misconfigured("configuration", f"{file.name} is not YAML: {error}") from error


if __name__ == "__main__":
    app()
