"""--profile and --all-profiles: a command for one account of ``ecore.toml``, or for each in turn.

In: what was asked for on the command line. Out: the `Profile` whose settings count, or a run of the command
for each one and the worst of their exit codes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import click
from click.core import iter_params_for_processing

from ..profiles import Profile, ProfileFile, load_profiles
from ..settings import Secret, Settings, load_destination, load_pii_key, load_settings
from .exit_codes import STOPPED, worst
from .messages import speaking_of, tell_failure, tell_outcome

_FOR_ONE = ("profile", "account", "jobs")
"""Options that make no sense for all profiles at once."""


@dataclass
class Asked:
    """What a command line says of profiles; the file is read when a setting is wanted, not before."""

    name: str | None = None
    config: str | None = None
    loaded: ProfileFile | None = None
    """The file where it was read already, for all profiles."""

    @property
    def file(self) -> ProfileFile:
        """The file of profiles."""
        return self.loaded or load_profiles(self.config)

    @cached_property
    def profile(self) -> Profile:
        """The one that was asked for."""
        if self.name is None:
            raise click.UsageError("--config goes with --profile or --all-profiles")
        return self.file.profile(self.name, is_alone=self.loaded is not None)


def profile_options(command: click.Command) -> None:
    """--profile and --config; eager, as other options take their values from there."""
    command.params += [
        click.Option(
            ["--profile"],
            metavar="NAME",
            help="Take settings from this section of ecore.toml.",
            callback=_note,
            is_eager=True,
            expose_value=False,
        ),
        click.Option(
            ["--config"],
            metavar="FILE",
            envvar="ECORE_CONFIG",
            show_envvar=True,
            help="The ecore.toml to take.  [default: ~/.config/ecore-export/ecore.toml, or that in "
            "/etc/ecore-export]",
            callback=_note,
            is_eager=True,
            expose_value=False,
        ),
    ]


def _note(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    is_typed = ctx.get_parameter_source(str(param.name)) is click.core.ParameterSource.COMMANDLINE
    if value is None or not is_typed:  # the variable alone asks for nothing; `load_profiles` reads it
        return
    if not isinstance(ctx.obj, Asked):
        ctx.obj = Asked()
    if param.name == "config":
        ctx.obj.config = value
    else:
        ctx.obj.name = value


def profile_of(ctx: click.Context) -> Profile | None:
    """The profile that a command was asked to take; None if none was."""
    return ctx.obj.profile if isinstance(ctx.obj, Asked) else None


def profile_name() -> str | None:
    """The name of the profile that the current command takes; None if it takes none."""
    profile = profile_of(click.get_current_context())
    return None if profile is None else profile.name


def is_one_of_several() -> bool:
    """Whether the current command runs for each profile in turn."""
    profile = profile_of(click.get_current_context())
    return profile is not None and profile.is_alone


def origin(variables: Sequence[str]) -> tuple[str | None, str]:
    """What counts for a setting that may stand in these variables, and where that comes from.

    The environment or a profile, that is: the command line and defaults are nobody's but the command's.
    """
    profile = profile_of(click.get_current_context())
    if profile is not None:
        for variable in variables:
            if (key := profile.key_of(variable)) is not None:
                return profile.values[key], f"{key} of the profile"
        if "ECORE_ACCOUNT" in variables:
            return profile.name, "the profile's name"
    for variable in variables:
        text = os.environ.get(variable, "") if profile is None else profile.get(variable) or ""
        if text.strip():
            return text.strip(), variable
    return None, "default"


def api_settings(*, workers: int | None = None) -> Settings:
    """How the current command reaches the API."""
    profile = profile_of(click.get_current_context())
    return load_settings(workers=workers) if profile is None else profile.settings(workers=workers)


def pii_key() -> Secret | None:
    """The key of the current command."""
    profile = profile_of(click.get_current_context())
    return load_pii_key() if profile is None else profile.pii_key()


def destination_of(ctx: click.Context) -> str | None:
    """The destination, where the command line names none."""
    profile = profile_of(ctx)
    return load_destination() if profile is None else profile.destination()


class EachProfile(click.Command):
    """A command that also takes --all-profiles: it then runs for each, as if each had been asked for."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.params.append(
            click.Option(
                ["--all-profiles"],
                is_flag=True,
                expose_value=False,
                help="For each section of ecore.toml in turn; the worst exit code counts.",
            )
        )

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As usual; of --all-profiles only what says how messages look, as the rest differs by profile."""
        typed, _, order = self.make_parser(ctx).parse_args(list(args))
        if not typed.get("all_profiles"):
            return super().parse_args(ctx, args)
        for parameter in iter_params_for_processing(order, self.get_params(ctx)):
            if parameter.is_eager:
                parameter.handle_parse_result(ctx, typed, [])
        for name in _FOR_ONE:
            if typed.get(name) is not None:
                raise click.UsageError(f"--{name} is of one account: leave it out, or --all-profiles", ctx)
        asked = ctx.obj if isinstance(ctx.obj, Asked) else Asked()
        rest = [word for word in args if word != "--all-profiles"]
        ctx.obj = _Every(asked.file, rest, as_json=bool(typed.get("as_json")))
        return []

    def invoke(self, ctx: click.Context) -> Any:
        """Run it once, or for each profile."""
        if isinstance(ctx.obj, _Every):
            return ctx.obj.run(self, ctx)
        return super().invoke(ctx)


@dataclass(frozen=True, slots=True)
class _Every:
    """All profiles of a file, and the command line without the word that asks for them."""

    file: ProfileFile
    words: list[str]
    as_json: bool

    def run(self, command: click.Command, ctx: click.Context) -> int:
        """The worst exit code. What keeps one profile does not keep the others; a signal ends them all."""
        codes = []
        for name in self.file.sections:
            with speaking_of(name):
                codes.append(self._run_one(command, ctx, name))
            if codes[-1] in STOPPED:
                return codes[-1]
        return worst(codes)

    def _run_one(self, command: click.Command, ctx: click.Context, name: str) -> int:
        asked = Asked(name, loaded=self.file)
        try:
            with command.make_context(ctx.info_name, list(self.words), ctx.parent, obj=asked) as own:
                return command.invoke(own) or 0
        except (BrokenPipeError, click.exceptions.Exit, click.Abort):
            raise  # the reader went away, or somebody wants an end of it all
        except Exception as error:  # noqa: BLE001 - the other accounts have nothing to do with it
            code = tell_failure(error)
            said = {"profile": name, "status": "failed", "exit_code": code}
            tell_outcome(json.dumps(said) if self.as_json else f"{name}: failed")
            return code
