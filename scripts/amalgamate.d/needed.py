"""What of the library a program needs, by names alone: of every branch of every #if, so that what is
switched on when it is compiled is there. The house's style makes that plain: a function begins in the
first column and ends with a brace there, and no two files of src have a name in common."""
import re
from collections import defaultdict

NOT_CODE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.S)
NAME = re.compile(r'\b[A-Za-z_]\w+')
# A function with the comment above it. One that a macro names stays with the rest of its file.
FUNCTION = re.compile(r'(?:^/\*(?:(?!\*/).)*\*/\n)?^(?P<head>[a-z][^\n;{}=#]*(?:\n[ ]+[^\n;{}=#]*)*)\n'
                      r'\{\n.*?^\}\n', re.M | re.S)
# A table of the file's own, as the operations of a stage.
TABLE = re.compile(r'^static const [^\n;{}=()]*?\b(\w+)(?:\[[^\n\]=;]*\])* =[^;]*?;\n', re.M)
ATTRIBUTE = re.compile(r'__attribute__\(\((?!cleanup).*?\)\)')
FUNCTION_NAME = re.compile(r'[* (](\w+)\)?\(')
# What else a file defines for others.
DEFINED = re.compile(r'^(?!static|typedef|extern|[#}\s])(?:\w+\n +)?.*?(?<=[* (])'
                     r'(weir_\w+|world_\w+)(?=\)?\(|\s*(?:=|\[|;))', re.M)
# What a header has of code: macros, and functions that are written out there.
MACRO = re.compile(r'^#\s*define\s+(\w+)((?:[^\n]*\\\n)*[^\n]*)', re.M)
INLINE = re.compile(r'^[^\s#}/][^;{}]*?\b(\w+)\([^;{}]*\)\s*\{(.*?)^\}', re.M | re.S)
# A macro makes names of its first word: `weir_codec_##name`, `name##_poll_next`.
CALL = re.compile(r'\b(\w+)\((\w+)')


def code(text):
    return NOT_CODE.sub(' ', text)


def named(text):
    """Where what has a name begins and ends: functions, and tables between them."""
    for found in FUNCTION.finditer(text):
        name = FUNCTION_NAME.search(ATTRIBUTE.sub('', found['head']))
        if name and 'constructor' not in found['head']:
            yield found.start(), found.end(), name[1]
    for found in TABLE.finditer(text):
        yield found.start(), found.end(), found[1]


def pieces(text):
    """A source as [name, its text], in order; what stands between them has no name."""
    out, at = [], 0
    for start, end, name in sorted(named(text)):
        if start >= at:
            out += [['', text[at:start]], [name, text[start:end]]]
            at = end
    return out + [['', text[at:]]]


def pasted(body):
    """What stands before and behind a word that a macro's body pastes: of a##b either may be the word."""
    out = set()
    for chain in re.findall(r'\w+(?:##\w+)+', body):
        words = chain.split('##')
        out |= {(''.join(words[:at]), ''.join(words[at + 1:])) for at in range(len(words))}
    return out


class Names:
    """Of the texts of a library's headers and sources: what each name brings with it."""

    def __init__(self, headers, sources):
        self.within, self.pasted = defaultdict(set), defaultdict(set)  # of names that all may say
        self.homes, self.functions, self.rest = defaultdict(set), {}, {}  # of files
        self.learn_macros(headers, [*headers, *sources.values()])
        for path, text in sources.items():
            self.learn_source(path, text)

    def learn_macros(self, headers, texts):
        inner = defaultdict(set)
        for text in map(code, texts):
            for found in MACRO.finditer(text):
                self.pasted[found[1]].update(pasted(found[2]))
                inner[found[1]].update(NAME.findall(found[2]))
        for name in list(self.pasted):  # a macro hands its word on to another
            self.pasted[name].update(*(self.pasted[other] for other in inner[name] & {*self.pasted}))
        for text in map(code, headers):
            for found in (*MACRO.finditer(text), *INLINE.finditer(ATTRIBUTE.sub('', text))):
                self.within[found[1]].update(self.of(found[2]))

    def learn_source(self, path, text):
        self.functions[path], rest = defaultdict(set), ''
        for name, piece in pieces(text):
            if not name:
                rest += piece
                continue
            self.functions[path][name].update(self.of(code(piece)))
            if not re.search('^static', piece, re.M):
                self.homes[name].add(path)
        rest = code(rest)
        self.rest[path] = self.of(rest)
        for name in {*DEFINED.findall(rest), *self.made(re.findall(r'^\w+\(\w+', rest, re.M))}:
            self.homes[name].add(path)

    def made(self, calls):
        found = (CALL.match(call) for call in calls)
        return {before + call[2] + behind for call in found
                for before, behind in self.pasted.get(call[1], ())}

    def of(self, text):
        return {*NAME.findall(text), *self.made(call[0] for call in CALL.finditer(text))}

    def closure(self, roots):
        """Of each file that these names need: those that are needed in it."""
        todo, files = [('', name) for name in roots], defaultdict(set)
        while todo:
            path, name = todo.pop()
            if name in files[path]:
                continue
            if path and len(files[path]) == 0:
                todo += [(path, other) for other in self.rest[path]]
            files[path].add(name)
            inside = self.functions.get(path, {}).get(name, set())
            todo += [(path, other) for other in inside | self.within.get(name, set())]
            todo += [(home, name) for home in self.homes.get(name, ())]
        return files


def only(text, names):
    """A source without the functions and tables that nobody needs."""
    return ''.join(piece for name, piece in pieces(text) if not name or name in names)
