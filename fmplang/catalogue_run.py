"""What the codes from FMP500 on mean: failures of runs, limits, backends, settings, inputs and the ledger.

An example is an FMP program, a command line (it begins with "$ "), a settings file ("# fmplang.toml") or Python
("import fmplang" or a decorator).
"""

from __future__ import annotations

from fmplang.syntax.catalogue import Entry


def catalogue() -> dict[str, Entry]:
    """Every code that fmplang can give, by code."""
    from fmplang.check import catalogue as of_check
    from fmplang.syntax import catalogue as of_syntax

    return {entry.code: entry for entry in (*of_syntax.ENTRIES, *of_check.ENTRIES, *ENTRIES)}


def _program(body: str) -> str:
    return "def main() -> int:\n" + "".join(f"    {line}\n" for line in body.split("\n"))


RUN = (
    Entry("FMP500", "the program failed",
          "An operation of the program failed in a way that has no code of its own. The message says what Python "
          "would say.", "", ""),
    Entry("FMP501", "an index is out of range",
          "A list, tuple or text has no element at this index. The result of `find` may be empty: models see what "
          "they see. Ask for the length first, or loop over the elements.",
          _program("xs = [1, 2, 3]\nn = len(xs)\nreturn xs[n]"),
          _program("xs = [1, 2, 3]\nn = len(xs)\nreturn xs[n - 1]")),
    Entry("FMP502", "a dict has no such key",
          "The key was never stored. Ask with `in`, or give a default with `get`.",
          _program('counts = {"dog": 1}\nreturn counts["cat"]'),
          _program('counts = {"dog": 1}\nreturn counts.get("cat", 0)')),
    Entry("FMP503", "division by zero",
          "`/`, `//` and `%` need a divisor that is not zero. An empty list has length zero.",
          _program("xs = [1]\nxs.pop()\nreturn 10 // len(xs)"),
          _program("xs = [1]\nxs.pop()\nreturn 10 // len(xs) if len(xs) > 0 else 0")),
    Entry("FMP504", "a value does not fit the operation",
          "The type is right and the value is not: text that is no number given to `int`, an element that is not "
          "there given to `remove`, `max` of nothing, a crop with nothing in it.",
          _program('return int("seven")'), _program('return int("7")')),
    Entry("FMP505", "an assertion does not hold",
          "The program states with `assert` what it takes for granted, and it was not so. Before a run fails with it, "
          "stronger backends are asked at the calls that the test depended on, as far as --recoveries and the budget "
          "go; the hint says what was tried.",
          _program('n = len("dog")\nassert n == 4, "a dog has four letters"\nreturn n'),
          _program('n = len("dog")\nassert n == 3, "a dog has three letters"\nreturn n')),
    Entry("FMP506", "a number is too large for the operation",
          "Floats end at about 1.8e308, and so does what can become one.",
          _program("return int(math.exp(1000.0))"), _program("return int(math.exp(10.0))")),
    Entry("FMP507", "a value has a type that the operation does not take",
          "The checker sees nearly all of these before the program runs; this one showed only while it ran.", "", ""),
    Entry("FMP508", "a dict or set changed while the program looped over it",
          "What a loop walks through must stay as it is until the loop ends. Loop over a copy: `list(d)`.",
          _program('d = {"a": 1}\nfor key in d:\n    d[key + "!"] = 2\nreturn len(d)'),
          _program('d = {"a": 1}\nfor key in list(d):\n    d[key + "!"] = 2\nreturn len(d)')),
)


def _limit(code: str, title: str, name: str, why: str, failing: str = "", mended: str = "") -> Entry:
    how = f"The limit is called `{name}`; --limit {name}=N, FMPLANG_LIMIT_{name.upper()} or the table [limits] of " \
          "fmplang.toml sets it."
    return Entry(code, title, f"{why} {how}", failing, mended)


_LOOPS = "total = 0\nfor a in range(2000):\n    for b in range({}):\n        total += a * b\nreturn total"

LIMITS = (
    Entry("FMP600", "a limit was met", "Programs are untrusted, so every run has ceilings.", "", ""),
    _limit("FMP601", "the source is too long", "source", "A program's text has at most so many characters."),
    _limit("FMP602", "the program has too many parts", "nodes", "A program's tree has at most so many nodes."),
    _limit("FMP603", "the program or a value is nested too deeply", "nesting",
           "Brackets, blocks and values nest at most so deeply. Name the inner parts, or move them to functions."),
    _limit("FMP604", "the run took too many steps", "steps",
           "A step is about one operation of the interpreter.",
           _program(_LOOPS.format(2000)), _program(_LOOPS.format(20))),
    _limit("FMP605", "calls are nested too deeply", "call_depth",
           "There is no recursion, so calls nest only as deeply as functions call functions."),
    _limit("FMP606", "the program computed for too long", "own_seconds",
           "This is the interpreter's own time, without the time of models."),
    _limit("FMP607", "the run took too long", "seconds", "This is the time of the whole run, models included."),
    _limit("FMP608", "the values of the run are too large together", "memory",
           "Everything that a run makes is charged in bytes, and nothing is given back.",
           _program('text = "x" * 1000000\nparts = [text + str(i) for i in range(100)]\nreturn len(parts)'),
           _program('text = "x" * 1000\nparts = [text + str(i) for i in range(100)]\nreturn len(parts)')),
    _limit("FMP609", "a text is too long", "string", "A text has at most so many characters.",
           _program('return len("x" * 2000000)'), _program('return len("x" * 2000)')),
    _limit("FMP610", "a collection is too long", "items", "A list, dict or set has at most so many elements.",
           _program("return len([0] * 200000)"), _program("return len([0] * 2000)")),
    _limit("FMP611", "an integer is too long", "integer_bits", "An integer has at most so many bits.",
           _program("return 2 ** 400"), _program("return 2 ** 40")),
    _limit("FMP612", "the run asked models too often", "neural_calls",
           "Every neural call counts, answered from a cache or not. Ask outside of loops what stays the same in them, "
           "or raise the limit for a program that looks at many pictures."),
    Entry("FMP613", "the next call does not fit what may be spent",
          "The price of a call is reserved before it is made, and there is not enough left for the cheapest backend "
          "that could answer. The limit `spend` holds for one run, the budget for all runs of a Runtime.",
          "$ fmplang run query.fmp --inputs image=photo.jpg --budget 0.001",
          "$ fmplang run query.fmp --inputs image=photo.jpg --budget 500"),
    _limit("FMP614", "a file is too large", "image_bytes", "A picture's file has at most so many bytes."),
    _limit("FMP615", "a picture has too many pixels", "image_pixels",
           "Its size is read from the header, before anything is decoded. Scale it down."),
    _limit("FMP616", "the program has too many call sites", "sites",
           "A site is a call expression reached by one path of calls, so functions that call each other in several "
           "places multiply their number."),
    Entry("FMP617", "a run may cost more than the budget",
          "`fmplang check --budget` looks at the program alone: the most that a run may cost, with every list as long "
          "as the limits allow, every retry, and every backend that a policy may ask besides. `fmplang cost` shows it "
          "for each site and path.",
          "$ fmplang check query.fmp --budget 0.001",
          "$ fmplang check query.fmp --budget 500 --limit neural_calls=10"),
)

BACKENDS = (
    Entry("FMP700", "a backend failed",
          "Something went wrong inside the backend; the message names the site, the backend and the cause. It is the "
          "first failure of the call: who was asked after it, as --retries and --fallback say, stands in the hint.",
          "$ fmplang run query.fmp --inputs image=photo.jpg", "$ fmplang pool test"),
    Entry("FMP701", "a backend took too long",
          "It gave no answer in its time. Its price counts as spent, since it may be charged.", "", ""),
    Entry("FMP702", "an answer does not fit the declared type",
          "The declared return type of a neural function is a promise that the program relies on. The backend's answer "
          "could not be read as a value of it, so the program never saw it.",
          '@fmplang.backend("llm")\ndef answer(request):      # for a function that returns bool\n    return "perhaps"',
          '@fmplang.backend("llm")\ndef answer(request):\n    return "yes"'),
    Entry("FMP703", "nothing in the pool has the capability",
          "A neural function names what it needs of a backend, and no backend of the pool has it, or none works here. "
          "The message says how to add one.",
          '@neural("translate")\ndef in_french(text: str) -> str:\n    """Translate into French: {text}"""',
          '@fmplang.backend("translate", cost=1.0)\ndef mine(request):\n    return my_model(request.prompt)'),
    Entry("FMP704", "a backend does not keep to the protocol",
          "`answer` gives one Response or one exception per request, in order; costs are finite and not negative, "
          "confidences from 0 to 1; `supports` says yes or no; nothing is awaited.",
          '@fmplang.backend("llm", batch=True)\ndef answer(requests):\n    return ["only one"]',
          '@fmplang.backend("llm", batch=True)\ndef answer(requests):\n    return ["one" for each in requests]'),
    Entry("FMP705", "a backend cannot work here",
          "A library, a program or a file that it needs is not there. The message says how to install it.",
          "$ fmplang pool test", "$ pip install 'fmplang[embedded]'"),
    Entry("FMP706", "a backend tells no proper price",
          "A price is known before the call: a finite number, not negative.",
          '@fmplang.backend("llm", cost=lambda request: -1.0)\ndef answer(request): ...',
          '@fmplang.backend("llm", cost=lambda request: 0.01 * len(request.prompt))\ndef answer(request): ...'),
    Entry("FMP707", "a backend has no answer to this request",
          "It was given nothing to choose from, or more than it can read at once, or, for a scripted one, its script "
          "ends before the questions do.",
          'topic = classify(ticket, [])', 'topic = classify(ticket, ["billing", "shipping"])'),
    Entry("FMP708", "a simulation does not know the picture",
          "The pools `profile` and `truth` simulate models: they answer from the scene that a picture is known to "
          "show, and know pictures by their pixels. `fmplang scenes make` draws pictures, and writes down what they "
          "show.",
          "$ fmplang run query.fmp --inputs image=photo.jpg --pool profile:pictures",
          "$ fmplang run query.fmp --inputs image=pictures/develop-00.png --pool profile:pictures"),
    Entry("FMP720", "a server refuses the key",
          "The server answered 401 or 403: there is no key, it is wrong, or it may not use this model. A key comes "
          "from the variable that the pool names (`api_key_env`) or from a file that only you can read "
          "(`api_key_file`).",
          "$ fmplang run query.fmp --inputs image=photo.jpg --pool openai",
          "$ export OPENAI_API_KEY=..."),
    Entry("FMP721", "a server takes no more requests now",
          "It answered 429, and still did after the retries, or its account is used up. `concurrency`, "
          "`requests_per_minute` and `tokens_per_minute` of the backend hold back what is sent.",
          '# fmplang.toml\n[pool.backends.gpt]\nkind = "openai.chat"\nmodel = "gpt-4o-mini"',
          '# fmplang.toml\n[pool.backends.gpt]\nkind = "openai.chat"\nmodel = "gpt-4o-mini"\n'
          "requests_per_minute = 60.0"),
    Entry("FMP722", "a request is longer than the model's context",
          "The prompt with its pictures and the tokens of the answer do not fit. Nothing is charged for it.", "", ""),
    Entry("FMP723", "a server refuses the request",
          "It answered 400, 404 or the like: it has no such model, the address is another's, or it does not know a "
          "setting. What goes beyond the plain protocol (a schema for the answer, log-probabilities) is left out "
          "where a server refuses it.", "", ""),
    Entry("FMP724", "a server cannot be reached or is out of order",
          "No connection, a status of 500 or above, or a reply that breaks off; it was asked again as often as the "
          "backend's `retries` allow where that costs nothing.", "", ""),
    Entry("FMP750", "a policy failed",
          "The policy raised an exception while it chose or learned. What was recorded stays recorded.", "", ""),
    Entry("FMP751", "a policy decided what cannot be",
          "A decision is the index of an arm that is there, with one probability per arm that sum to 1, that of the "
          "chosen arm above 0.", "", ""),
    Entry("FMP752", "a policy names a backend that cannot answer the call",
          "The static policy was told a backend that is not in the pool, lacks the capability, or costs more than is "
          "left.",
          "$ fmplang run query.fmp --inputs image=photo.jpg --policy static:detect=tesseract",
          "$ fmplang run query.fmp --inputs image=photo.jpg --policy static:detect=lbp"),
    Entry("FMP753", "the pool's encoder of pictures failed",
          "A pool may bring its own: a function of pixels (height x width x 3, uint8) that gives 16 finite numbers.",
          "import fmplang\npool = fmplang.Pool([], encoder=lambda pixels: pixels.mean())",
          "import fmplang\npool = fmplang.Pool([], encoder=lambda pixels: [pixels.mean() / 255] * 16)"),
)

SETTINGS = (
    Entry("FMP800", "the configuration is wrong", "The message says what and where.", "", ""),
    Entry("FMP801", "there is no such setting",
          "A name in fmplang.toml, in a FMPLANG_ variable or on the command line is not one that fmplang knows.",
          '# fmplang.toml\npolice = "cheapest"', '# fmplang.toml\npolicy = "cheapest"'),
    Entry("FMP802", "a setting has a wrong value",
          "The message names the file or variable, the key, and what belongs there.",
          '# fmplang.toml\nseed = "seven"', "# fmplang.toml\nseed = 7"),
    Entry("FMP803", "there is no such policy, or it cannot be made",
          "A policy is a name that ships, a name that an installed package brings, or an object with `choose` and "
          "`learn`.", "$ fmplang run query.fmp --inputs image=photo.jpg --policy best",
          "$ fmplang run query.fmp --inputs image=photo.jpg --policy strongest"),
    Entry("FMP804", "a settings file cannot be read",
          "It is not TOML, not UTF-8, too large, or may not be read.",
          "# fmplang.toml\npolicy = cheapest", '# fmplang.toml\npolicy = "cheapest"'),
    Entry("FMP805", "the command line is wrong",
          "An option or argument is missing, unknown or does not go with another. `fmplang COMMAND --help` shows how "
          "it is used.", "$ fmplang check --jsn query.fmp", "$ fmplang check --json query.fmp"),
    Entry("FMP806", "the pool cannot be made",
          "A pool's name, preset or backend is not known, two backends share a name, or they count in different units.",
          "$ fmplang run query.fmp --inputs image=photo.jpg --pool embeded",
          "$ fmplang run query.fmp --inputs image=photo.jpg --pool embedded"),
    Entry("FMP807", "this is no backend",
          "A backend has a name, a capability, a version, and the methods supports, price and answer. "
          "`@fmplang.backend` makes one of any plain function.",
          "import fmplang\npool = fmplang.Pool([print])",
          'import fmplang\n\n@fmplang.backend("llm")\ndef mine(request): ...\n\npool = fmplang.Pool([mine])'),
    Entry("FMP808", "an installed package's backends cannot be loaded",
          "Its entry point in the group fmplang.backends fails or gives something else.", "", ""),
    Entry("FMP810", "an input does not fit the program",
          "The inputs are the parameters of the entry function, each of its declared type.",
          "$ fmplang run query.fmp --inputs picture=photo.jpg     # def main(image: Image) -> bool",
          "$ fmplang run query.fmp --inputs image=photo.jpg"),
    Entry("FMP811", "an input's file cannot be read",
          "It is not there, is a folder, or may not be read. Paths on the command line are relative to the working "
          "directory, paths in a JSON file relative to that file.",
          "$ fmplang run query.fmp --inputs image=phto.jpg", "$ fmplang run query.fmp --inputs image=photo.jpg"),
    Entry("FMP812", "a file is not what the input needs",
          "Pictures are PNG, JPEG or WebP, whatever their names end in; sounds are WAV.",
          "$ fmplang run query.fmp --inputs image=notes.txt", "$ fmplang run query.fmp --inputs image=photo.jpg"),
    Entry("FMP813", "a file is damaged or empty",
          "It says what it is and then is not. Save or download it again.", "", ""),
    Entry("FMP814", "a picture has more than one frame",
          "An Image is one picture. Give an animation to a parameter of type Video.", "", ""),
    Entry("FMP815", "the conversation was not kept to",
          "`advance` gives a step, `answer` or `fail` answers it, once. A closed or ended run takes no answers.",
          "import fmplang\nexecution.answer(True)\nexecution.answer(True)",
          "import fmplang\nexecution.answer(True)\nstep = execution.advance()"),
    Entry("FMP816", "a file of inputs is not a JSON object",
          "It holds the inputs by name, images as paths relative to the file.",
          '$ echo \'["photo.jpg"]\' | fmplang run query.fmp --inputs -',
          '$ echo \'{"image": "photo.jpg"}\' | fmplang run query.fmp --inputs -'),
    Entry("FMP818", "the feedback makes no sense",
          "Feedback is the right answer (`label`, of the type of the run's answer) or a `reward` from 0 to 1.",
          "$ fmplang feedback last --reward 7", "$ fmplang feedback last --reward 0.7"),
    Entry("FMP820", "the ledger failed", "The message says how.", "", ""),
    Entry("FMP821", "the ledger cannot be opened",
          "Its folder is not there or may not be written, or there is no such file.",
          "$ fmplang run query.fmp --inputs image=photo.jpg --ledger /nowhere/runs.db",
          "$ fmplang run query.fmp --inputs image=photo.jpg --ledger runs.db"),
    Entry("FMP822", "this file is not a ledger",
          "It is another database, no database, or damaged. It was left as it is.",
          "$ fmplang feedback last --label yes --ledger photo.jpg",
          "$ fmplang feedback last --label yes --ledger runs.db"),
    Entry("FMP823", "the ledger was written by another version of fmplang",
          "Use that version to read it, or begin a new ledger.", "", ""),
    Entry("FMP824", "the ledger could not be written",
          "The disk is full, or another process holds the file. What was acknowledged before is still there.", "", ""),
    Entry("FMP825", "the ledger holds no such run",
          "A run id has 16 letters and digits; the first ones are enough where they fit one run only.",
          "$ fmplang feedback run-7 --label yes", "$ fmplang feedback last --label yes"),
    Entry("FMP826", "more than one run begins like this", "Give more characters of the id.", "", ""),
    Entry("FMP827", "an outcome with this id is recorded already and says something else",
          "An outcome never changes. A new one needs an id of its own; the last one counts.", "", ""),
    Entry("FMP828", "the run never finished", "It was cut off, so there is no answer to judge.", "", ""),
    Entry("FMP829", "a snapshot does not fit the policy",
          "A ledger keeps what a policy has learned under its name and settings. This policy cannot read it.", "", ""),
    Entry("FMP830", "a program's file cannot be read",
          "It is not there, may not be read, or is not UTF-8 text.",
          "$ fmplang check qery.fmp", "$ fmplang check query.fmp"),
    Entry("FMP831", "a program's file cannot be written",
          "`check --fix` and `fmt` write a file as a whole or not at all: it is as it was.", "", ""),
    Entry("FMP832", "formatting would change what the program means",
          "`fmt` reads its own result back before it writes a file, and it did not say the same. The file is as it "
          "was. This is a fault of fmplang: please report it with the file.", "", ""),
    Entry("FMP833", "a run's page cannot be written",
          "`--trace` writes one HTML file, over what is there, and looks before anything is asked whether it can: the "
          "name ends in .html, the folder exists, and it may be written.",
          "$ fmplang run query.fmp --inputs image=photo.jpg --trace query.fmp",
          "$ fmplang run query.fmp --inputs image=photo.jpg --trace query.html"),
    Entry("FMP834", "this is not the program that ran",
          "The ledger keeps a hash of the program, not its text. The one that was given has another: it was edited "
          "since, or it is another file. Layout and comments may differ.",
          "$ fmplang trace last --out run.html --program other.fmp", "$ fmplang trace last --out run.html"),
    Entry("FMP835", "there is no such stream to go on with",
          "`fmplang stream --resume` goes on with the newest stream that the ledger holds of this program, this data "
          "and these settings. All that decisions hang on must be as it was; the budget may be another.",
          "$ fmplang stream query.fmp --inputs data.jsonl --seed 2 --resume     # it was begun with --seed 1",
          "$ fmplang stream query.fmp --inputs data.jsonl --seed 1 --resume"),
    Entry("FMP836", "the data of a stream is not what it was",
          "A row that was answered before holds other inputs now. Rows may be added at the end, and labels may come "
          "later; what was answered stays. Without --resume a new stream begins.", "", ""),
    Entry("FMP840", "the log says too little of this policy",
          "An estimate weighs each run by how much likelier the policy would have made it. Where few runs carry the "
          "weight, or no run has an outcome, the figure would be chance, so none is given. Log more runs, log with a "
          "policy that explores, or evaluate one nearer to the logged one.",
          "$ fmplang evaluate --policy random --ledger runs.db",
          "$ fmplang replay --policy random --program query.fmp --ledger runs.db"),
    Entry("FMP841", "the policy takes backends that the logged one never could",
          "Where the logged chance of a backend was 0 the log says nothing of what it would have done. A policy that "
          "always takes the same backend logs nothing of any other.",
          "$ fmplang run query.fmp --inputs image=photo.jpg --policy cheapest",
          "$ fmplang run query.fmp --inputs image=photo.jpg --policy random"),
    Entry("FMP842", "the ledger holds no run of this program, or runs of several",
          "Policies are evaluated on the runs of one program, known by its digest: a program that was edited counts as "
          "another one.", "", ""),
    Entry("FMP843", "these runs cannot be evaluated by their chances",
          "The policy needs features that the log lacks, or a cascade decided: then what was taken hung on an answer, "
          "not on a chance. A replay on known answers may still tell.", "", ""),
    Entry("FMP844", "something that a run stood on is gone",
          "The ledger keeps pictures and the like by path and digest. The file was moved or changed since, or there "
          "never was one, or the program now takes another type.", "", ""),
    Entry("FMP845", "a run that never ended cannot be replayed",
          "It was cut off, so there is no end to compare with.", "", ""),
    Entry("FMP860", "a scene cannot be made",
          "Scenes come from a split and a number. One that is composed must hold what is wanted, and what is wanted "
          "must be possible: only what is drawn larger can hold, bear or surround another thing, and relations may not "
          "contradict each other.",
          "$ fmplang scenes show --split tests", "$ fmplang scenes show --split test"),
    Entry("FMP861", "pictures of scenes cannot be written",
          "`scenes show` writes one picture, as PNG or JPEG by its name; `scenes make` fills a folder. Either goes "
          "over what is there under the same names.",
          "$ fmplang scenes show --out sheet.pdf", "$ fmplang scenes show --out sheet.png"),
    Entry("FMP862", "a folder of scenes cannot be read",
          "It has pictures, and scenes.jsonl with a line for each. `fmplang scenes make` writes such a folder.",
          "$ fmplang pool test --pool profile:photos",
          "$ fmplang scenes make pictures && fmplang pool test --pool profile:pictures"),
    Entry("FMP863", "there is no such stream, or it has not so many pictures",
          "The streams `binary` and `openform` have queries by name; a stream's pictures are drawn, so there are many, "
          "but not endlessly many that fit.", "", ""),
    Entry("FMP864", "published data is not laid out as its authors do",
          "The paper's own streams are read from its authors' files: binary_vqa.json, and open_form_vqa with a folder "
          "for each kind. The message names the file, and the entry that lacks something.", "", ""),
    Entry("FMP870", "a part of an imported program has no counterpart",
          "FMP has no word for it: a step that draws, an argument that the library's function does not take, an "
          "operation that nobody knows. It stands in the result as a comment or as it was, and what builds on it too.",
          "$ echo \"PICTURE=TAG(image=IMAGE,object=OBJ0)\" | fmplang import --from visprog -",
          "$ fmplang import --from visprog steps.txt     # without the step that draws"),
    Entry("FMP871", "something was left out of an imported program",
          "An import of what is there anyway, a parameter that nothing reads, an argument without effect, an "
          "annotation that is no type. Look whether you miss it.", "", ""),
    Entry("FMP872", "a line of an imported program is no step",
          "VisProg's programs are lines like `BOX0=LOC(image=IMAGE,object='dog')`. Others stand in the result as "
          "comments. A step that lacks an argument is none either.", "", ""),
    Entry("FMP873", "an answer of an imported program is used in two ways",
          "VisProg's answers are texts that turn into truths or numbers as they are computed with. In FMP a question "
          "has one type of answer. Ask two questions, one for each use.", "", ""),
    Entry("FMP874", "there is nothing to import", "The file holds no statement and no step.", "", ""),
    Entry("FMP880", "a dry run needs a package that is not here",
          "Hypothesis makes up the inputs and answers of a dry run. Nothing else needs it, so it comes with an extra.",
          "$ fmplang dryrun query.fmp", "$ pip install 'fmplang[dryrun]'"),
    Entry("FMP899", "fmplang itself failed",
          "This is a fault of fmplang, not of your program. FMPLANG_DEBUG=1 shows where; please report it.", "", ""),
)

ENTRIES: tuple[Entry, ...] = (*RUN, *LIMITS, *BACKENDS, *SETTINGS)
