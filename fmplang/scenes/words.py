"""The words for what a scene holds. Tables only; the first word of each is the one that questions use most."""

from __future__ import annotations

from collections.abc import Mapping

Table = Mapping[str, tuple[str, ...]]

# Singular forms; `plural` makes the others.
KINDS: Table = {
    "circle": ("circle", "disc", "disk"), "square": ("square",), "triangle": ("triangle",), "star": ("star",),
    "hexagon": ("hexagon",), "cross": ("cross",), "heart": ("heart",), "ring": ("ring", "hoop"),
    "man": ("man", "guy", "gentleman", "fellow"), "woman": ("woman", "lady"),
    "dog": ("dog", "puppy", "hound"), "cat": ("cat", "kitten"), "horse": ("horse", "pony"), "bird": ("bird",),
    "car": ("car", "automobile", "sedan"), "truck": ("truck", "lorry", "pickup truck", "pickup"),
    "tree": ("tree",), "house": ("house", "building", "cottage"), "cup": ("cup", "mug", "coffee cup"),
    "box": ("box", "crate"), "umbrella": ("umbrella", "parasol"),
    "sign": ("sign", "street sign", "signboard"),
}
GROUPS: Table = {
    "shape": ("shape", "geometric shape", "figure"), "person": ("person", "human", "human being"),
    "animal": ("animal", "creature"), "vehicle": ("vehicle",), "": ("thing", "object", "item"),
}
# Nouns that stand without an article.
PRONOUNS: Mapping[str, str] = {
    "someone": "person", "somebody": "person", "anyone": "person", "anybody": "person", "something": "",
    "anything": "", "everything": "",
}
PLURALS: Mapping[str, str] = {
    "man": "men", "woman": "women", "gentleman": "gentlemen", "person": "people", "puppy": "puppies", "lady": "ladies",
    "lorry": "lorries", "pony": "ponies", "box": "boxes", "cross": "crosses",
}
COLOURS: Table = {
    "red": ("red",), "orange": ("orange",), "yellow": ("yellow",), "green": ("green",), "blue": ("blue",),
    "purple": ("purple", "violet"), "pink": ("pink",), "brown": ("brown",), "black": ("black",), "white": ("white",),
}
MATERIALS: Table = {
    "plain": ("plain", "unpatterned"), "striped": ("striped", "stripy", "stripey"),
    "dotted": ("dotted", "spotted", "polka dotted", "polka dot"), "shiny": ("shiny", "glossy", "metallic"),
}
# "with stripes"
PATTERNS: Mapping[str, str] = {"stripes": "striped", "dots": "dotted", "spots": "dotted", "polka dots": "dotted"}
SIZES: Table = {
    "small": ("small", "little", "tiny"), "medium": ("medium", "medium sized", "mid sized"),
    "large": ("large", "big", "huge"),
}
ATTRIBUTES: Table = {
    "colour": ("colour", "color"), "material": ("pattern", "material", "texture"), "size": ("size",),
    "kind": ("kind", "type", "sort"), "text": ("text", "word", "writing", "number"),
}
MOST: Table = {
    "leftmost": ("leftmost", "left most"), "rightmost": ("rightmost", "right most"),
    "topmost": ("topmost", "top most", "highest", "uppermost", "top"),
    "bottommost": ("bottommost", "bottom most", "lowest", "bottom"), "largest": ("largest", "biggest"),
    "smallest": ("smallest", "littlest", "tiniest"),
}
# "the dog on the left"
PLACES: Mapping[str, str] = {
    "on the left": "leftmost", "on the far left": "leftmost", "on the right": "rightmost",
    "on the far right": "rightmost", "at the top": "topmost", "at the bottom": "bottommost",
}
# What comes after "is" and before the second thing.
RELATIONS: Table = {
    "left of": ("to the left of", "left of", "on the left of", "on the left side of"),
    "right of": ("to the right of", "right of", "on the right of", "on the right side of"),
    "above": ("above", "over", "higher than"), "below": ("below", "under", "underneath", "beneath", "lower than"),
    "next to": ("next to", "beside", "near", "by", "close to", "adjacent to", "alongside"),
    "on": ("on", "on top of", "riding", "riding on", "atop"), "inside": ("inside", "in", "inside of", "within"),
    "holding": ("holding", "carrying"), "behind": ("behind",),
    "held by": ("held by", "carried by", "in the hand of", "in the hands of"),
    "bearing": ("ridden by",), "containing": ("containing",), "in front of": ("in front of",),
}
# Verbs as "does the man ... a cup" and "the man ... a cup" have them.
VERBS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "holding": (("hold", "holds"), ("carry", "carries"), ("have", "has")), "on": (("ride", "rides"),),
    "containing": (("contain", "contains"),),
}
# How a thing stands says nothing more about where.
POSTURES = ("standing", "sitting", "sat", "located", "placed", "positioned", "lying", "parked", "perched", "directly",
            "immediately", "right", "situated", "mounted")
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def plural(noun: str) -> str:
    """The plural of a singular noun from these tables; of several words, the last one's."""
    *before, last = noun.split()
    return " ".join([*before, PLURALS.get(last, last + "s")])
