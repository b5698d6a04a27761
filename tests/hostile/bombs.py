"""Programs that ask a builtin or an operator for too much, one per name, made from a table.

Each body runs once per turn of a loop over operands as large as the limits allow. A builtin that did its work
before it was charged would keep a run busy for minutes within a million steps.
"""

from __future__ import annotations

SETUP = """\
def main(image: Image) -> int:
    n = 0
    xs = list(range(100000))
    ys = list(range(100000))
    zeros = [0] * 100000
    ones = [1] * 100000
    floats = [0.5] * 100000
    words = ["w"] * 100000
    t = tuple(range(100000))
    s = "a" * 1000000
    r = "a" * 999999 + "b"
    d = {i: i for i in range(20000)}
    q = set(range(20000))
    p = {1: 1}
    keys = {t: 1}
    many = {t}
    for i in range(1000000):
        BODY
    return n
"""

# One statement for each builtin function and method whose work grows with its arguments.
BODIES: dict[str, str] = {
    "all": "n += 1 if all(ones) else 0",
    "any": "n += 1 if any(zeros) else 0",
    "dict": "n += len(dict(d)) + len(dict(zip(xs, ys)))",
    "enumerate": "n += len(list(enumerate(xs)))",
    "filter": "n += len(list(filter(None, zeros)))",
    "float": "n += 1 if float('1' * 1000000) > 0.0 else 0",
    "int": "n += int('1' * 1000000)",
    "list": "n += len(list(xs))",
    "map": "n += len(list(map(abs, xs)))",
    "max": "n += max(xs)",
    "min": "n += min(xs)",
    "next": "n += next(filter(None, zeros), 0)",
    "print": "print(xs, s)",
    "reversed": "n += len(list(reversed(xs)))",
    "round": "n += round(10 ** 70 + i, -(10 ** 12))",
    "set": "n += len(set(xs))",
    "sorted": "n += len(sorted(xs, reverse=True))",
    "str": "n += len(str(xs))",
    "sum": "n += sum(xs)",
    "tuple": "n += len(tuple(xs))",
    "zip": "n += len(list(zip(xs, ys)))",
    **{
        f"str.{name}": f"n += len(s.{name}())"
        for name in ("capitalize", "casefold", "lower", "swapcase", "title", "upper", "splitlines")
    },
    **{
        f"str.{name}": f"n += 1 if s.{name}() else 0"
        for name in ("isalnum", "isalpha", "isdecimal", "isdigit", "islower", "isnumeric", "isspace", "isupper")
    },
    **{f"str.{name}": f"n += s.{name}('b')" for name in ("count", "find", "rfind")},
    "str.index": "n += r.index('b')",
    "str.rindex": "n += r[::-1].rindex('b')",
    "str.endswith": "n += 1 if s.endswith(s) else 0",
    "str.startswith": "n += 1 if s.startswith((s, s, s)) else 0",
    **{f"str.{name}": f"n += len('a'.{name}(10 ** 9))" for name in ("center", "ljust", "rjust", "zfill")},
    **{f"str.{name}": f"n += len(s.{name}('ab'))" for name in ("lstrip", "rstrip", "strip")},
    **{f"str.{name}": f"n += len(s.{name}(s))" for name in ("removeprefix", "removesuffix")},
    **{f"str.{name}": f"n += len(s.{name}('b'))" for name in ("partition", "rpartition", "rsplit")},
    "str.split": "n += len(s.split('a'))",
    "str.format": "n += len('{0}{0}{0}'.format(s))",
    "str.join": "n += len(s.join(words))",
    "str.replace": "n += len(s.replace('a', s))",
    "list.append": "words.append(s + words[0])",
    "list.clear": "xs.clear()\n        xs.extend(ys)",
    "list.copy": "n += len(xs.copy())",
    "list.count": "n += xs.count(-1)",
    "list.extend": "xs.extend(ys)",
    "list.index": "n += xs.index(99999)",
    "list.insert": "xs.insert(0, xs.pop())",
    "list.pop": "xs.append(xs.pop(0))",
    "list.remove": "xs.remove(99999)\n        xs.append(99999)",
    "list.reverse": "xs.reverse()",
    "list.sort": "xs.sort(reverse=i % 2 == 0)",
    "dict.clear": "d.clear()\n        d.update({j: j for j in range(1000)})",
    "dict.copy": "n += len(d.copy())",
    "dict.get": "n += keys.get(t, 0)",
    "dict.items": "n += len(list(d.items()))",
    "dict.keys": "n += len(list(d.keys()))",
    "dict.pop": "n += keys.pop(t, 0)",
    "dict.setdefault": "n += keys.setdefault(t, 1)",
    "dict.update": "p.update(d)",
    "dict.values": "n += len(list(d.values()))",
    "set.add": "many.add(t)",
    "set.clear": "q.clear()\n        q.update(xs)",
    "set.copy": "n += len(q.copy())",
    "set.difference": "n += len(q.difference(xs))",
    "set.difference_update": "q.difference_update(range(-100000, 0))",
    "set.discard": "many.discard(t)",
    "set.intersection": "n += len(q.intersection(xs))",
    "set.intersection_update": "q.intersection_update(xs)",
    "set.isdisjoint": "n += 1 if q.isdisjoint(range(-100000, 0)) else 0",
    "set.issubset": "n += 1 if q.issubset(xs) else 0",
    "set.issuperset": "n += 1 if q.issuperset(q) else 0",
    "set.pop": "many.add(t)\n        n += len(many.pop())",
    "set.remove": "many.remove(t)\n        many.add(t)",
    "set.symmetric_difference": "n += len(q.symmetric_difference(xs))",
    "set.symmetric_difference_update": "q.symmetric_difference_update(xs)",
    "set.union": "n += len(q.union(xs, ys))",
    "set.update": "q.update(xs)",
    "tuple.count": "n += t.count(-1)",
    "tuple.index": "n += t.index(99999)",
    "Image.crop": "image = image.crop(0, 0, image.width, image.height)",
    "math.ceil": "n += math.ceil(1e308)",
    "math.floor": "n += math.floor(1e308)",
    "math.trunc": "n += math.trunc(-1e308)",
    "math.dist": "n += 1 if math.dist(floats, floats) > 0.0 else 0",
}

# Names whose work does not grow: a plain call costs a step like any other.
CONSTANT_WORK = {
    "abs", "bool", "distance", "len", "range", "Image.overlaps_with", "Video.frame_from_index", "Video.frame_iterator",
    "Video.trim", "Audio.trim",
    *(f"math.{name}" for name in (
        "acos", "asin", "atan", "atan2", "cos", "degrees", "exp", "fabs", "gcd", "hypot", "isclose", "isfinite",
        "isinf", "isnan", "log", "log10", "log2", "pow", "radians", "sin", "sqrt", "tan",
    )),
}

OPERATORS: dict[str, str] = {
    "list times": "n += len(xs * 1000000)",
    "list plus": "n += len(xs + ys)",
    "list plus tuple of lists": "n += len((xs, ys) * 10 ** 9)",
    "list equals": "n += 1 if xs == ys else 0",
    "list less": "n += 1 if xs < ys else 0",
    "list in list": "n += 1 if -1 in xs else 0",
    "list slice": "n += len(xs[:])",
    "list reversed slice": "n += len(xs[::-1])",
    "list augmented": "xs += ys",
    "tuple times": "n += len((1, 2) * 1000000000)",
    "str repeated in a tuple": "n += len((s, s) * 50 * 1000)",
    "tuple equals": "n += 1 if t == tuple(xs) else 0",
    "tuple plus": "n += len(t + t)",
    "tuple as key": "n += keys[t]",
    "tuple in set": "n += 1 if t in many else 0",
    "str times": "n += len(s * 1000000)",
    "str times negative": "n += len(s * -1) + len(s * 10 ** 30)",
    "str plus": "n += len(s[1:] + r)",
    "str equals": "n += 1 if s[1:] == r[:-1] else 0",
    "str less": "n += 1 if s < r else 0",
    "str in str": "n += 1 if 'b' in s else 0",
    "str in str quadratic": "n += 1 if 'a' * 400000 + 'b' in s else 0",
    "str slice": "n += len(s[1:])",
    "str as iterable": "n += sum(1 for c in s)",
    "f-string": "n += len(f'{s}{s}{s}')",
    "f-string repr": "n += len(f'{xs!r}')",
    "f-string width": "n += len(f'{n:>{10 ** 9}}')",
    "power": "n += 10 ** (10 ** (i + 10))",
    "power of two": "n += int(2 ** (i + 300))",
    "power of a negative": "n += int((0 - 10) ** 1000001)",
    "power below zero": "n += int(10.0 ** (-n - 10 ** 9))",
    "power float": "n += int(1e308 ** 2)",
    "product": "n += (n + 2) * (n + 2) * (n + 2)",
    "sum of powers": "n = n * n + 10 ** 30",
    "floor division": "n += 10 ** 70 // 3 // (i + 1) * 10 ** 20",
    "set or": "n += len(q | set(xs))",
    "set and": "n += len(q & q)",
    "set minus": "n += len(q - q)",
    "set xor": "n += len(q ^ q)",
    "set equals": "n += 1 if q == set(range(20000)) else 0",
    "set subset": "n += 1 if q <= q else 0",
    "dict equals": "n += 1 if d == dict(d) else 0",
    "dict or": "n += len(d | d)",
    "comprehension": "n += len([0 for a in xs for b in xs])",
    "dict comprehension": "n += len({a: b for a in xs for b in xs})",
    "nested display": "n += len([[xs, xs], [xs, xs]] * 100000)",
}


def program(body: str) -> str:
    return SETUP.replace("BODY", body)


PROGRAMS: dict[str, str] = {
    **{f"builtin {name}": program(body) for name, body in BODIES.items()},
    **{f"operator {name}": program(body) for name, body in OPERATORS.items()},
}
