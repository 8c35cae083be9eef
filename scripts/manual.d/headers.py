"""What stands in include/weir/*.h: pages of functions declared together, and their texts."""
import re
from dataclasses import dataclass, field
from pathlib import Path

LABELS = 'Shape Units Errors Owns Marks Source Example'.split()
_ANY = '|'.join(LABELS)
LABEL = re.compile(rf'(?:^|(?<=\s))((?:{_ANY})(?:, (?:{_ANY}))*):(?=\s)')

UNBROKEN = re.compile(r'\{[^}]*\}|\.\.\. ')  # where no sentence ends

# Headers of what the macros are made of.
INNER = {'fn_make', 'fn_make_plain', 'fn_make_source', 'typed_make', 'marks', 'async_guard',
         'typed'}

TOKEN = re.compile(r'''
    (?P<comment>^[ ]*/\*.*?\*/[ ]*$) |
    (?P<macro>^\#\ *define\ (?:[^\n]*\\\n)*[^\n]*$) |
    (?P<function>^(?:WEIR_API|WEIR_NEW|static\ inline)\ [^;{=]*?\b(?P<name>weir_[a-z0-9_]+)\([^;{=]*
        (?:;[^\n]*|\n\{.*?^\}$)) |
    (?P<block>^(?:typedef\ )?(?:struct|enum|union)\b[^;{\n]*\{(?:[^\n]*\}|\n.*?^\})[^\n]*$) |
    (?P<alias>^(?:typedef|struct|enum)\ [^;{]*;[^\n]*$) |
    (?P<line>^[^\n]+$) |
    (?P<blank>^\n)''', re.S | re.M | re.X)


@dataclass
class Page:
    names: list
    header: str
    group: str
    line: int
    text: str = ''
    code: list = field(default_factory=list)
    others: list = field(default_factory=list)  # types, and macros in capitals
    group_text: str = ''

    @property
    def all_names(self):
        return self.names + [name for name in self.others if name not in self.names]

    @property
    def first(self):
        return self.all_names[0]

    def parts(self):
        """The text before the first label, and [label, text] of each."""
        found = LABEL.split(self.text)
        texts = [text.lstrip(' ').strip('\n').rstrip() for text in found[2::2]]
        return found[0].strip(), list(zip(found[1::2], texts))

    def summary(self):
        """The first sentence, to stand behind the name."""
        said = ' '.join(self.parts()[0].split()) or ' '.join(self.text.split())
        said = re.sub(r'^\w+ ?\([^)]*\)(?:: | \{[^}]*\}:? )|^\{[^}]*\}: ', '', said)
        said = UNBROKEN.sub(lambda found: found[0].replace(' ', '\0'), said)
        said = re.match(r'\S+\s.*?(?=[.:;](?:\s|$)|$)|.*', said)[0].rstrip('.:;')
        said = said.replace('\0', ' ')
        plain = re.match(r'[A-Z][a-z]*\b(?!_)', said)
        return said[0].lower() + said[1:] if plain else said


@dataclass
class Header:
    name: str
    text: str
    pages: list


def plain(comment):
    """A comment without what makes it one."""
    inside = re.sub(r'^\s*/\*\s?|\s*\*/\s*$', '', comment)
    return re.sub(r'^[ ]*\*[ ]?', '', inside, flags=re.M).strip('\n')


def prototype(code):
    """A declaration as a program sees it."""
    code = code.split('\n{')[0]
    code = re.sub(r'\b(WEIR_API|WEIR_NEW|WEIR_MUST_USE|WEIR_UNBOUNDED|WEIR_FINISHES|static inline)'
                  r'\b ?|\s*WEIR_PRINTF\([^)]*\)', '', code)
    code = re.sub(r'\s+(?=[;,)])', '', code)
    code = re.sub(r'(?m)^ {4,}', '    ', code)
    return code if code.rstrip().endswith((';', '*/')) else code + ';'


def macro_call(code):
    """#define weir_x(a, b) ...: what is written to call it, and what it stands for."""
    name = r'(?:weir_[a-z0-9_]*[a-z0-9]|WEIR_[A-Z0-9_]*[A-Z0-9])'
    found = re.match(rf'#\s*define ({name}\([^)]*\))(.*)', code, re.S)
    return found and (found[1], found[2])


class Reader:
    """One header, token by token. A paragraph is a comment and what follows it."""

    def __init__(self, path):
        self.header = Header(path.stem, '', [])
        self.group, self.group_text, self.page = '', '', None
        self.source = path.read_text()
        for token in TOKEN.finditer(self.source):
            getattr(self, token.lastgroup if token.lastgroup != 'name' else 'function')(token)
        self.close()

    def line_of(self, token):
        return self.source.count('\n', 0, token.start()) + 1

    def open(self, token, text=''):
        self.close()
        self.page = Page([], self.header.name, self.group, self.line_of(token), text,
                         group_text=self.group_text)

    def close(self):
        page = self.page
        if page and (page.names or page.text and page.others):
            self.header.pages.append(page)
        self.page = None

    def current(self, token):
        if not self.page:
            self.open(token)
        return self.page

    def comment(self, token):
        text = plain(token[0])
        if token.start() == 0:
            self.header.text = re.sub(r'^weir/\S+: ', '', text)
        elif text.startswith('----'):
            self.close()
            title, _, self.group_text = text.partition('\n')
            self.group = title.strip('- ')
        elif not token[0].startswith(' '):
            self.open(token, text)

    def function(self, token):
        page = self.current(token)
        if not token['name'].endswith('_') and token['name'] not in page.names:
            page.names.append(token['name'])
        page.code.append(prototype(token[0]))

    def macro(self, token):
        call = macro_call(token[0])
        if not call:
            return
        name, called = call[0].split('(')[0], re.findall(r'\bweir_[a-z0-9_]+', call[1])
        homes = [page for page in self.header.pages for other in called
                 if other in page.names and (other + '_').startswith(name + '_')]
        page = homes[0] if homes and not (self.page and self.page.text) else self.current(token)
        kind = 'others' if name.isupper() else 'names'
        if not any(name in getattr(known, kind) for known in [*self.header.pages, page]):
            getattr(page, kind).insert(0 if homes else len(page.all_names), name)
            page.code.append(call[0] + ';')

    def block(self, token):
        page = self.current(token)
        page.code.append(token[0])
        found = re.search(r'^\}[^;\n]*?(weir_\w+);|^struct (weir_\w+) \{', token[0], re.M)
        page.others += [name for name in (found.groups() if found else ()) if name]

    def alias(self, token):
        page = self.current(token)
        page.code.append(token[0])
        page.others += re.findall(r'^typedef .*?\b(weir_\w+_function)\(', token[0])

    def line(self, token):
        pass

    def blank(self, token):
        self.close()


def read(root):
    headers = [Reader(path).header for path in sorted(Path(root, 'include/weir').glob('*.h'))]
    return [header for header in headers if header.name not in INNER]
