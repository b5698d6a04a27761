"""A pool for the command line's tests: two backends a capability, told what to say by the request's own text."""

from __future__ import annotations

from typing import Any

from fmplang.backends.scripted import ScriptedBackend


def backends() -> tuple[ScriptedBackend, ...]:
    def small(request: Any) -> Any:
        text = str(request.args.get("text", ""))
        if "small fails" in text:
            raise ConnectionError("reset")
        return 0 if "more" in text else answer(request)

    def answer(request: Any) -> Any:
        text = str(request.args.get("text", ""))
        if "fail" in text.replace("small fails", ""):
            raise ConnectionError("the line is dead")
        if "interrupt" in text:
            raise KeyboardInterrupt
        if "nonsense" in text:
            return "perhaps"
        if "evil" in text:
            return "\x1b[31mred\x07\n\u202e"
        return {"bool": True, "int": len(text)}.get(str(request.returns), f"about {text}")

    return (
        ScriptedBackend("vqa", small, name="small", cost=1.0), ScriptedBackend("vqa", answer, name="big", cost=4.0),
        ScriptedBackend("llm", answer, name="talker", cost=2.0, confidence=0.5),
    )
