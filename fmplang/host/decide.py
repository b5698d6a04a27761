"""From a request to a decision: who can answer, what it costs, what the policy says, and whether that can be."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from fmplang.backends.base import Backend
from fmplang.errors import BackendError, FmpError, PolicyError
from fmplang.policy.base import Arm, Decision, Policy, PolicyCall
from fmplang.runtime.requests import Request

_INFINITE = float("inf")
TOLERANCE = 1e-6  # by which propensities may miss a sum of 1


def prices_of(backends: Sequence[Backend], request: Request) -> tuple[float, ...]:
    """What the backends ask for this request. BackendError (FMP706) where one of them tells no price."""
    prices = []
    for backend in backends:
        try:
            price = backend.price(request)
        except FmpError:
            raise
        except Exception as error:
            raise BackendError(f"the backend {backend.name} could not price a call at {request.site.id}: "
                               f"{type(error).__name__}: {error}", code="FMP706", site=request.site.id,
                               backend=backend.name, hint="mend its `price`") from error
        if type(price) is not float or not 0 <= price < _INFINITE:
            price = _checked(price, backend, request)
        prices.append(price)
    return tuple(prices)


def _checked(price: object, backend: Backend, request: Request) -> float:
    if isinstance(price, bool) or not isinstance(price, (int, float)) or not 0 <= price < _INFINITE:
        raise BackendError(f"the backend {backend.name} asks a price of {price!r} at {request.site.id}", code="FMP706",
                           hint="a price is a finite number, zero or more", site=request.site.id, backend=backend.name)
    return float(price)


def decide(policy: Policy, call: PolicyCall) -> Decision:
    """The policy's decision, checked. PolicyError where it raises (FMP750) or cannot be (FMP751)."""
    try:
        decision = policy.choose(call)
    except FmpError:
        raise
    except Exception as error:
        raise PolicyError(f"the policy {policy_name(policy)} failed at {call.request.site.id}: "
                          f"{type(error).__name__}: {error}", code="FMP750",
                          hint="take another policy, or mend this one") from error
    wrong = "" if _plainly_right(decision, len(call.arms)) else _wrong(decision, call.arms)
    if wrong:
        raise PolicyError(f"the policy {policy_name(policy)} decided what cannot be at {call.request.site.id}: {wrong}",
                          code="FMP751", hint="take another policy, or mend this one")
    return decision


def policy_name(policy: Policy) -> str:
    name = getattr(policy, "name", None)
    return name if isinstance(name, str) and name else type(policy).__name__


def _plainly_right(decision: Decision, count: int) -> bool:
    """Whether a decision is right at a glance, as nearly all are. A nan fails every comparison."""
    if type(decision) is not Decision or decision.shadows or decision.escalate:
        return False
    arm, chances = decision.arm, decision.propensities
    if type(arm) is not int or type(chances) is not tuple or len(chances) != count or not 0 <= arm < count:
        return False
    total = 0.0
    for chance in chances:
        if type(chance) is not float or not chance >= 0.0:
            return False
        total += chance
    return -TOLERANCE <= total - 1.0 <= TOLERANCE and chances[arm] > 0.0


def _wrong(decision: Decision, arms: Sequence[Arm]) -> str:
    """What is wrong with a decision, or ""."""
    if not isinstance(decision, Decision):
        return f"{decision!r:.80} is not a Decision"
    arm, chances = decision.arm, decision.propensities
    if isinstance(arm, bool) or not hasattr(arm, "__index__") or not 0 <= arm < len(arms):
        return f"arm {arm!r:.40} of {len(arms)}"
    if not isinstance(chances, tuple) or len(chances) != len(arms):
        return f"{len(arms)} arms need a tuple of {len(arms)} propensities, not {chances!r:.80}"
    total = 0.0
    for chance in chances:
        if not isinstance(chance, (int, float)) or not isfinite(chance) or not 0 <= chance <= 1 + TOLERANCE:
            return f"a propensity of {chance!r:.40}"
        total += chance
    if abs(total - 1) > TOLERANCE:
        return f"propensities that sum to {total:g}"
    if chances[arm] <= 0:
        return f"arm {arm} was chosen with propensity 0"
    for shadow in decision.shadows:
        if isinstance(shadow, bool) or not hasattr(shadow, "__index__") or not 0 <= shadow < len(arms) or shadow == arm:
            return f"a shadow {shadow!r:.40} beside arm {arm} of {len(arms)}"
    if len(set(decision.shadows)) < len(decision.shadows):
        return "the same shadow twice"
    return _wrong_chain(decision, len(arms))


def _wrong_chain(decision: Decision, count: int) -> str:
    """What is wrong with a decision's cascade, or ""."""
    chain = decision.escalate
    if not isinstance(chain, tuple) or not all(isinstance(link, tuple) and len(link) == 2 for link in chain):
        return f"a cascade is a tuple of pairs of an arm and a bound, not {chain!r:.80}"
    seen = {decision.arm, *decision.shadows}
    for arm, bound in chain:
        if isinstance(arm, bool) or not hasattr(arm, "__index__") or not 0 <= arm < count:
            return f"a cascade to arm {arm!r:.40} of {count}"
        if arm in seen:
            return f"arm {arm} twice: in its cascade and before"
        if isinstance(bound, bool) or not isinstance(bound, (int, float)) or bound != bound:
            return f"a bound of {bound!r:.40} for the confidence"
        seen.add(arm)
    return ""
