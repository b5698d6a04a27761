"""`fmplang import`, end to end."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Call

VIPER = "def execute_command(image):\n    return ImagePatch(image).exists('cat')  # is it there?\n"
MADE = "def main(image: Image) -> bool:\n    return image.exists('cat')  # is it there?\n"
STEPS = "OBJ0=FACEDET(image=IMAGE)\nIMAGE0=EMOJI(image=IMAGE,object=OBJ0)\nN=COUNT(box=OBJ0)\nR=RESULT(var=N)\n"


def test_the_program_goes_to_standard_output(call: Call, folder: Path) -> None:
    (folder / "p.py").write_text(VIPER)
    ended = call("import", "--from", "viper", "p.py")
    assert (ended.code, ended.out, ended.err) == (0, MADE, "imported: no findings\n")
    assert call("import", "--from", "viper", "-", stdin=VIPER).out == MADE


def test_the_program_is_written_where_out_says_and_checks_there(call: Call, folder: Path) -> None:
    (folder / "p.py").write_text(VIPER)
    ended = call("import", "--from", "viper", "p.py", "--out", "p.fmp")
    assert (ended.code, ended.out) == (0, "") and (folder / "p.fmp").read_text() == MADE
    assert call("check", "p.fmp").code == 0 and call("fmt", "--check", "p.fmp").code == 0


def test_what_cannot_be_turned_is_told_with_its_place(call: Call, folder: Path) -> None:
    (folder / "p.txt").write_text(STEPS)
    ended = call("import", "--from", "visprog", "p.txt")
    assert ended.code == 1 and "return n\n" in ended.out and "# not imported: IMAGE0=EMOJI" in ended.out
    assert "error[FMP870]: `EMOJI` has no counterpart" in ended.err and "--> p.txt:2:1" in ended.err
    assert ended.err.endswith("imported: 1 error\n")


def test_what_is_wrong_with_the_program_is_told(call: Call) -> None:
    ended = call("import", "--from", "viper", "-", stdin="def execute_command(image) -> bool:\n    return 'no'\n")
    assert ended.code == 1 and "error[FMP201]" in ended.err and "<stdin> (imported):2:12" in ended.err


def test_json(call: Call) -> None:
    told = call("import", "--from", "visprog", "-", "--json", stdin=STEPS).json
    assert (told["version"], told["ok"], told["out"]) == (1, False, None)
    assert told["program"].startswith("def main(image: Image) -> int:\n")
    (report,) = told["reports"]
    assert (report["code"], report["file"], report["span"]["start"]["line"]) == ("FMP870", "<stdin>", 2)
    assert told["diagnostics"] == []


def test_control_characters_of_a_program_do_not_reach_the_terminal(call: Call) -> None:
    ended = call("import", "--from", "visprog", "-", stdin="X=\x1b[2JFOO(a=1)\n# \x1b[2J\n")
    assert ended.code == 1 and "\x1b" not in ended.out + ended.err


def test_wrong_use(call: Call) -> None:
    assert call("import", "p.py").code == 2
    assert call("import", "--from", "python", "p.py").code == 2
    ended = call("import", "--from", "viper", "missing.py")
    assert ended.code == 2 and "FMP830" in ended.err
