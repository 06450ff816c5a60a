"""Turns knowledge.txt into an endless, seeded stream of conversations: phrasings, typos, manners, personas, several turns.

    python3 conversations.py 20          # prints twenty of them
"""
import math
import os
import random
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

# Frames for a verb phrase such as "start a devnet"; the plain ones are the likeliest by being listed more than once.
DO_FRAMES = (
    ["how do i {}?"] * 8
    + ["how can i {}?"] * 4
    + ["how to {}?"] * 4
    + ["i want to {}"] * 3
    + ["{}"] * 4
    + [
        "how do you {}?", "how would i {}?", "how does one {}?", "how should i {}?", "how could i {}?",
        "what command do i use to {}?", "which command lets me {}?", "what is the command to {}?",
        "command to {}", "which command should i use to {}?", "what do i type to {}?", "what do i run to {}?",
        "what's the way to {}?", "is there a way to {}?", "is there a command to {}?", "can i {}?", "can 0g {}?",
        "i need to {}", "i would like to {}", "i'd like to {}", "i am trying to {}", "i'm trying to {}",
        "help me {}", "show me how to {}", "tell me how to {}", "teach me to {}", "explain how to {}",
        "need to {}", "want to {}", "trying to {}", "what must i do to {}?", "what should i do to {}?",
        "how am i supposed to {}?", "i don't know how to {}", "any idea how to {}?", "what is the best way to {}?",
        "could you tell me how to {}?", "can you tell me how to {}?", "do you know how to {}?", "let me {}",
        "i have to {}", "steps to {}", "what's the command for when i want to {}?", "i wish to {}", "how do we {}?",
        "the command that lets me {}", "my goal is to {}", "what is the quickest way to {}?", "we need to {}",
    ]
)
GERUND_FRAMES = [
    "how do i go about {}?", "is {} possible?", "what about {}?", "how does {} work?", "i have trouble {}", "i'd like some help with {}",
    "what is the command for {}?", "{}, how?", "i am thinking about {}", "i was thinking of {}", "instructions for {}", "the steps for {}?",
    "which command is for {}?", "how is {} done?", "i am interested in {}", "what do i enter for {}?", "guide me through {}", "how hard is {}?",
]
DO_TAILS = [
    "{}, how?", "{}, which command was that?", "{}, what do i type?", "{}, what do i enter?", "{}. which command?", "{}. how?", "{}, any idea?",
    "i'd like to {}, what do i enter?", "i want to {}, where do i begin?", "i want to {}, how?", "i'd love to {}", "it would be nice to {}",
    "my plan is to {}", "someone told me to {}", "my boss wants me to {}", "how on earth do i {}?", "how does somebody {}?", "i can't {}, help",
    "what is needed to {}?", "what does it take to {}?", "what must i enter to {}?", "what would you run to {}?", "which one is it to {}?",
    "what's the magic word to {}?", "i forgot how to {}", "remind me how to {}", "i've been trying to {} all day", "could you {}?", "would you {}?",
    "please {} for me", "{} for me", "is it possible to {}?", "am i able to {}?", "may i {}?", "are there commands to {}?", "how might one {}?",
    "the thing i want is to {}", "i only want to {}", "i'm supposed to {}", "we want to {}", "a friend asked me to {}", "next i want to {}",
]
DOUBLED = {"get", "put", "set", "shut", "run", "cut", "begin", "stop", "let", "pin", "quit", "forget", "submit", "drop", "chat", "spin", "grab"}
CODE_FRAMES = ["just the command to {}", "only the command: {}", "command only: how do i {}?", "one line: how do i {}?", "just give me the command to {}"]
WHAT_COMMAND_FRAMES = (
    ["what does `{}` do?"] * 3
    + ["what does {} do?"] * 4
    + ["{}"] * 3
    + [
        "what is {}?", "what is {} for?", "explain {}", "explain `{}`", "what happens when i run {}?", "tell me about {}",
        "when do i use {}?", "{} ?", "help {}", "how does {} work?", "usage of {}", "describe {}", "what is the use of {}?",
        "meaning of {}", "why would i run {}?", "how do i use {}?", "man {}",
    ]
)
CONCEPT_FRAMES = (
    ["what is {a}?"] * 8
    + ["what is {}?"] * 4
    + ["explain {}"] * 3
    + ["{}"] * 2
    + ["{}?"] * 2
    + [
        "what's {a}?", "what does {} mean?", "define {}", "tell me about {}", "can you explain {a}?", "what is meant by {}?",
        "explain {a} to me", "explain what {a} is", "what exactly is {a}?", "i don't understand {}", "describe {}", "what are {}?",
        "give me a definition of {}", "meaning of {}", "can you tell me what {a} is?", "what do you mean by {}?", "in 0g, what is {a}?",
        "what is {a} in 0g?", "could you explain {}?", "i keep reading about {}, what is it?", "{} explained", "what the heck is {a}?",
        "what is {a} good for?", "what is the point of {}?", "what does {a} do?", "how does {} work?", "why do i need {a}?",
        "what is the purpose of {a}?", "could you tell me about {}?", "i heard about {}, what is that?", "so what is {a} really?",
        "what on earth is {a}?", "what do you call {a}?", "what is {a} used for?", "why is there {a}?", "what's this {} thing?",
        "what is the job of {a}?", "tell me what {a} is", "i'd like to know what {a} is", "give me one sentence about {}",
        "in one paragraph, what's {a}?", "what do people mean by {}?", "why is it called {}?", "i never understood {}", "and what is {a}?", "what about {}?", "remind me what {a} is",
    "please explain {}", "who or what is {a}?", "what's {} about?", "how would you explain {a}?", "do you know what {a} is?",
    ]
)
ABOUT_FRAMES = ["what is {}?", "tell me about {}", "explain {}", "what do you know about {}?", "{}", "{}?", "how does {} work?", "can you tell me about {}?", "do you know {}?", "i have a question about {}", "who knows about {}?", "describe {}", "what about {}?"]
TASK_FRAMES = ["{}", "can you {}?", "please {}", "could you {}?", "i want you to {}", "help me {}", "i need you to {}", "{} for me"]
HARM_FRAMES = ["how do i {}?", "how to {}", "help me {}", "i want to {}", "can you {}?", "tell me how to {}", "{}", "teach me how to {}", "how can i {}?"]

WORLD_FRAMES = """who invented the {}?|where do i find a {}?|how old is the {}?|what colour is a {}?|how many {}s are there?|what is the best {}?
why is the {} so big?|how much does a {} cost?|is {} good?|who is {}?|where is {}?|when was the {} invented?|do you like {}?|which {} is the best?
what is the capital of {}?|who is the king of {}?|what is the history of {}?|who was {}?|who discovered {}?|who discovered the {}?|who wrote {}?
who painted the {}?|who founded {}?|who won the {}?|who killed the {}?|who sings {}?|who plays {}?|who owns the {}?|where was {} born?|where is the {} from?
where does {} come from?|where do {}s live?|when did {} begin?|when did {} end?|when did {} die?|when was {} born?|why is {} red?|why do {}s sleep?
why is {} important?|why do people like {}?|how do {}s fly?|how does a {} stay up?|how do {}s eat?|how high is the {}?|how long is a {}?|how heavy is a {}?
how far is {}?|how fast is a {}?|how hot is {}?|how deep is the {}?|how do you spell {}?|how do i get to {}?|how is {} made?|how is a {} built?
is {} healthy?|is a {} dangerous?|is {} a fruit?|is there life on {}?|are {}s real?|are {}s dangerous?|can {}s swim?|can a {} think?|can i eat a {}?
does {} exist?|do {}s have ears?|what do {}s eat?|what is a {} made of?|what happened to {}?|what language do they speak in {}?|what is the population of {}?
what is the largest {}?|what is the fastest {}?|what is inside a {}?|what should i know about {}?|what does {} taste like?|what is the currency of {}?
tell me something about {}s|tell me about the ancient {}s|tell me a fact about {}|tell me about {} and {}|what is the difference between {} and {}?
which is better, {} or {}?|recommend a good {}|what is your favourite {}?|my {} is broken, what do i do?|i have a {} in my {}|i like {}|i lost my {}
my {} hurts|the {} is on fire|{} or {}?|i want a {}|i bought a {} yesterday|do i need a {} for my {}?|should i buy a {}?|what {} should i get?""".replace("\n", "|").split("|")

NOUNS = """apple banana bridge camera candle carpet castle chair cheese church cinema cloud copper cotton desert diamond doctor dragon
elephant engine factory farmer feather forest fridge garden ginger glacier guitar hammer harbour helicopter hospital island jacket jungle
kettle kitchen ladder lamp laptop lemon library lion lobster machine magnet market medicine mirror monkey mountain museum mushroom music
needle nurse ocean olive onion opera orange orchestra oven painter palace paper parrot passport pencil piano pillow pirate planet plastic
poetry potato printer prison pyramid rabbit radio railway rainbow recipe restaurant river robot rocket sailor salad sandwich satellite
saxophone school scissors shampoo shark shoe silver skeleton snow soap soccer soup spider spoon stadium steel stomach sugar sunflower sword
teacher telescope temple tennis theatre thunder tiger tomato tractor train trumpet tulip turtle umbrella uniform university vaccine vampire
vegetable village violin volcano waterfall window winter wizard wolf yogurt zebra inflation democracy gravity evolution religion
philosophy history geometry algebra biology chemistry geography psychology economics marriage insurance mortgage salary holiday birthday
java python rust haskell golang typescript linux windows android iphone facebook twitter instagram youtube netflix spotify amazon google
microsoft tesla ethereum dogecoin monero cosmos avalanche aptos sui near america europe africa asia australia india china russia germany france italy greece spain egypt paris rome
moscow tokyo vienna dublin boston texas brain blood bone skin tooth cancer fever sleep dream brother sister uncle baby bicycle bus taxi ship
submarine helicopter airplane balloon chocolate cake pizza pasta rice sugar honey beer juice milk water fire smoke sand stone wood glass newton
einstein darwin mozart beethoven picasso shakespeare cleopatra caesar lincoln gandhi columbus galaxy comet moon sun mars venus jupiter atom
molecule electron acid oxygen hydrogen carbon plutonium law court police army king queen president minister parliament election tax war peace""".split()
VERBS = """cook bake paint sell buy repair clean wash drive fly swim build grow plant kill cut draw play teach learn carry throw
catch break open close fold dry freeze melt cure feed train ride visit marry study eat drink wear iron knit""".split()
SYLLABLES = "ba be bo bra cri da dle do fa fi flo ga gli go gru ha ja ka ki klo la lo lu ma mi mo na ni nor pa plo po qua ra ri ro sa shi sto ta ti tra tu va vi vo wa xi yo za zi zu".split()

VERB_SYNONYMS = [
    (r"^(start|launch|bring up|spin up|boot)\b", ["start", "launch", "boot", "bring up", "spin up", "fire up", "run", "kick off", "start up", "get up"]),
    (r"^(stop|shut down|tear down|quit|end|halt)\b", ["stop", "shut down", "halt", "tear down", "end", "turn off", "kill", "quit", "bring down", "terminate", "close down"]),
    (r"^(see|show|look at|view)\b", ["see", "show", "view", "look at", "display", "print", "check", "inspect", "get", "watch", "view"]),
    (r"^(list|show all)\b", ["list", "show", "see", "print", "display", "enumerate", "get a list of", "show all"]),
    (r"^(upload|store|save|put)\b", ["upload", "store", "save", "put", "push", "send", "add", "submit"]),
    (r"^(download|fetch|retrieve)\b", ["download", "fetch", "retrieve", "get", "pull", "load"]),
    (r"^(delete|wipe|erase|clear)\b", ["delete", "wipe", "erase", "clear", "remove", "destroy", "drop"]),
    (r"^(create|make|build)\b", ["create", "make", "build", "set up", "generate"]),
    (r"^(verify|check)\b", ["verify", "check", "validate", "confirm", "double-check", "prove"]),
    (r"^(find out|find)\b", ["find out", "find", "learn", "know", "figure out", "discover"]),
]
NOUN_SYNONYMS = [
    (r"\bdevnet\b", ["devnet", "devnet", "network", "local network", "local devnet", "dev network", "testbed"]),
    (r"\ba file\b", ["a file", "my file", "files", "this file", "one file", "a document", "some data", "the file", "a local file"]),
    (r"\ba stored file\b", ["a stored file", "a file in storage", "an uploaded file", "my uploaded file", "a stored object"]),
    (r"\ba model\b", ["a model", "an llm", "a language model", "the model", "an ai model", "models"]),
    (r"\ban agent\b", ["an agent", "my agent", "the agent", "an ai agent", "an inft", "a 0g agent"]),
    (r"\ba transaction\b", ["a transaction", "my transaction", "a tx", "the transaction"]),
    (r"\ban address\b", ["an address", "my address", "an account", "a wallet", "0xf39F"]),
    (r"\btokens\b", ["tokens", "0g", "coins", "0g tokens", "some 0g"]),
    (r"\bthe network\b", ["the network", "the devnet", "my devnet", "my network", "it all", "the local network"]),
    (r"\ba receipt\b", ["a receipt", "my receipt", "the receipt", "a compute receipt"]),
    (r"\bfunds\b", ["funds", "money", "tokens", "0g", "credit"]),
]
OPENERS = ["please, ", "hey, ", "hi, ", "ok, ", "ok so ", "quick question: ", "sorry, ", "i am new here. ", "hello! ", "hi! ", "so ", "um, ", "question: ", "now ", "and ", "well, ", "dear model, ", "hey og-tiny, ", "one more thing: ", "could you help? ", "yo, "]
CLOSERS = [" please", ", please", " thanks", ", thanks", " asap", " in 0g", " with 0g", " on 0g", " using the cli", " with the cli", " from the terminal", " on the command line", " on my laptop", " on my machine", " locally", " quickly", " right now", " again", " from the shell", " in the terminal", " here", " today", ", thank you"]
SYSTEM_PROMPTS = [
    "You are a helpful assistant.", "You are a helpful assistant that knows 0G.", "Answer briefly.", "You are og-tiny.",
    "You answer questions about the 0G network.", "Be concise and polite.", "You are an assistant for developers.",
    "Answer the user's question.", "You are a friendly guide to the 0g command line.", "Be helpful and honest.",
]
NAMES = """Ada Alan Alice Alma Amir Anna Arlo Astra Atlas Aurora Basil Beata Bella Boris Bruno Cara Carl Cleo Clio Cora Dana Dario Delta
Diana Dora Echo Edgar Eliza Ella Elmo Emil Enzo Erik Eva Felix Fern Finn Flora Frida Gaia Galen Gina Greta Gus Hana Hector Hugo Ida Igor
Ines Iris Isaac Ivan Ivy Jade Jan Jonas Juno Kai Kara Kepler Kira Klara Lara Leo Lena Lilo Linus Lola Luca Lumen Luna Maia Marco Mara Max
Maya Mila Milo Mina Mira Nadia Nash Nina Noah Nora Odin Olga Olive Omar Orion Oscar Otto Pablo Paula Pepe Petra Pia Piper Quinn Rafa Remy
Rhea Rita Rolf Romy Rosa Ruby Sage Sam Sara Selma Sigma Silas Simon Sofia Sol Stella Tara Theo Thor Tilda Tina Titan Toby Una Uma Vega
Vera Vito Willa Xena Yara Yuki Zara Zeno Zoe""".split()
ROLES = ["a research agent", "an agent on 0G", "a helpful agent", "an assistant", "a librarian", "a trading assistant", "a support agent", "a note keeper", "a data scout", "a guide", "a patient tutor", "a storage expert"]
WHO_ARE_YOU = ["who are you?", "what is your name?", "what are you called?", "introduce yourself", "tell me your name", "who am i talking to?", "your name?", "hi, who are you?", "what should i call you?", "what's your name?"]
FOLLOW_UPS = [
    ("0g devnet up", "0g devnet down", ["and how do i stop it?", "how do i stop it again?", "and to stop it?", "how do i turn it off?"]),
    ("0g devnet up", "0g devnet up -d", ["can it run in the background?", "and in the background?"]),
    ("0g devnet up", "0g devnet status", ["how do i know that it is running?", "and to check it?", "is it running now?"]),
    ("0g devnet down", "0g devnet up", ["and how do i start it again?", "how do i bring it back?"]),
    ("0g storage put <file>", "0g storage get <root>", ["and how do i get it back?", "how do i download it again?", "and to download it?"]),
    ("0g storage put <file>", "0g storage verify <root>", ["how do i know it is still there?", "and how do i verify it?"]),
    ("0g storage get <root>", "0g storage put <file>", ["and how do i upload one?", "and the other way round?"]),
    ("0g compute run <model> \"<prompt>\"", "0g verify <root | receipt | agent:id | tx>", ["how do i check the receipt?", "can i verify the answer?"]),
    ("0g compute run <model> \"<prompt>\"", "0g compute deposit <amount>", ["how do i pay for it?", "and how do i add money?"]),
    ("0g agent mint --name <name> --model <model> --memory <dir>", "0g agent run <id> \"<task>\"", ["and how do i use it?", "how do i talk to it then?"]),
    ("0g chain balance <address>", "0g chain fund <address>", ["it is zero, how do i get tokens?", "and how do i get more?"]),
]


KEY_FRAMES = (
    ["{}"] * 4
    + [
        "{}?", "{} please", "what about {}?", "command for {}", "what is the command for {}?", "how does {} work?",
        "which command is for {}?", "i need {}", "i have a question about {}", "help with {}", "show me {}", "how about {}?",
        "what do i use for {}?", "where do i find {}?", "where is {}?", "how do i get {}?", "looking for {}", "question about {}",
        "{}, how?", "{}: which command?", "i want {}", "give me {}", "can i have {}?", "{} command", "what command gives me {}?",
        "{} - how do i do that?", "what do i type for {}?", "i'm looking for {}", "i am interested in {}", "how to {}?",
    ]
)
FILLERS = ["just", "really", "quickly", "actually", "simply", "now", "then", "also", "maybe", "please", "exactly", "first", "finally", "somehow", "easily", "here"]
CONTEXTS = [
    "i read the docs but ", "it is late, ", "for my project, ", "for a demo, ", "as a beginner: ", "in a script, ", "on my pc, ", "after lunch ", "i am lost: ",
    "i just installed 0g. ", "i am writing an app and ", "my teacher asks: ", "at work ", "for a test ", "i have a problem: ", "before i go home, ", "for my app ",
    "on the devnet, ", "i forgot: ", "can you tell me, ", "tell me, ", "say, ", "one thing: ", "next question: ", "i wonder, ", "just curious, ", "my friend asks: ",
]
SMALL_WORDS = {"a", "an", "the", "my", "to", "of", "i", "do", "is", "on", "in", "for", "this", "it", "can", "me", "that", "with", "does", "how", "what", "are"}


class Entry:
    def __init__(self, kind, head):
        self.kind, self.head = kind, head
        self.fields = {}
        self.words, self.mixes, self.mix_weights = {}, [], []

    def items(self, field):
        return [part.strip() for part in self.fields.get(field, "").split(" | ") if part.strip()]

    def fill(self, rng, text):
        """Replaces every {WORD} by one of its words."""
        return re.sub(r"\{([A-Z]+)\}", lambda found: self.word(rng, found.group(1)), text)

    def word(self, rng, name):
        """One word of a [words] list, or of those that are made up here."""
        if name == "NOUN":
            return rng.choice(NOUNS)
        if name == "PSEUDO":
            return pseudo_word(rng)
        if name == "NUM":
            return str(rng.randrange(10 ** rng.choice([1, 2, 2, 3])))
        if name == "FILE" and rng.random() < 0.2:
            return rng.choice([rng.choice(NOUNS), pseudo_word(rng)]) + rng.choice(FILE_ENDINGS)
        return rng.choice(self.words[name])

    def mixed(self, rng):
        """A verb phrase put together from the parts of one mix."""
        mix = rng.choices(self.mixes, self.mix_weights)[0]
        return re.sub(r" +", " ", self.fill(rng, " ".join(rng.choice(part) for part in mix))).strip()


def load_knowledge(path=os.path.join(HERE, "knowledge.txt")):
    """The entries of knowledge.txt; the [words] entry is handed to every other one as `words`."""
    entries, words = [], {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            line = line.rstrip("\n")
            header = re.match(r"\[(\w+)\] (.*)", line)
            word = re.match(r"([A-Z]+): (.*)", line)
            if word:
                words[word.group(1)] = word.group(2).split("/")
            elif line == "[words]":
                continue
            elif header:
                entries.append(Entry(header.group(1), header.group(2).strip()))
            elif line and not line.startswith("#"):
                field, text = line.split(": ", 1)
                entries[-1].fields[field] = text
    for entry in entries:
        entry.words = words
        entry.mixes = [[part.split("/") for part in mix.split(" + ")] for mix in entry.items("mix")]
        entry.mix_weights = [math.sqrt(math.prod(len(part) for part in mix)) for mix in entry.mixes]
    return entries


def bare(command):
    """A command without its placeholders, as people name it."""
    return re.sub(r"\s*(\"<[^>]*>\"|(?<=.)--\w+ <\w+>|<[^>]*>)", "", command).strip()


def article(name):
    if re.match(r"(the|a|an|this|agent memory|0g |0G |erc|eip|kv|da\b|onnx|gas|compute|storage\b|finality|sharding|verification|persistence|determinism|encryption|difference|price|system|offline|license|licence)", name) or name.endswith("s"):
        return name
    return ("an " if name[0] in "aeio" else "a ") + name


def swap_synonyms(rng, phrase):
    for groups, chance in ((VERB_SYNONYMS, 0.45), (NOUN_SYNONYMS, 0.4)):
        for pattern, words in groups:
            if rng.random() < chance and re.search(pattern, phrase):
                phrase = re.sub(pattern, lambda _: rng.choice(words), phrase, count=1)
    return phrase


FILE_ENDINGS = [".txt", ".csv", ".pdf", ".jpg", ".png", ".onnx", ".json", ".zip", ".bin", ".mp4", ".md", ".tar.gz"]
KEYS = {"a": "qsz", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb", "w": "qe", "y": "tu"}


def gerund(phrase):
    """A verb phrase with its first verb in -ing: "stop the chain" becomes "stopping the chain"."""
    verb, _, rest = phrase.partition(" ")
    if not re.fullmatch(r"[a-z]{2,}", verb):
        return phrase
    if verb in DOUBLED:
        verb += verb[-1]
    elif verb.endswith("ie"):
        verb = verb[:-2] + "y"
    elif verb.endswith("e") and not verb.endswith(("ee", "ye", "oe")):
        verb = verb[:-1]
    return f"{verb}ing {rest}".strip()


def typo(rng, text):
    """One slip of the fingers in a word of four letters or more; commands in backticks are left alone."""
    spots = [m for m in re.finditer(r"[a-z]{4,}", text) if text.count("`", 0, m.start()) % 2 == 0]
    if not spots:
        return text
    spot = rng.choice(spots)
    word, at = spot.group(0), rng.randrange(1, len(spot.group(0)) - 1)
    kind = rng.random()
    if kind < 0.35:
        word = word[:at] + word[at + 1] + word[at] + word[at + 2:]
    elif kind < 0.65:
        word = word[:at] + word[at + 1:]
    elif kind < 0.85:
        word = word[:at] + word[at] + word[at:]
    else:
        word = word[:at] + rng.choice(KEYS.get(word[at], "e")) + word[at + 1:]
    return text[: spot.start()] + word + text[spot.end():]


def jostle(rng, text):
    """Leaves out a small word or puts a filler in, as people do when they type in a hurry."""
    words = text.split(" ")
    small = [i for i, word in enumerate(words) if word in SMALL_WORDS]
    roll = rng.random()
    if len(words) > 5 and roll < 0.2:
        # Any one word may be missing or strange: the others have to be enough.
        at = rng.randrange(len(words))
        words[at : at + 1] = [] if rng.random() < 0.6 else [rng.choice([rng.choice(NOUNS), pseudo_word(rng)])]
    elif small and len(words) > 3 and roll < 0.65:
        del words[rng.choice(small)]
    elif len(words) > 2:
        words.insert(rng.randrange(1, len(words)), rng.choice(FILLERS))
    return " ".join(words)


def manner(rng, text, closers=True):
    """The same question as other hands would type it: openers, closers, capitals, punctuation, typos."""
    mark = text[-1] if len(text) > 1 and text[-1] in "?!." else ""
    body = text[:-1] if mark else text
    if closers and rng.random() < 0.14 and "`" not in body:
        body += rng.choice(CLOSERS)
    if rng.random() < 0.15:
        body = rng.choice(OPENERS if not closers or rng.random() < 0.6 else CONTEXTS) + body
    if rng.random() < 0.22 and "`" not in body and "0g " not in body:
        body = jostle(rng, body)
    if rng.random() < 0.22:
        body = typo(rng, body)
        if rng.random() < 0.25:
            body = typo(rng, body)
    drop = rng.random()
    if drop < 0.3:
        mark = ""
    elif drop < 0.36:
        mark = rng.choice(["?", ".", "!", "??", " ?", "..."])
    if rng.random() < 0.5:
        body = body[:1].upper() + body[1:]
        body = re.sub(r"\bi\b(?=[ '])", "I", body)
        if rng.random() < 0.6:
            body = re.sub(r"\b0g (?!devnet|storage|compute|agent|chain|verify|explain|completion|--)", "0G ", body)
    elif rng.random() < 0.04:
        body = body.upper()
    return body + mark


def pseudo_word(rng):
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.choice([2, 2, 3])))


def first_sentence(answer):
    return re.split(r"(?<=[.!?]) ", answer)[0]


def code_of(entry):
    found = re.search(r"`([^`]+)`", entry.fields["how"])
    return f"`{found.group(1)}`"


class Generator:
    def __init__(self, entries=None):
        self.entries = entries or load_knowledge()
        self.by_head = {e.head: e for e in self.entries}
        self.keys = {e.head: [k for k in e.fields.get("keys", "").split("/") if k] for e in self.entries}
        self.weights = [self.weight(e) for e in self.entries]
        assert len(self.by_head) == len(self.entries), "two entries have the same head"
        for before, after, _ in FOLLOW_UPS:
            assert before in self.by_head and after in self.by_head, (before, after)

    @staticmethod
    def weight(entry):
        if entry.kind == "command":
            return 4.0 + 0.06 * len(entry.items("do") + entry.items("ask"))
        if entry.kind == "decline":
            return {"unknown": 30, "task": 12, "live": 9, "harm": 6, "unknown command": 7}.get(entry.head, 1.5)
        if entry.head == "repeat":
            return 6
        if entry.kind == "concept":
            return 2.2 + 0.07 * len(entry.items("ask"))
        return 2.6

    def question(self, rng, entry):
        """A raw question and its answer for one entry."""
        roll = rng.random()
        if entry.kind == "command":
            asks, does = entry.items("ask"), entry.items("do")
            if roll < 0.17:
                name = bare(entry.head) if rng.random() < 0.7 else entry.head
                return rng.choice(WHAT_COMMAND_FRAMES).format(name), entry.fields["what"], False
            if roll < 0.17 + 0.83 * len(asks) / (len(asks) + 3 * len(does)):
                ask = entry.fill(rng, rng.choice(asks))
                return (swap_synonyms(rng, ask) if rng.random() < 0.5 else ask) + "?", entry.fields["how"], True
            keys = self.keys[entry.head]
            if keys and rng.random() < 0.15:
                return rng.choice(KEY_FRAMES).format(entry.fill(rng, rng.choice(keys))), entry.fields["how"], True
            if entry.mixes and rng.random() < 0.6:
                phrase = entry.mixed(rng)
            else:
                phrase = swap_synonyms(rng, rng.choice(does))
            if rng.random() < 0.05:
                return rng.choice(CODE_FRAMES).format(phrase), code_of(entry), False
            roll = rng.random()
            if roll < 0.07:
                return rng.choice(GERUND_FRAMES).format(gerund(phrase)), entry.fields["how"], True
            return rng.choice(DO_FRAMES if roll < 0.8 else DO_TAILS).format(phrase), entry.fields["how"], True
        if entry.kind == "concept":
            names, asks = [n.strip() for n in entry.head.split(";")], entry.items("ask")
            if asks and roll < len(asks) / (len(asks) + 5):
                return rng.choice(asks) + "?", entry.fields["say"], True
            name = rng.choice(names[:1] * 2 + names)
            if rng.random() < 0.4:
                name = re.sub(r"\b0g (storage|compute|da|chain|kv|agent)\b", lambda found: "0G " + (found.group(1).upper() if len(found.group(1)) == 2 else found.group(1).capitalize()), name)
            short = rng.random() < 0.05
            question = rng.choice(CONCEPT_FRAMES).format(name, a=article(name))
            if short:
                return question.rstrip("?") + rng.choice([" in short", " in one sentence", " briefly"]), first_sentence(entry.fields["say"]), False
            return question, entry.fields["say"], True
        if entry.kind == "talk":
            if entry.mixes and rng.random() < 0.6:
                return entry.mixed(rng), entry.fields["say"], False
            return rng.choice(entry.items("ask")), entry.fields["say"], False
        abouts, asks = entry.items("about"), entry.items("ask")
        answer = entry.fields["say"]
        if entry.head == "unknown" and roll < 0.55:
            thing = rng.choice(NOUNS) if rng.random() < 0.7 else pseudo_word(rng)
            if rng.random() < 0.35:
                return rng.choice(DO_FRAMES).format(f"{rng.choice(VERBS)} {rng.choice(['a', 'the', 'my', 'some'])} {thing}"), answer, False
            if rng.random() < 0.6:
                frame = rng.choice(WORLD_FRAMES)
                return frame.format(thing, rng.choice(NOUNS)) if frame.count("{}") > 1 else frame.format(thing), answer, False
            return rng.choice(CONCEPT_FRAMES).replace("in 0g, ", "").replace(" in 0g", "").format(thing, a=article(thing)), answer, False
        if entry.mixes and rng.random() < 0.5:
            about = entry.mixed(rng)
            if entry.head == "live" or re.match(r"what|how", about):
                return about + "?", answer, False
            if entry.head == "unknown command":
                return rng.choice(WHAT_COMMAND_FRAMES).format(about), answer, False
            return rng.choice(TASK_FRAMES if entry.head == "task" else HARM_FRAMES).format(about), answer, False
        if asks and (not abouts or roll > 0.78):
            return rng.choice(asks) + "?", answer, False
        about = rng.choice(abouts)
        if entry.head == "unknown command":
            return rng.choice(WHAT_COMMAND_FRAMES + ["how do i use {}?", "can i run {}?"]).format(about), answer, False
        frames = {"task": TASK_FRAMES, "harm": HARM_FRAMES}.get(entry.head, ABOUT_FRAMES)
        return rng.choice(frames).format(about), answer, False

    def turn(self, rng, entry=None):
        entry = entry or rng.choices(self.entries, self.weights)[0]
        question, answer, closers = self.question(rng, entry)
        return [("user", manner(rng, question, closers)), ("assistant", answer)], entry

    def conversation(self, rng):
        turns = []
        persona = None
        roll = rng.random()
        if roll < 0.09:
            # Made-up names cannot be learnt by heart: the model has to copy them from the system message.
            persona = rng.choice(NAMES) if rng.random() < 0.4 else pseudo_word(rng).capitalize()
            role = rng.choice(ROLES)
            text = rng.choice(["You are {n}, {r}.", "Your name is {n}. You are {r}.", "You are {n}.", "You are an agent named {n}, {r}.", "You are {n}, {r}. Be concise and polite.", "You are {n}, {r} that lives in an iNFT."])
            turns.append(("system", text.format(n=persona, r=role)))
        elif roll < 0.24:
            turns.append(("system", rng.choice(SYSTEM_PROMPTS)))
        if persona and rng.random() < 0.8:
            turns += [("user", manner(rng, rng.choice(WHO_ARE_YOU), False)), ("assistant", f"I am {persona}, an agent on 0G. How can I help you?")]
            if rng.random() < 0.7:
                return turns
        pair, entry = self.turn(rng)
        turns += pair
        while rng.random() < 0.16 and len(turns) < 7:
            follow = [f for f in FOLLOW_UPS if f[0] == entry.head]
            if follow and rng.random() < 0.7:
                _, head, asks = rng.choice(follow)
                entry = self.by_head[head]
                turns += [("user", manner(rng, rng.choice(asks), False)), ("assistant", entry.fields["how"])]
            else:
                pair, entry = self.turn(rng)
                turns += pair
        return turns


def normal(text):
    """A question without case and punctuation, for comparing."""
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def load_questions(name):
    """A file of questions kept out of training: (head of the entry that answers, question)."""
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        lines = [line.strip() for line in file if line.strip() and not line.startswith("#")]
    return [tuple(line.split(" => ", 1)) for line in lines]


def conversations(rng):
    """An endless stream of conversations, lists of (role, text); none holds a question of heldout.txt or dev.txt."""
    kept = {normal(question) for name in ("heldout.txt", "dev.txt") for _, question in load_questions(name)}
    generator = Generator()
    while True:
        turns = generator.conversation(rng)
        if not any(role == "user" and normal(text) in kept for role, text in turns):
            yield turns


def tokenizer_corpus(rng, count=30000):
    """Texts whose pieces the tokenizer learns: answers count as often as they are given."""
    stream = conversations(rng)
    return [text for _ in range(count) for _, text in next(stream)]


if __name__ == "__main__":
    stream = conversations(random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1))
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 10):
        for role, text in next(stream):
            print(f"{role:>9}: {text}")
        print()
