"""Manual pages: functions (3), headers and conventions (7), stages of the command (1)."""
import re
import textwrap
import time
from text import blocks

NEAR = 4  # of a group, before and behind, in SEE ALSO


def escape(text):
    text = text.replace('\\', '\\e').replace('-', '\\-')
    return re.sub(r"(?m)^([.'])", r'\\&\1', text)


def words(text):
    """A paragraph, with the functions that it names in bold."""
    filled = textwrap.fill(text, 72, break_long_words=False, break_on_hyphens=False)
    return re.sub(r'\b(weir_\w+)\(\)', r'\\fB\1\\fR(3)', escape(filled))


def code(text):
    return '.nf\n' + escape(re.sub(r'(?m)[ \t]+$', '', text)) + '\n.fi'


def body(text):
    out = []
    for kind, block in blocks(text):
        if kind == 'code':
            out.append('.RS 4\n' + code(block) + '\n.RE')
        elif kind == 'item':
            out.append('.IP \\(bu 2\n' + words(block))
        else:
            out.append(('.PP\n' if out else '') + words(block))
    return '\n'.join(out)


def section(title, text):
    return f'.SH {title.upper()}\n{text}\n' if text else ''


def see_also(names):
    return section('see also', ',\n'.join(f'.BR {name} ({part})' for name, part in names))


class Pages:
    def __init__(self, out, version, epoch, vocabulary):
        self.out, self.version = out, version
        self.examples = body(vocabulary[0]) + '\n.PP\n' + code(vocabulary[1])
        self.date = time.strftime('%Y-%m-%d', time.gmtime(epoch))

    def write(self, name, part, text, kind='weir library'):
        title = f'.TH {name.upper()} {part} "{self.date}" "weir {self.version}" "{kind}"\n'
        folder = self.out / f'man{part}'
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f'{name}.{part}').write_text(title + text)

    def alias(self, name, part, of):
        (self.out / f'man{part}' / f'{name}.{part}').write_text(f'.so man{part}/{of}.{part}\n')

    def written(self, page):
        """One that is written by hand, and has no date yet."""
        folder = self.out / f'man{page.suffix[1:]}'
        folder.mkdir(parents=True, exist_ok=True)
        dated = re.sub(r'(?m)^(\.TH \S+ \d) ""', rf'\1 "{self.date}"', page.read_text(), count=1)
        (folder / page.name).write_text(dated)

    # ---- functions ----

    def function(self, page, near, taken):
        said, labelled = page.parts()
        names = [name for name in page.all_names if taken[name] is page]
        if not names:
            return
        declared = '\n'.join(re.sub(r'(weir_\w+)\(', r'\\fB\1\\fR(', escape(one), count=1)
                             for one in page.code)
        title = ', '.join(names) + ' \\- ' + escape(page.summary())
        self.write(names[0], 3, ''.join([
            section('name', title),
            section('synopsis', f'.nf\n.B #include <weir/{page.header}.h>\n\n{declared}\n.fi'),
            section('description', body(said + '\n\n' + page.group_text)),
            *(section(label, body(text)) for label, text in labelled),
            see_also([(name, 3) for name in near] + [(f'weir_{page.header}.h', 7), ('weir', 7)])]))
        for name in names[1:]:
            self.alias(name, 3, names[0])

    def header(self, header, taken):
        rows = [f'.TP\n.BR {page.first} (3)\n{words(page.summary())}'
                for page in header.pages if page.names and taken[page.first] is page]
        summary = re.split(r'(?<=[.:;])\s', ' '.join(header.text.split()))[0].rstrip('.:;')
        self.write(f'weir_{header.name}.h', 7, ''.join([
            section('name', f'weir_{header.name}.h \\- {escape(summary)}'),
            section('synopsis', f'.B #include <weir/{header.name}.h>'),
            section('description', body(header.text)),
            section('functions', '\n'.join(rows)),
            see_also([('weir', 7)])]))
        return summary

    def functions(self, headers):
        taken = {}
        for kind in 'names', 'others':
            for page in (page for header in headers for page in header.pages):
                for name in getattr(page, kind):
                    taken.setdefault(name, page)
        for header in headers:
            for page in header.pages:
                group = [other.first for other in header.pages if other.group == page.group]
                at = group.index(page.first)
                near = group[max(0, at - NEAR):at] + group[at + 1:at + 1 + NEAR]
                self.function(page, [name for name in near if taken[name] is not page], taken)
        summaries = {header.name: self.header(header, taken) for header in headers}
        self.conventions(next(header for header in headers if header.name == 'base'), summaries)

    def conventions(self, base, summaries):
        rows = [f'.TP\n.BR weir_{name}.h (7)\n{words(text)}' for name, text in summaries.items()]
        self.write('weir', 7, ''.join([
            section('name', 'weir \\- async streams for C with backpressure'),
            section('synopsis', '.B #include <weir.h>\n.PP\n.B cc program.c\n'
                                '.BR "$(pkg\\-config \\-\\-cflags \\-\\-libs weir)"'),
            section('description', body(base.text)),
            section('headers', '\n'.join(rows)),
            section('examples', self.examples),
            see_also([('weir', 1), ('weir-async', 7)])]))

    # ---- the command ----

    def stage(self, stage):
        lines = []
        for word, text in stage.help:
            lines.append(f'.TP\n.B {escape(word)}\n{words(text)}' if word
                         else ('.PP\n' if lines else '') + words(text))
        self.write(f'weir-stage-{stage.name}', 1, ''.join([
            section('name', f'weir-stage-{stage.name} \\- {escape(stage.does)}'),
            section('synopsis', code(stage.usage)),
            section('description', escape(stage.flow)),
            section('options', '\n'.join(lines)),
            section('example', code(stage.example)),
            see_also([('weir', 1)])]), 'User Commands')
