"""The questions of `openform`, and what is right.

What is right is said in questions that `scenes.read` understands, so it is exact: mostly the question itself; `needs`
are what must be so for it to have an answer, and `rule` computes the answer where it takes more, as facts about the
world do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fmplang.bench.streams.items import program_text, sure
from fmplang.bench.streams.staging import understood
from fmplang.scenes.forms import NOTHING
from fmplang.scenes.graph import COLOURS, WORDS, Scene
from fmplang.scenes.truth import Seen, Value, answer

STREAM = "openform"
KINDS = ("spatial", "logical", "numerical", "comparison", "knowledge")

Ask = Callable[[str], Any]  # a question in English, to its answer


@dataclass(frozen=True)
class OpenQuery:
    """`staged` describe pictures that answer the question, `near` some that nearly do."""

    name: str
    kind: str
    text: str
    staged: tuple[str, ...]
    near: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    rule: Callable[[Ask], Value] | None = None

    def answer(self, seen: Seen) -> str:
        """The answer over a scene, or what is believed of one."""
        def ask(text: str) -> Value:
            return answer(seen, understood(text)).value

        if not all(ask(need) for need in self.needs):
            return NOTHING
        value = self.rule(ask) if self.rule else ask(self.text)
        return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)

    @property
    def program(self) -> str:
        """The text of its FMP program."""
        return program_text(STREAM, self.name)

    def label(self, scene: Scene) -> str | None:
        """The right answer; None where it hangs on a hair."""
        truth = sure(scene, self.answer)
        return None if truth is None else str(truth)


# ------------------------------------------------------------ facts about the world

LEGS: Mapping[str, int] = {"dog": 4, "cat": 4, "horse": 4, "bird": 2}
WHEELS: Mapping[str, int] = {"car": 4, "truck": 6}
SOUNDS: Mapping[str, str] = {"dog": "bark", "cat": "meow", "horse": "neigh", "bird": "song"}
SIDES: Mapping[str, int] = {"triangle": 3, "square": 4, "hexagon": 6, "star": 10, "cross": 12}
FOUND: Mapping[str, str] = {"CAFE": "coffee", "BANK": "money", "ZOO": "animals", "GYM": "sport", "INN": "beds",
                            "SPA": "baths"}
MIXED: Mapping[frozenset[str], str] = {
    frozenset(("red", "yellow")): "orange", frozenset(("blue", "yellow")): "green",
    frozenset(("red", "blue")): "purple", frozenset(("red", "white")): "pink",
}
NUMBERS = tuple(word for word in WORDS if word.isdigit())


def _total(each: Mapping[str, int]) -> Callable[[Ask], Value]:
    def total(ask: Ask) -> Value:
        return sum(many * int(ask(f"How many {kind}s are there?")) for kind, many in each.items()) or NOTHING
    return total


def _more_dogs(ask: Ask) -> Value:
    more = int(ask("How many dogs are there?")) - int(ask("How many cats are there?"))
    return more if more > 0 else NOTHING


def _numbers(ask: Ask) -> Value:
    return sum(int(word) * int(ask(f"How many signs say {word}?")) for word in NUMBERS) or NOTHING


def _dog_or_cat(ask: Ask) -> Value:
    dog, cat = ask("a dog"), ask("a cat")
    return "both" if dog and cat else "dog" if dog else "cat" if cat else NOTHING


def _people_or_animals(ask: Ask) -> Value:
    if not ask("a person or an animal"):
        return NOTHING
    if ask("Are there more people than animals?"):
        return "people"
    return "animals" if ask("Are there more animals than people?") else "neither"


def _lower(ask: Ask) -> Value:
    return "house" if ask("a house below a tree") else "tree" if ask("a tree below a house") else NOTHING


def _even(ask: Ask) -> Value:
    text = ask("What does the sign say?")
    return int(text) % 2 == 0 if text in NUMBERS else NOTHING


def _mixed(ask: Ask) -> Value:
    colours = ask("What colour is the circle?"), ask("What colour is the square?")
    return MIXED.get(frozenset(colours), NOTHING)


SPATIAL = (
    OpenQuery("animal_left_of_tree", "spatial", "What kind of animal is to the left of the tree?",
              ("a dog to the left of a tree", "a cat to the left of a tree", "an animal to the left of a tree"),
              ("an animal to the right of a tree", "an animal to the left of a triangle")),
    OpenQuery("on_box", "spatial", "What is on the box?",
              ("a cup on a box", "a dog on a box", "a star on a box", "a cat on a box", "a heart on a box"),
              ("a cup next to a box", "a dog on a square", "a box")),
    OpenQuery("in_house", "spatial", "What is inside the house?",
              ("a dog inside a house", "a cat inside a house", "a bird inside a house", "a cup inside a house"),
              ("a dog next to a house", "a cat inside a box", "a house")),
    OpenQuery("man_holds", "spatial", "What is the man holding?",
              ("a man holding a cup", "a man holding an umbrella", "a man holding a star", "a man holding a sign"),
              ("a woman holding a cup and a man", "a man next to a cup", "a man")),
    OpenQuery("bird_above_house", "spatial", "What colour is the bird above the house?", ("a bird above a house",),
              ("a bird below a house", "an umbrella above a house", "a bird above a sign")),
    OpenQuery("sign_by_car", "spatial", "What colour is the sign next to the car?", ("a sign next to a car",),
              ("a sign and a car", "a sign next to a truck", "a house next to a car")),
    OpenQuery("leftmost_shape", "spatial", "What is the leftmost shape?", ("two shapes", "a shape", "three shapes"),
              ("a tree and a box", "a man and a cup", "a box and a house")),
    OpenQuery("topmost_vehicle", "spatial", "What colour is the topmost vehicle?", ("two vehicles", "a vehicle"),
              ("a box and a house", "a horse", "a man on a horse")),
    OpenQuery("sign_above_car", "spatial", "What does the sign above the car say?", ("a sign above a car",),
              ("a sign below a car", "a house above a car", "a sign above a truck")),
    OpenQuery("rider_colour", "spatial", "What colour is the person on the horse?", ("a person on a horse",),
              ("a person next to a horse", "a dog on a horse", "a person on a box and a horse")),
)

LOGICAL = (
    OpenQuery("brown_or_black", "logical", "Is the dog brown or black?",
              ("a brown dog", "a black dog", "a red dog", "a white dog"), ("a brown cat", "a black horse"), ("a dog",)),
    OpenQuery("brown_animals", "logical", "Are the animals brown?",
              ("two brown animals", "a brown animal", "a brown animal and a black animal"),
              ("a brown box", "a brown man and a tree"), ("an animal",)),
    OpenQuery("red_cup_off_box", "logical", "Is the cup red and not on a box?",
              ("a red cup", "a red cup on a box", "a blue cup", "a red cup and a box"),
              ("a red heart", "a red heart on a box"), ("a cup",)),
    OpenQuery("no_blue_star", "logical", "Is no star blue?",
              ("a star", "a blue star", "a red star and a blue star"), ("a blue cross", "a blue heart"), ("a star",)),
    OpenQuery("cup_or_umbrella", "logical", "Does the man hold a cup or an umbrella?",
              ("a man holding a cup", "a man holding an umbrella", "a man holding a star", "a man and a cup"),
              ("a woman holding a cup", "a woman holding an umbrella"), ("a man",),
              lambda ask: ask("the man is holding a cup") or ask("the man is holding an umbrella")),
    OpenQuery("only_vehicle", "logical", "Is the only vehicle a truck?", ("a truck", "a car"),
              ("a car and a truck", "two trucks", "a house"), ("exactly one vehicle",), lambda ask: ask("a truck")),
    OpenQuery("dog_or_cat", "logical", "Which is there, a dog or a cat?", ("a dog", "a cat", "a dog and a cat"),
              ("a horse", "a bird"), rule=_dog_or_cat),
    OpenQuery("green_sign_by_house", "logical", "Is the sign that is next to the house green?",
              ("a green sign next to a house", "a sign next to a house"),
              ("a green sign and a house", "a green house next to a tree"), ("a sign next to a house",)),
    OpenQuery("who_rides", "logical", "Who is on the horse, a man or a woman?",
              ("a man on a horse", "a woman on a horse"), ("a dog on a horse", "a man next to a horse"),
              rule=lambda ask: ask("Who is on the horse?")),
    OpenQuery("shapes_alike", "logical", "Are the shapes the same colour?",
              ("two red shapes", "two blue shapes", "a red shape and a blue shape"), ("a shape", "a red box"),
              ("at least two shapes",)),
)

NUMERICAL = (
    OpenQuery("dogs_left_of_tree", "numerical", "How many dogs are to the left of the tree?",
              ("a dog to the left of a tree", "two dogs and a tree", "a dog and a tree"),
              ("a dog to the left of a triangle", "two dogs"), ("a tree",)),
    OpenQuery("red_circles", "numerical", "How many circles are red?",
              ("a red circle", "two red circles", "a red circle and a blue circle", "a blue circle"),
              ("a red ring", "a red hexagon"), ("a circle",)),
    OpenQuery("cup_holders", "numerical", "How many people are holding a cup?",
              ("a person holding a cup", "a person holding a cup and a person", "a person and a cup",
               "a man holding a cup and a woman holding a cup"), ("a cup and a box", "a cup on a box"), ("a person",)),
    OpenQuery("car_colours", "numerical", "How many colours do the cars have?",
              ("two cars", "a car", "three cars", "two red cars"), ("two trucks", "a red truck"), ("a car",),
              lambda ask: sum(bool(ask(f"a {colour} car")) for colour in COLOURS)),
    OpenQuery("dogs_ahead", "numerical", "How many more dogs than cats are there?",
              ("two dogs and a cat", "a dog", "three dogs", "three dogs and a cat"),
              ("a dog and a cat", "two cats and a dog", "a horse"), rule=_more_dogs),
    OpenQuery("stop_signs", "numerical", "How many signs say STOP?",
              ("a sign that says STOP", "a sign that says STOP and a sign that says EXIT", "a sign",
               "a sign that says STOP and a sign that says STOP and a tree"),
              ("a house", "a box and a square"), ("a sign",)),
    OpenQuery("in_box", "numerical", "How many things are inside the box?",
              ("a star inside a box", "a box", "a dog inside a box", "a heart inside a box and a cat inside a box"),
              ("a star inside a house", "a square"), ("a box",)),
    OpenQuery("birds_over_house", "numerical", "How many birds are above the house?",
              ("a bird above a house", "two birds and a house", "a house"),
              ("a bird above a sign", "two birds"), ("a house",)),
    OpenQuery("large_shapes", "numerical", "How many shapes are large?",
              ("a large shape", "two large shapes", "a small shape", "a large shape and a small shape"),
              ("a large box", "a large tree and a cup"), ("a shape",)),
    OpenQuery("sum_of_signs", "numerical", "What do the numbers on the signs add up to?",
              ("a sign that says 24", "a sign that says 37 and a sign that says 15",
               "a sign that says 50 and a sign that says STOP", "a sign that says 68 and a sign that says 91"),
              ("a sign that says STOP", "a sign that says TAXI and a house"), rule=_numbers),
)

COMPARISON = (
    OpenQuery("dog_or_cat_larger", "comparison", "Which is larger, the dog or the cat?",
              ("a large dog and a small cat", "a small dog and a medium cat", "a dog and a cat"),
              ("a dog", "a dog and a horse", "two dogs and a cat"), ("exactly one dog", "exactly one cat"),
              lambda ask: ask("What is the largest animal that is not a horse and is not a bird?")),
    OpenQuery("largest_animal_kind", "comparison", "What is the largest animal?",
              ("a large horse and a dog", "two animals", "a large cat and a small animal"),
              ("a large box", "a large man and a tree")),
    OpenQuery("circles_or_squares", "comparison", "Are there more circles than squares?",
              ("two circles and a square", "two squares and a circle", "a circle"), ("a ring and a box", "a hexagon"),
              ("a circle or a square",)),
    OpenQuery("car_like_truck", "comparison", "Are the car and the truck the same colour?",
              ("a red car and a red truck", "a blue car and a blue truck", "a car and a truck"),
              ("a red car", "two cars and a truck"), ("exactly one car", "exactly one truck")),
    OpenQuery("leftmost_vehicle", "comparison", "What is the leftmost vehicle?", ("a car and a truck", "a vehicle"),
              ("a house and a horse", "a box")),
    OpenQuery("higher_person", "comparison", "Who is higher up, the man or the woman?",
              ("a man and a woman", "a man above a woman", "a woman above a man"), ("a man", "two men and a woman"),
              ("exactly one man", "exactly one woman"), lambda ask: ask("What is the topmost person?")),
    OpenQuery("people_or_animals", "comparison", "Are there more people or more animals?",
              ("two people and a dog", "two animals and a man", "a man and a dog"), ("a tree and a box", "a sign"),
              rule=_people_or_animals),
    OpenQuery("larger_cup", "comparison", "What colour is the larger cup?",
              ("a large cup and a small cup", "a medium cup and a large cup", "two cups"),
              ("a cup", "three cups", "two hearts"), ("exactly two cups",),
              lambda ask: ask("What colour is the largest cup?")),
    OpenQuery("same_pattern", "comparison", "Do the cup and the box have the same pattern?",
              ("a striped cup and a striped box", "a plain cup and a plain box", "a striped cup and a dotted box",
               "a plain cup and a shiny box", "a cup and a box"),
              ("a cup", "a cup and a square"), ("exactly one cup", "exactly one box")),
    OpenQuery("lower_of_two", "comparison", "Which is lower, the house or the tree?",
              ("a house below a tree", "a tree below a house"), ("a house", "a house and a triangle"),
              ("exactly one house", "exactly one tree"), _lower),
)

KNOWLEDGE = (
    OpenQuery("legs", "knowledge", "How many legs do the animals have together?",
              ("a dog and a bird", "two horses", "a cat", "two birds"), ("a man and a tree", "an umbrella"),
              rule=_total(LEGS)),
    OpenQuery("coffee", "knowledge", "Can one buy coffee where the sign stands?",
              ("a sign that says CAFE", "a sign that says BANK", "a sign"), ("a house", "a house and a cup"),
              ("a sign",),
              lambda ask: ask("a sign that says CAFE")),
    OpenQuery("wheels", "knowledge", "How many wheels do the vehicles have together?",
              ("a car", "a truck and a car", "two trucks"), ("a house", "a horse and a box"), rule=_total(WHEELS)),
    OpenQuery("sound", "knowledge", "What sound does the animal make?", ("a dog", "a cat", "a horse", "a bird"),
              ("an umbrella", "a dog and a cat", "a man"),
              rule=lambda ask: SOUNDS.get(ask("What kind of animal is there?"), NOTHING)),
    OpenQuery("sides", "knowledge", "How many sides does the leftmost shape have?",
              ("a triangle", "a square", "a hexagon", "a star and a square", "a cross"),
              ("a ring", "a circle", "a tree and a box"),
              rule=lambda ask: SIDES.get(ask("What is the leftmost shape?"), NOTHING)),
    OpenQuery("place", "knowledge", "What does one find at the place that the sign names?",
              tuple(f"a sign that says {word}" for word in FOUND), ("a sign that says STOP", "a sign that says 24"),
              rule=lambda ask: FOUND.get(ask("What does the sign say?"), NOTHING)),
    OpenQuery("flyer", "knowledge", "What colour is the animal that can fly?", ("a bird", "a bird and a dog"),
              ("an umbrella", "a dog and a cat"), rule=lambda ask: ask("What colour is the bird?")),
    OpenQuery("mount", "knowledge", "What colour is the animal that people ride?", ("a horse", "a horse and a dog"),
              ("a dog", "a cat and a man"), rule=lambda ask: ask("What colour is the horse?")),
    OpenQuery("even_number", "knowledge", "Is the number on the sign even?",
              tuple(f"a sign that says {word}" for word in NUMBERS), ("a sign that says EXIT", "a house"), rule=_even),
    OpenQuery("mixed_paint", "knowledge", "What colour do the paints of the circle and the square make together?",
              ("a red circle and a yellow square", "a blue circle and a yellow square",
               "a red circle and a blue square", "a yellow circle and a red square", "a white circle and a red square"),
              ("a red circle and a green square", "a red ring and a yellow square", "a red circle"), rule=_mixed),
)

QUERIES: tuple[OpenQuery, ...] = (*SPATIAL, *LOGICAL, *NUMERICAL, *COMPARISON, *KNOWLEDGE)
