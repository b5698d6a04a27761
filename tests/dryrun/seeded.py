"""Small programs with one bug each: the failing line carries its code, and the head says how plain the plainest way
there is at most (the weight of inputs and answers, then the number of calls)."""

from __future__ import annotations

HEAD = '''
@neural("llm")
def num(x: str) -> int:
    "A number for {x}."


@neural("llm")
def share(x: str) -> float:
    "A share for {x}."


@neural("llm")
def say(x: str) -> str:
    "Say {x}."


@neural("vqa")
def ask(x: str) -> bool:
    "Is it {x}?"


@neural("llm")
def nums(x: str) -> list[int]:
    "Numbers for {x}."


@neural("llm")
def table(x: str) -> dict[str, int]:
    "Numbers by name for {x}."


@neural("classify")
def mood(x: str) -> Literal["calm", "angry", "sad"]:
    "The mood of {x}."


@neural("llm")
def maybe(x: str) -> str | None:
    "Perhaps something about {x}."


class Order:
    item: str
    count: int
    price: float


@neural("llm")
def order(x: str) -> Order:
    "The order in {x}."


@neural("llm")
def words(x: str) -> set[str]:
    "The words of {x}."


'''

SEEDED: dict[str, tuple[str, float, int]] = {
    "an index past the end of what was found": ('''
def main(image: Image) -> str:
    return image.find("dog")[0].simple_query()  # FMP501
''', 0, 1),
    "one more than was asked for": ('''
def main() -> int:
    found = nums("a")
    if len(found) > 1:
        return found[2]  # FMP501
    return 0
''', 2, 1),
    "the second of one": ('''
def main(image: Image) -> float:
    dogs = image.find("dog")
    if not dogs:
        return 0.0
    return distance(dogs[0], dogs[1])  # FMP501
''', 1, 1),
    "division by a count": ('''
def main(image: Image) -> float:
    dogs = image.find("dog")
    brown = [dog for dog in dogs if dog.verify_property("dog", "brown")]  # FMP612
    return len(dogs) / len(brown)  # FMP503
''', 70, 65),
    "a remainder": ('''
def main() -> int:
    return 10 % num("a")  # FMP503
''', 0, 1),
    "a division behind two tests": ('''
def main() -> float:
    n = num("a")
    if n > 40 and ask("b"):
        return 1 / (n - 42)  # FMP503
    return 0.0
''', 20, 2),
    "a text that is no number": ('''
def main() -> int:
    return int(say("a"))  # FMP504
''', 0, 1),
    "a text that is a number in words": ('''
def main() -> float:
    text = say("a")
    if not text.isdigit():
        return 0.0
    return float(text)  # FMP504
''', 2, 1),
    "a text that has to be the right one first": ('''
def main() -> int:
    if say("a") == "red" and mood("b") == "sad":
        return int(say("c"))  # FMP504
    return 0
''', 8.5, 3),
    "a part that is not there": ('''
def main() -> str:
    line = say("a")
    if line.startswith("total"):
        return line.split(":")[1]  # FMP501
    return ""
''', 9, 1),
    "a date": ('''
def main() -> int:
    hour, minute = say("a").split(":")  # FMP504
    return int(hour) * 60 + int(minute)  # FMP504
''', 10, 1),
    "a key": ('''
PRICES = {"tea": 2, "milk": 1}

def main() -> int:
    return PRICES[say("a")]  # FMP502
''', 0, 1),
    "a key that models leave out": ('''
def main() -> int:
    return table("a")["total"]  # FMP502
''', 0, 1),
    "a mood that nobody thought of": ('''
REPLY = {"calm": "hello", "angry": "sorry"}

def main() -> str:
    return REPLY[mood("a")]  # FMP502
''', 4, 1),
    "the largest of nothing": ('''
def main() -> int:
    return max(nums("a"))  # FMP504
''', 0, 1),
    "the largest of nothing, in a lambda": ('''
def main() -> str:
    options = [word for word in sorted(words("a")) if word != "no"]
    return max(options, key=lambda option: num(option))  # FMP504
''', 0, 1),
    "taken out of what is not in": ('''
def main() -> list[int]:
    found = nums("a")
    found.remove(3)  # FMP504
    return found
''', 0, 1),
    "an assertion": ('''
def main() -> float:
    part = share("a")
    assert 0 <= part <= 1  # FMP505
    return part
''', 3, 1),
    "an assertion about a sum": ('''
def main() -> int:
    got = order("a")
    assert got.count >= 0  # FMP505
    return got.count
''', 4.25, 1),
    "the field of a record": ('''
def main() -> float:
    got = order("a")
    return got.price / got.count  # FMP503
''', 3, 1),
    "a crop with nothing in it": ('''
def main(image: Image) -> str:
    inner = image.crop(10, 10, image.width - 10, image.height - 10)  # FMP504
    return inner.simple_query()
''', 6, 0),
    "a frame that is not there": ('''
def main(video: Video) -> str:
    return video.frame_from_index(5).simple_query()  # FMP501
''', 1, 0),
    "sound that is too short": ('''
def main(audio: Audio) -> str:
    return audio.trim(2.0, 4.0).transcribe()  # FMP504
''', 1, 0),
    "too many questions": ('''
def main(image: Image) -> list[str]:
    return [dog.simple_query() for dog in image.find("dog")]  # FMP612
''', 70, 70),
    "a text that grows": ('''
def main(n: int) -> int:
    text = "abc"
    for _ in range(min(n, 30)):
        text = text + text  # FMP609
    return len(text)
''', 20, 0),
    "a number that grows": ('''
def main(n: int) -> int:
    made = 2
    for _ in range(min(n, 20)):
        made = made * made  # FMP611
    return made
''', 9, 0),
    "too many steps": ('''
def main(n: int) -> int:
    made = 0
    for i in range(n):
        for j in range(n):  # FMP604
            made += 1
    return made
''', 2_000, 0),
    "a float that is too large": ('''
def main() -> int:
    return int(math.exp(num("a")))  # FMP506 FMP611
''', 13, 1),
    "a dict that changes while it is walked through": ('''
def main() -> int:
    found = table("a")
    for name in found:  # FMP508
        if name != "total":
            found[name + "!"] = 1
    return len(found)
''', 4, 1),
    "the third answer of a loop": ('''
def main() -> float:
    made = 1.0
    for name in ["a", "b", "c"]:
        n = num(name)
        if name == "c":
            made = made / n  # FMP503
    return made
''', 0, 3),
    "behind None": ('''
def main() -> str:
    name = maybe("a")
    if name is not None:
        return name.split()[0]  # FMP501
    return ""
''', 1, 1),
    "behind three doors": ('''
def main() -> int:
    if say("a") != "green":
        return 0
    if num("b") != 77:
        return 1
    if len(nums("c")) != 5:
        return 2
    return int(say("d"))  # FMP504
''', 28, 4),
    "in a function of one's own": ('''
def middle(xs: list[int]) -> int:
    return sorted(xs)[len(xs) // 2]  # FMP501

def main(xs: list[int]) -> int:
    return middle([x for x in xs if x > 7])
''', 0, 0),
}

SOUND: dict[str, str] = {
    "guarded": '''
def main(image: Image) -> str:
    dogs = image.find("dog")
    if len(dogs) == 0:
        return "none"
    return dogs[0].simple_query()
''',
    "a sum with a floor": '''
def main() -> float:
    found = nums("a")
    return sum(found) / max(1, len(found))
''',
    "a number that is looked at first": '''
def main() -> int:
    text = say("a").strip()
    if text.isdecimal() and len(text) < 10:
        return int(text)
    return -1
''',
    "every mood": '''
REPLY = {"calm": "hello", "angry": "sorry", "sad": "oh"}

def main() -> str:
    return REPLY[mood("a")]
''',
    "a default": '''
def main() -> int:
    return table("a").get("total", 0) + max(nums("b"), default=0)
''',
    "five dogs at most": '''
def main(image: Image) -> list[str]:
    return [dog.simple_query() for dog in image.find("dog")[:5]]
''',
    "a record": '''
def main() -> float:
    got = order("a")
    if got.count <= 0 or not (0 <= got.price < 1e6):
        return 0.0
    return got.price * got.count / got.count
''',
}
