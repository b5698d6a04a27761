"""A backend named beforehand, per call site or per capability."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from fmplang.errors import ConfigError, PolicyError
from fmplang.policy.base import Decision, PolicyCall, certain, learns_nothing
from fmplang.policy.cheapest import Cheapest
from fmplang.policy.strongest import Strongest


class Static:
    """`choices` maps a site id, a pattern of site ids ("main/*") or a capability to a backend's name.

    The most exact entry wins: the site's own id, then the patterns in the order given, then the capability.
    `otherwise` ("strongest" or "cheapest") decides where no entry fits. A backend that is named but cannot
    answer the call is a PolicyError (FMP752), never replaced in silence. Learns nothing.
    """

    name = "static"
    learn = learns_nothing

    def __init__(self, choices: Mapping[str, str], otherwise: str = "strongest") -> None:
        if otherwise not in ("strongest", "cheapest"):
            raise ConfigError(f'the static policy\'s `otherwise` is "strongest" or "cheapest", not {otherwise!r}',
                              code="FMP803")
        self.choices = dict(choices)
        self.otherwise = otherwise
        self._fallback = Cheapest() if otherwise == "cheapest" else Strongest()
        self._patterns = [(key, backend) for key, backend in self.choices.items() if any(c in key for c in "*?[")]

    @classmethod
    def parse(cls, text: str) -> Static:
        """From "detect=lbp,main/find=haar,otherwise=cheapest", as the command line spells it."""
        choices: dict[str, str] = {}
        otherwise = "strongest"
        for part in filter(None, (p.strip() for p in text.split(","))):
            key, sign, backend = (p.strip() for p in part.partition("="))
            if not (key and sign and backend):
                raise ConfigError(f"the static policy cannot read {part!r}", code="FMP803",
                                  hint="write static:CAPABILITY=BACKEND,SITE=BACKEND")
            if key == "otherwise":
                otherwise = backend
            else:
                choices[key] = backend
        return cls(choices, otherwise)

    def choose(self, call: PolicyCall) -> Decision:
        wanted = self._wanted(call.request.site.id, call.request.capability)
        if wanted is None:
            return self._fallback.choose(call)
        for index, arm in enumerate(call.arms):
            if arm.backend == wanted:
                return certain(call.arms, index)
        raise PolicyError(
            f"the static policy names the backend {wanted!r} for {call.request.site.id}, which cannot answer it",
            code="FMP752",
            hint=f"these can: {', '.join(arm.backend for arm in call.arms)}",
        )

    def _wanted(self, site: str, capability: str) -> str | None:
        exact = self.choices.get(site)
        if exact is not None:
            return exact
        for pattern, backend in self._patterns:
            if fnmatchcase(site, pattern):
                return backend
        return self.choices.get(capability)
