"""What a model in this process raised, as the typed error that the host acts upon."""

from __future__ import annotations

from fmplang.errors import BackendError, BackendTimeout, FmpError
from fmplang.runtime.requests import Request

TOLD = 500  # characters of an exception that are told


def failed(error: Exception, backend: str, request: Request, told: str = "", hint: str = "") -> FmpError:
    """The error with site and backend; one that is an FmpError already stays itself.

    A TimeoutError is a timeout (FMP701), a ConnectionError may pass when asked again, anything else is a failure of the
    backend (FMP700). `told` and `hint` take the place of what the exception says.
    """
    if isinstance(error, FmpError):
        if isinstance(error, BackendError):
            error.backend = error.backend or backend
            error.site = error.site or request.site.id
        return error
    site = request.site.id
    what = told or f"{type(error).__name__}: {str(error)[:TOLD]}"
    hint = hint or f"Look whether it works at all: fmplang pool test {backend}."
    if isinstance(error, TimeoutError):
        made: BackendError = BackendTimeout(f"the backend {backend} took too long at {site}: {what}", site=site,
                                            backend=backend, hint=hint)
    else:
        made = BackendError(f"the backend {backend} failed at {site}: {what}", site=site, backend=backend, hint=hint,
                            transient=isinstance(error, ConnectionError))
    made.__cause__ = error
    return made
