"""Models from transformers, in this process."""

from __future__ import annotations

from fmplang.backends.base import Backend


def transformers_backend(kind: str, name: str, **settings: object) -> Backend:
    """The backend of a kind. Raises BadSetting."""
    raise NotImplementedError(kind)
