"""The Example of each text, as programs that compare what each line prints."""
import re
from headers import plain
from text import flush_left

# Headers of libraries of their own: their examples are a program each.
LIBRARIES = ('pipeline', 'nats', 'kafka', 'redis')

ARROW = re.compile(r'(.*?)\s*// ->(?: (.*))?')


def example(page):
    """[line number, statement, what it prints or None] of a page."""
    if not re.search(r'^Example:$', page.text, re.M):
        return []
    before, _, code = page.text.partition('Example:\n')
    first = page.line + before.count('\n') + 1
    rows = []
    for i, line in enumerate(flush_left(code.split('\n\n')[0]).split('\n')):
        found = ARROW.fullmatch(line)
        rows.append([first + i, found[1] if found else line, found and (found[2] or '')])
    return rows


def function(page, name, rows):
    path = f'include/weir/{page.header}.h'
    out = [f'static void {name}(void)', '{']
    for line, statement, wanted in rows:
        out.append(f'#line {line} "{path}"\n    {statement}')
        if wanted is not None:
            text = wanted.replace('\\', '\\\\').replace('"', '\\"')
            out.append(f'    same_as("{path}:{line}", "{text}");')
    return '\n'.join(out + ['}', ''])


def program(pages, includes):
    functions, table = [], []
    for page, rows in ((page, example(page)) for page in pages):
        if rows and page.names:
            name = f'example_{page.header}_{page.line}'
            functions.append(function(page, name, rows))
            table.append(f'    {{"include/weir/{page.header}.h:{page.line}", {name}}},')
    includes = [f'#include "{name}"' for name in includes]
    return '\n'.join([
        *includes, '', *functions, 'static const struct example examples[] = {', *table, '};\n',
        'int main(void)', '{',
        '    return run_examples(examples, sizeof examples / sizeof *examples);', '}', ''])


def programs(headers):
    """[library or '', text]: that of weir itself, and of each of the other libraries."""
    weir = [page for header in headers if header.name not in LIBRARIES for page in header.pages]
    return [('', program(weir, ['examples.h'])),
            *((header.name, program(header.pages, ['examples.h', f'weir/{header.name}.h']))
              for header in headers if header.name in LIBRARIES)]


def names(headers, have):
    """Of the functions that have one, or have none."""
    return {name for header in headers for page in header.pages for name in page.names
            if bool(example(page)) == have}


def vocabulary(root):
    """What the examples use besides weir: in words, and as code."""
    source = (root / 'tests/dist/examples.h').read_text()
    begin, end = (source.index(f'/* ---- {name} ---- */')
                  for name in ('functions that the examples use', 'printing'))
    code = source[begin:end].partition('\n')[2].strip()
    return plain(source[:source.index('*/') + 2]), code
